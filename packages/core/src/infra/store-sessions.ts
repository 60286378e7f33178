import type { Mint, Sealer } from '../app/ports.ts'
import type { GivenDelegate, SessionStore } from '../app/stores.ts'
import { sessionAdvice } from '../domain/advice.ts'
import {
  type Delegate,
  maskValues,
  type Session,
  type SessionConfiguration,
  type SessionState,
  type Wake,
} from '../domain/session.ts'
import { publicState, type TaskState } from '../domain/task.ts'
import { readAdviceFigures } from './advice-figures.ts'
import { clockNow, type Database, type Sql } from './database.ts'
import type { Session as SessionRow, Wake as WakeRow } from './generated/client.ts'
import { decodeCursor, pageOf, typeidShape } from './page.ts'
import { endpointForUrl } from './store-endpoints.ts'

export function createSessionStore(database: Database, mint: Mint, sealer: Sealer): SessionStore {
  const live = (sql: Sql, tenantId: string, identifier: string, lock = '') =>
    sql.many<SessionRow>(
      `select * from session where tenant_id = $1 and identifier = $2 and state <> 'invalidated' ${lock}`,
      [tenantId, identifier],
    )
  return {
    putSession: (tenantId, identifier, configuration) =>
      database.transaction(async (tx) => {
        const [existing] = await live(tx, tenantId, identifier)
        if (existing) return { kind: 'exists', session: await sessionOf(tx, sealer, existing) }
        if (!configuration) return { kind: 'delegate_required' }
        // One at a time makes it: what the others would make beside it, an endpoint, must not stay.
        await tx.run("select pg_advisory_xact_lock(hashtextextended('session ' || $1 || ' ' || $2, 0))", [
          tenantId,
          identifier,
        ])
        const [made] = await live(tx, tenantId, identifier)
        if (made) return { kind: 'exists', session: await sessionOf(tx, sealer, made) }
        const delegate = await resolveDelegate(tx, mint, sealer, tenantId, configuration.delegate)
        if (!delegate) return { kind: 'no_such_endpoint' }
        const id = mint.id('ses')
        const headers = configuration.httpAdditionalHeaders
        const frozen = { ...configuration, delegate: delegate.delegate, httpAdditionalHeaders: maskValues(headers) }
        const [row] = await tx.many<SessionRow>(
          `insert into session (id, tenant_id, identifier, state, configuration, headers_sealed, endpoint_id)
           values ($1, $2, $3, 'active', $4, $5, $6) returning *`,
          [
            id,
            tenantId,
            identifier,
            JSON.stringify(frozen),
            sealer.seal(JSON.stringify(headers), `headers:${id}`),
            delegate.endpointId,
          ],
        )
        const session = await sessionOf(tx, sealer, row!)
        return { kind: 'created', session, ...(delegate.secret === undefined ? {} : { secret: delegate.secret }) }
      }),

    async resumeDeliveries(sessionId) {
      await database.run(
        `update delivery_lane set due_at = ${clockNow} where session_id = $1 and due_at > clock_timestamp()
           and not exists (select 1 from delivery d join delivery_attempt a on a.delivery_id = d.id
             where d.session_id = $1 and d.state = 'pending' and a.started_at > clock_timestamp() - interval '1 minute')`,
        [sessionId],
      )
    },

    async readAdvice(tenantId, identifier) {
      const [row] = await live(database, tenantId, identifier)
      return row ? sessionAdvice(await readAdviceFigures(database, row.id)) : []
    },

    async findSession(tenantId, identifier) {
      const [row] = await live(database, tenantId, identifier)
      return row ? sessionOf(database, sealer, row) : null
    },

    async listSessions(tenantId, { limit, cursor }) {
      const after = decodeCursor(cursor, typeidShape) ?? ''
      const rows = await database.many<SessionRow>(
        'select * from session where tenant_id = $1 and id > $2 order by id limit $3',
        [tenantId, after, limit + 1],
      )
      const page = pageOf(
        rows,
        limit,
        ({ id }) => id,
        (row) => row,
      )
      return { ...page, data: await Promise.all(page.data.map((row) => sessionOf(database, sealer, row))) }
    },
  }
}

/** The frozen configuration with its header values, for those who send or compare them. */
export function fullConfiguration(row: SessionRow, sealer: Sealer): SessionConfiguration {
  const configuration = row.configuration as unknown as SessionConfiguration
  if (row.headersSealed === null) return configuration
  const headers = JSON.parse(sealer.unseal(row.headersSealed, `headers:${row.id}`)) as Record<string, string>
  return { ...configuration, httpAdditionalHeaders: headers }
}

async function resolveDelegate(
  tx: Sql,
  mint: Mint,
  sealer: Sealer,
  tenantId: string,
  given: GivenDelegate,
): Promise<{ delegate: Delegate; endpointId: string | null; secret?: string } | null> {
  if ('kind' in given) return { delegate: given, endpointId: null }
  if ('url' in given) {
    const { id, created } = await endpointForUrl(tx, mint, sealer, tenantId, given.url, given.newSecret)
    return { delegate: { endpointId: id }, endpointId: id, ...(created ? { secret: given.newSecret } : {}) }
  }
  const [row] = await tx.many(
    "select 1 from endpoint where tenant_id = $1 and id = $2 and state = 'enabled' and deleted_at is null for share",
    [tenantId, given.endpointId],
  )
  return row ? { delegate: given, endpointId: given.endpointId } : null
}

async function sessionOf(sql: Sql, sealer: Sealer, row: SessionRow): Promise<Session> {
  const counts = await sql.many<{ state: TaskState; count: number }>(
    'select state, count(*)::int as count from task where session_id = $1 group by state',
    [row.id],
  )
  const taskCounts = { suspended: 0, waiting: 0, running: 0, completed: 0, failed: 0, canceled: 0 }
  for (const { state, count } of counts) taskCounts[publicState(state)] += count
  const [wake] = await sql.many<WakeRow>("select * from wake where session_id = $1 and state = 'open'", [row.id])
  const [undelivered] = await sql.many<{ count: number }>(
    `select (select count(*) from event where session_id = $1 and held)::int
      + (select count(*) from delivery where session_id = $1 and state = 'pending')::int as count`,
    [row.id],
  )
  return {
    id: row.id,
    tenantId: row.tenantId,
    identifier: row.identifier,
    state: row.state as SessionState,
    configuration: fullConfiguration(row, sealer),
    createdAt: row.createdAt,
    taskCounts,
    openWake: wake ? wakeOf(wake, row.identifier) : null,
    undeliveredEvents: undelivered!.count,
    advice: sessionAdvice(await readAdviceFigures(sql, row.id)),
  }
}

export function wakeOf(row: WakeRow, sessionIdentifier: string): Wake {
  const { id, openedAt, deadline, eventCount, delayAfterSeconds } = row
  return { id, sessionIdentifier, state: row.state as Wake['state'], openedAt, deadline, eventCount, delayAfterSeconds }
}
