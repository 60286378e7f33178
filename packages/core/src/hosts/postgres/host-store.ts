import { clockNow, type Database, type Sql } from '../../database/database.ts'
import type { HostState as HostRow } from '../../database/generated/client.ts'
import type { HostStore } from '../host-store.ts'
import { deliveredOutcome } from '../rules/attempt-outcome.ts'
import { defaultHostHealthPolicy, type HostOutcome, nextHostHealth } from '../rules/host-health.ts'
import { healthOf } from './host-row.ts'
import { listHosts, readHost } from './read-hosts.ts'

/** Weight of a new measurement against those before it. */
const newestWeight = 0.25
/** Interval of measurements of a host in a process; others in between are dropped. */
const measureEveryMs = 5_000
const measuredHosts = 1_000
const forgottenAtOnce = 1_000

export function createHostStore(database: Database): HostStore {
  const writtenAt = new Map<string, number>()
  return {
    readHost: (tenantId, host) => readHost(database, tenantId, host),
    listHosts: (tenantId, filter, query) => listHosts(database, tenantId, filter, query),

    async measureHost(host, bytesPerSecond, nowMs) {
      if (nowMs - (writtenAt.get(host) ?? -measureEveryMs) < measureEveryMs) return
      if (writtenAt.size >= measuredHosts) writtenAt.clear()
      writtenAt.set(host, nowMs)
      await database.relaxed.run(
        `insert into host_state (host, bytes_per_second, decided_at) values ($1, $2, ${clockNow})
         on conflict (host) do update set
           bytes_per_second = coalesce(host_state.bytes_per_second * (1 - $3::float8) + $2 * $3, $2),
           -- Of a row without a decision it says when the host was last of use.
           decided_at = case when host_state.reason is null then excluded.decided_at else host_state.decided_at end`,
        [host, bytesPerSecond, newestWeight],
      )
    },

    forgetHosts: () =>
      database.run(
        `delete from host_state where host in (
           select host from host_state h
           where coalesce(decided_at, '-infinity') < clock_timestamp() - interval '1 day'
             and coalesce(blocked_until, '-infinity') < clock_timestamp()
             and coalesce(single_connection_until, '-infinity') < clock_timestamp()
             and not exists (select 1 from task t where t.host = h.host and t.ended_at is null)
           limit $1 for update skip locked)`,
        [forgottenAtOnce],
      ),
  }
}

/**
 * Records the outcome of an attempt at its task's host. The last statement of its transaction: a host's row is locked
 * after everything else, and as briefly as possible. A response from a healthy host writes nothing and locks nothing.
 * `random` is in [0, 1).
 */
export async function recordOutcome(
  tx: Sql,
  taskId: string,
  outcome: HostOutcome | undefined,
  random: number,
): Promise<void> {
  if (!outcome) return
  const [row] = await tx.many<HostRow & { now: Date }>(outcome.kind === 'answered' ? lockIfUnwell : lockOrInsert, [
    taskId,
  ])
  if (!row) return
  const health = healthOf(row)
  const next = nextHostHealth(defaultHostHealthPolicy, health, outcome, row.now.getTime(), random)
  if (next === health) return
  await tx.run(
    `update host_state set blocked_until = $2, half_open = $3, failures = $4, reason = $5, decided_at = $6,
       down_since = $7, fault = $8, fault_scheme = $9 where host = $1`,
    [
      row.host,
      date(next.blockedUntilMs),
      next.halfOpen,
      next.failures,
      next.reason,
      date(next.decidedAtMs),
      date(next.downSinceMs),
      next.errorName,
      next.errorScheme,
    ],
  )
}

/** The response of this status was stored as a file. It never blocks the host, so nothing is left to chance. */
export function recordResponse(tx: Sql, taskId: string, status: number): Promise<void> {
  return recordOutcome(tx, taskId, deliveredOutcome(status), 0)
}

/** Records the responses of many tasks, in the order of hosts. */
export async function recordResponses(
  tx: Sql,
  responses: readonly { id: string; host: string; status: number }[],
): Promise<void> {
  const told = new Map(responses.filter(({ status }) => deliveredOutcome(status)).map((each) => [each.host, each]))
  for (const host of [...told.keys()].toSorted()) {
    const { id, status } = told.get(host)!
    await recordResponse(tx, id, status)
  }
}

const lockIfUnwell = `select *, ${clockNow} as now from host_state
  where host = (select host from task where id = $1)
    and (failures > 0 or half_open or blocked_until <= clock_timestamp()) for update`
const lockOrInsert = `insert into host_state (host) select host from task where id = $1
  on conflict (host) do update set host = excluded.host returning *, ${clockNow} as now`

function date(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
