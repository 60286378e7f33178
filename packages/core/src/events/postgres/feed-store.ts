import { decodeCursor, encodeCursor, typeidShape } from '../../database/cursor.ts'
import type { Sql } from '../../database/database.ts'
import type { Event as EventRow } from '../../database/generated/client.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import { AppError } from '../../kernel/rules/errors.ts'
import { refuseUnknownSession } from '../../ledger/find-session.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { completionToken } from '../../wakes/rules/completion-token.ts'
import type { FeedStore } from '../feed-store.ts'
import { type Envelope, type EventType, envelope } from '../rules/event.ts'

export type JoinedEvent = EventRow & { sessionIdentifier: string | null; position: bigint | null }

/**
 * SQL from select to where: events `e` as the feed shows them. An event of the tenant has a position in several
 * delivery lanes, so here it has none.
 */
export const joinedEvents = `select e.*, s.identifier as session_identifier, d.position from event e
  left join session s on s.id = e.session_id left join delivery d on d.event_id = e.id and d.session_id = e.session_id`

const sequenceShape = /^\d{1,18}$/

export function createFeedStore(ledger: Ledger): FeedStore {
  return {
    async listEvents(tenantId, filter, { limit, after }) {
      const { sessionIdentifier, type, taskId, newestFirst } = filter
      const from = after === undefined ? null : await sequenceAfter(ledger, tenantId, after, '/query/after')
      const [direction, behind] = newestFirst ? ['desc', '<'] : ['asc', '>']
      // Not one condition for both: the plan for all parameters would read the feed from its beginning.
      const isBehind = from === null ? '$2::bigint is null' : `e.tenant_sequence ${behind} $2`
      // Numbers are given while the feed is locked, which it is until commit: a number that is visible has none missing
      // before it.
      const rows = await ledger.many<JoinedEvent>(
        `${joinedEvents}
         where e.tenant_id = $1 and ${isBehind} and ($6::text is null or e.task_id = $6)
           and ($3::text is null or s.identifier = $3) and ($4::text is null or e.type = $4)
         order by e.tenant_sequence ${direction} limit $5`,
        [tenantId, from, sessionIdentifier ?? null, type ?? null, limit, taskId ?? null],
      )
      await refuseUnknownSession(ledger, tenantId, sessionIdentifier, rows)
      const data = rows.map((row) => envelopeOf(row, ledger.encryptor))
      if (newestFirst && rows.length < limit) return { data, nextCursor: null }
      return { data, nextCursor: encodeCursor(String(rows.at(-1)?.tenantSequence ?? from ?? 0n)) }
    },
  }
}

/** The sequence of a position in the feed: a cursor, or the id of an event. */
export async function sequenceAfter(sql: Sql, tenantId: string, after: string, pointer: string): Promise<bigint> {
  if (!typeidShape.test(after)) return BigInt(decodeCursor(after, sequenceShape, pointer)!)
  const event = await sql.first<Pick<EventRow, 'tenantSequence'>>(
    'select tenant_sequence from event where tenant_id = $1 and id = $2',
    [tenantId, after],
  )
  if (event) return event.tenantSequence
  const detail = 'there is no such event'
  throw new AppError('invalid_request', detail, { errors: [{ pointer, code: 'cursor', detail }] })
}

export function envelopeOf(row: JoinedEvent, encryptor: Encryptor): Envelope {
  return envelope(
    {
      id: row.id,
      type: row.type as EventType,
      createdAt: row.createdAt,
      sequence: row.sessionId === null ? null : Number(row.sequence),
      tenantSequence: Number(row.tenantSequence),
      position: row.position === null ? null : Number(row.position),
      sessionIdentifier: row.sessionIdentifier,
      data: row.data as Record<string, unknown>,
      wakeId: row.wakeId,
    },
    row.wakeId === null ? undefined : completionToken(encryptor, row.wakeId),
  )
}
