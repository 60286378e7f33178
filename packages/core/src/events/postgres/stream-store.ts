import { encodeCursor } from '../../database/cursor.ts'
import { AppError } from '../../kernel/rules/errors.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { streamLeaseSeconds } from '../../ledger/notify-live.ts'
import type { StreamStore } from '../live/stream-store.ts'
import { envelopeOf, type JoinedEvent, joinedEvents, sequenceAfter } from './feed-store.ts'

/** Renewed when a third of it is over, so that looking often does not write often. */
const renewedBelowSeconds = (streamLeaseSeconds * 2) / 3

export function createStreamStore(ledger: Ledger): StreamStore {
  return {
    async findFeedStart(tenantId, { sessionIdentifier, after, pointer }) {
      const given = after === undefined ? null : await sequenceAfter(ledger, tenantId, after, pointer)
      const feed = await ledger.first<{ lastSequence: bigint; known: boolean }>(
        `select last_sequence, $2::text is null or exists (
           select from session where tenant_id = $1 and identifier = $2) as known
         from feed where tenant_id = $1`,
        [tenantId, sessionIdentifier ?? null],
      )
      if (!feed?.known) return null
      if (given !== null && given > feed.lastSequence) {
        const detail = 'the feed has not come that far'
        throw new AppError('invalid_request', detail, { errors: [{ pointer, code: 'cursor', detail }] })
      }
      const position = Number(given ?? feed.lastSequence)
      return { position, cursor: encodeCursor(String(position)) }
    },

    async readFeed(tenantId, sessionIdentifier, after, limit) {
      // A session's identifier can be used again once it is invalidated: the stream shows them all, as the feed does.
      const ofSession = `and e.session_id in (select id from session where tenant_id = $1 and identifier = $4)`
      const rows = await ledger.many<JoinedEvent>(
        `${joinedEvents}
         where e.tenant_id = $1 and e.tenant_sequence > $2 ${sessionIdentifier === undefined ? '' : ofSession}
         order by e.tenant_sequence limit $3`,
        [tenantId, after, limit, ...(sessionIdentifier === undefined ? [] : [sessionIdentifier])],
      )
      return rows.map((row) => ({
        position: Number(row.tenantSequence),
        cursor: encodeCursor(String(row.tenantSequence)),
        event: envelopeOf(row, ledger.encryptor),
      }))
    },

    async holdStreams(tenantIds) {
      const rows = await ledger.relaxed.many<{ tenantId: string; lastSequence: bigint }>(
        `with gone as (
           delete from stream_lease where until < clock_timestamp() - interval '1 minute' and tenant_id <> all($1)
         ), kept as (
           insert into stream_lease (tenant_id, until)
           select tenant_id, clock_timestamp() + make_interval(secs => $2) from feed where tenant_id = any($1) order by tenant_id
           on conflict (tenant_id) do update set until = excluded.until
             where stream_lease.until < clock_timestamp() + make_interval(secs => $3)
         )
         select tenant_id, last_sequence from feed where tenant_id = any($1)`,
        [tenantIds, streamLeaseSeconds, renewedBelowSeconds],
      )
      return new Map(rows.map(({ tenantId, lastSequence }) => [tenantId, Number(lastSequence)]))
    },
  }
}
