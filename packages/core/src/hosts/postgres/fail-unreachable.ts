import { clockNow } from '../../database/database.ts'
import type { HostState as HostRow } from '../../database/generated/client.ts'
import { failTask } from '../../ledger/fail-task.ts'
import { isInFlight } from '../../ledger/in-flight.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import { decryptRequest } from '../../ledger/task-row.ts'
import { givenUp, hostPatienceMs, verdictDetail } from '../rules/give-up-rule.ts'
import type { HostScheme } from '../rules/host-health.ts'
import { healthOf } from './host-row.ts'

const atOnce = 100

/** SQL condition on a host `h`. A task that still downloads from it shows that the name is right. */
const isDown = `h.fault is not null and h.half_open and h.blocked_until > statement_timestamp()
  and not exists (select 1 from task f where f.host = h.host and ${isInFlight('f')})`
/** SQL condition on a task `t`. A task with an open decision is left to its delegate. */
const couldBegin = "t.state = 'waiting' and t.due and t.decision_until is null"
const patience = `interval '${hostPatienceMs} ms'`

/**
 * Fails tasks that wait for an unreachable host; returns how many. Those that have waited longest at each host come
 * first, so that a million at one host do not delay another's.
 */
export async function giveUpHosts(ledger: Ledger): Promise<number> {
  const candidates = await ledger.many<{ id: string }>(
    `select waiting.id from host_state h cross join lateral (
       select t.id, row_number() over (order by t.ready_at) as place from task t
       where t.host = h.host and ${couldBegin} and t.ready_at <= statement_timestamp() - ${patience}
       order by t.ready_at limit $1) waiting
     where ${isDown} and h.down_since <= statement_timestamp() - ${patience}
     order by waiting.place limit $1`,
    [atOnce],
  )
  let count = 0
  for (const { id } of candidates) {
    if (await ledger.transaction((tx) => giveUp(tx, id))) count += 1
  }
  return count
}

/** Looks again with the task locked: the host may have answered meanwhile, or the task be on its way there. */
async function giveUp(tx: Tx, id: string): Promise<boolean> {
  const row = await tx.first<HostRow & { readyAt: Date; requestSealed: Uint8Array; now: Date }>(
    `select h.*, t.ready_at, t.request_sealed, ${clockNow} as now from task t join host_state h on h.host = t.host
     where t.id = $1 and ${couldBegin} and ${isDown} for update of t`,
    [id],
  )
  if (!row) return false
  const health = healthOf(row)
  const scheme = new URL(decryptRequest(tx.encryptor, id, row.requestSealed).url).protocol.slice(0, -1) as HostScheme
  if (!givenUp(health, { scheme, readySinceMs: row.readyAt.getTime() }, row.now.getTime())) return false
  const failure = { detail: verdictDetail(health), retriable: true, transactions: [], response: null }
  return failTask(tx, { id }, { errorName: health.errorName!, ...failure })
}
