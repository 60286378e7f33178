import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import { clockNow } from '../../database/database.ts'
import { announce } from '../../database/notify.ts'
import { redeliverSession } from '../../endpoints/postgres/enable-endpoint.ts'
import { endpointForUrl } from '../../endpoints/postgres/insert-endpoint.ts'
import { probeNow } from '../../endpoints/postgres/send-gate-row.ts'
import { maskValues } from '../../kernel/rules/masking.ts'
import { invalidateIfDone } from '../../ledger/end-session.ts'
import { newestSession, newestSessionId } from '../../ledger/find-session.ts'
import type { Ledger, SealingSql, Tx } from '../../ledger/ledger.ts'
import { requireRoomForSession } from '../../ledger/quota-room.ts'
import { type JoinedTaskRow, taskOf } from '../../ledger/task-row.ts'
import { waitingColumn, waitingJoins } from '../../ledger/waiting-reasons-sql.ts'
import { unendedStates } from '../../tasks/rules/task.ts'
import { type Delegate, defaultsVersion, type Session } from '../rules/session.ts'
import type { GivenDelegate, SessionStore } from '../session-store.ts'
import { readAdvice } from './advice-figures.ts'
import { cancelSomeTasks } from './cancel-tasks.ts'
import { readSessions } from './read-sessions.ts'

export function createSessionStore(ledger: Ledger): SessionStore {
  const read = async (tx: SealingSql, id: string): Promise<Session> => (await readSessions(tx, 's.id = $1', [id]))[0]!
  const live = async (tx: SealingSql, tenantId: string, identifier: string): Promise<Session | undefined> => {
    const where = "s.tenant_id = $1 and s.identifier = $2 and s.state <> 'invalidated'"
    return (await readSessions(tx, where, [tenantId, identifier]))[0]
  }
  return {
    putSession: (tenantId, identifier, configuration) =>
      ledger.transaction(async (tx) => {
        const existing = await live(tx, tenantId, identifier)
        if (existing) return { kind: 'exists', session: existing }
        if (!configuration) return { kind: 'delegate_required' }
        // Only one request at a time creates it: an endpoint that another would create beside it must not stay.
        await tx.run("select pg_advisory_xact_lock(hashtextextended('session ' || $1 || ' ' || $2, 0))", [
          tenantId,
          identifier,
        ])
        const made = await live(tx, tenantId, identifier)
        if (made) return { kind: 'exists', session: made }
        await requireRoomForSession(tx, tenantId)
        const delegate = await resolveDelegate(tx, tenantId, configuration.delegate)
        if (!delegate) return { kind: 'no_such_endpoint' }
        const id = ledger.mint.id('ses')
        const headers = configuration.httpAdditionalHeaders
        const frozen = { ...configuration, delegate: delegate.delegate, httpAdditionalHeaders: maskValues(headers) }
        await tx.run(
          `with counted as (update tenant_total set sessions = sessions + 1 where tenant_id = $2)
           insert into session (id, tenant_id, identifier, state, configuration, headers_sealed, endpoint_id, defaults_version)
           values ($1, $2, $3, 'active', $4, $5, $6, $7)`,
          [
            id,
            tenantId,
            identifier,
            JSON.stringify(frozen),
            ledger.encryptor.encrypt(JSON.stringify(headers), `headers:${id}`),
            delegate.endpointId,
            defaultsVersion,
          ],
        )
        // Rather than the endpoint that was made for it.
        tx.changed({ target: identifier })
        const session = await read(tx, id)
        return { kind: 'created', session, ...(delegate.secret === undefined ? {} : { secret: delegate.secret }) }
      }),

    async resumeDeliveries(sessionId) {
      await ledger.transaction((tx) => redeliverSession(tx, sessionId))
      const resumed = await ledger.transaction(async (tx) => {
        const lanes = await tx.many<{ endpointId: string }>(
          `update delivery_lane set due_at = least(due_at, ${clockNow}), resumed_at = ${clockNow}
           where session_id = $1 and due_at is not null
             and (due_at > clock_timestamp()
               or exists (select 1 from endpoint where id = endpoint_id and next_probe_at > clock_timestamp()))
             and (resumed_at is null or resumed_at <= clock_timestamp() - interval '1 minute')
           returning endpoint_id`,
          [sessionId],
        )
        if (lanes.length > 0) tx.changed()
        return lanes
      })
      if (resumed.length === 0) return
      await probeNow(
        ledger,
        resumed.map(({ endpointId }) => endpointId),
      )
      await announce(ledger, 'work')
    },

    async listOutstandingTasks(sessionId, limit) {
      const rows = await ledger.many<JoinedTaskRow>(
        `select t.*, s.identifier as session_identifier, ${waitingColumn}
         from task t join session s on s.id = t.session_id
           ${waitingJoins('(select tenant_id from session where id = $1)')}
         where t.session_id = $1 and t.state = any($2) order by t.task_identifier limit $3`,
        [sessionId, unendedStates, limit],
      )
      return rows.map((row) => taskOf(row, ledger.encryptor))
    },

    async invalidateSession(tenantId, identifier, how) {
      const id = await ledger.transaction((tx) => markSession(tx, tenantId, identifier, how))
      if (id === null) return null
      if (how === 'cancel') await cancelSomeTasks(ledger, id)
      return read(ledger, id)
    },

    readAdvice: (tenantId, identifier) => readAdvice(ledger, tenantId, identifier),

    async findSession(tenantId, identifier) {
      const where = `s.id = (${newestSession('$1', '$2')})`
      return (await readSessions(ledger, where, [tenantId, identifier]))[0] ?? null
    },

    async listSessions(tenantId, { state, identifierPrefix, newestFirst }, { limit, cursor }) {
      const after = decodeCursor(cursor, typeidShape) ?? null
      const [direction, behind] = newestFirst ? ['desc', '<'] : ['asc', '>']
      const isBehind = after === null ? '$2::text is null' : `s.id ${behind} $2`
      const sessions = await readSessions(
        ledger,
        `s.tenant_id = $1 and ${isBehind} and ($3::text is null or s.state = $3)
           and ($4::text is null or starts_with(s.identifier, $4))
         order by s.id ${direction} limit $5`,
        [tenantId, after, state ?? null, identifierPrefix ?? null, limit + 1],
      )
      return pageOf(
        sessions,
        limit,
        ({ id }) => id,
        (session) => session,
      )
    },
  }
}

/** One transaction: no new tasks from here on, and the end if there is nothing to wait for. */
async function markSession(
  tx: Tx,
  tenantId: string,
  identifier: string,
  how: 'finish' | 'cancel',
): Promise<string | null> {
  const id = await newestSessionId(tx, tenantId, identifier)
  if (id === null) return null
  const marked = await tx.run(
    `update session set state = 'finishing', canceling = canceling or $2
     where id = $1 and (state = 'active' or state = 'finishing' and $2 and not canceling)`,
    [id, how === 'cancel'],
  )
  if (marked > 0) tx.changed()
  await invalidateIfDone(tx, id)
  // If this process dies, others go on with the canceling.
  if (how === 'cancel') await announce(tx, 'work')
  return id
}

async function resolveDelegate(
  tx: Tx,
  tenantId: string,
  given: GivenDelegate,
): Promise<{ delegate: Delegate; endpointId: string | null; secret?: string } | null> {
  if ('kind' in given) return { delegate: given, endpointId: null }
  if ('url' in given) {
    const { id, created } = await endpointForUrl(tx, tenantId, given.url, given)
    return { delegate: { endpointId: id }, endpointId: id, ...(created ? { secret: given.newSecret } : {}) }
  }
  const [row] = await tx.many(
    "select 1 from endpoint where tenant_id = $1 and id = $2 and state = 'enabled' and deleted_at is null for share",
    [tenantId, given.endpointId],
  )
  return row ? { delegate: given, endpointId: given.endpointId } : null
}
