import type { Mint, Sealer } from '../app/ports.ts'
import type { DispatchStore, Garbage, Lease } from '../app/worker-stores.ts'
import { type Lane, shareSlots } from '../domain/fairness.ts'
import type { LimiterPolicy } from '../domain/limiter.ts'
import { notingStates } from './announce-live.ts'
import { clockNow, type Database, type Sql } from './database.ts'
import type { Lane as LaneRow } from './generated/client.ts'
import { openOwedWakes } from './open-wake.ts'
import { expireFiles, forgetAnswers, leaseGarbage } from './store-sweep.ts'
import { failTask } from './store-transfers.ts'

/** A claimed task waits this long for a worker to take the hint; then it is claimed again. */
const hintSeconds = 8
const lanesAtOnce = 256
const promotedAtOnce = 2_000
/** Within a tenant. */
const taskOrder = 't.effective_discretionary, t.priority desc, t.ready_at, t.id'

export function createDispatchStore(
  database: Database,
  mint: Mint,
  sealer: Sealer,
  policy: LimiterPolicy,
): DispatchStore {
  return {
    async claimTasks(slots, reserve = 0) {
      await promote(database)
      return slots + reserve > 0 ? database.transaction((tx) => claim(tx, slots, reserve)) : []
    },

    async countDispatched() {
      const row = await database.first<{ count: number }>(
        "select count(*)::int as count from task where state = 'dispatched'",
      )
      return row!.count
    },

    async nextDueInMs() {
      const row = await database.first<{ ms: number | null }>(
        `select (extract(epoch from least(
           (select min(ready_at) from task where state = 'waiting' and not due),
           (select min(wake_due_at) from session where wake_due_at > clock_timestamp()),
           (select min(due_at) from delivery_lane where due_at > clock_timestamp())
         ) - clock_timestamp()) * 1000)::float8 as ms`,
      )
      return row?.ms == null ? null : Math.max(0, Math.ceil(row.ms))
    },

    async endLeases() {
      await database.run(
        `update task set lease_until = ${clockNow} where state in ('dispatched', 'running', 'completing')`,
      )
      await database.run('update delivery_lane set lease_until = null where lease_until is not null')
    },

    reap: () => reap(database, mint, sealer),
    openWakes: () => openOwedWakes(database, mint, policy),
    expireFiles: () => expireFiles(database, mint),
    forgetAnswers: () => forgetAnswers(database),
    leaseGarbage: () => leaseGarbage(database),
    async clearGarbage(taskId: string, garbage: Garbage[]) {
      await database.run('update task set garbage = null, garbage_lease_until = null where id = $1 and garbage = $2', [
        taskId,
        JSON.stringify(garbage),
      ])
    },
  }
}

/** Marks waiting tasks whose time has come. By the database's clock, so never early. */
async function promote(database: Database): Promise<void> {
  await database.run(
    `update task set due = true where id in (
       select id from task where state = 'waiting' and not due and ready_at <= clock_timestamp()
       order by ready_at limit $1 for update skip locked)`,
    [promotedAtOnce],
  )
}

/**
 * Lanes first, and what is in flight counted only after their locks are held, in statements of their own: each sees what
 * was committed before it began, so caps are exact however many dispatchers there are.
 */
async function claim(tx: Sql, slots: number, reserve: number): Promise<Lease[]> {
  const locked = await tx.many<LaneRow>(
    `select l.* from lane l
     where exists (select 1 from task t where t.tenant_id = l.tenant_id and t.state = 'waiting' and t.due)
       and (select count(*) from task t where t.tenant_id = l.tenant_id and t.state in ('dispatched', 'running', 'completing')) < l.cap
     order by l.vtime limit $1 for update of l skip locked`,
    [lanesAtOnce],
  )
  if (locked.length === 0) return []
  const lanes = await tx.many<Lane & { ceiling: number }>(
    `select l.tenant_id, l.vtime, l.weight, (select max(vtime) from lane) as ceiling,
       l.cap - flight.count as free, flight.count = 0 as idle,
       (select count(*)::int from (select 1 from task t where t.tenant_id = l.tenant_id
                and t.state = 'waiting' and t.due limit $2) due) as due
     from lane l cross join lateral (select count(*)::int as count from task t where t.tenant_id = l.tenant_id
       and t.state in ('dispatched', 'running', 'completing')) flight
     where l.tenant_id = any($1)`,
    [locked.map(({ tenantId }) => tenantId), slots + reserve],
  )
  const shares = shareSlots(lanes, slots, lanes[0]!.ceiling, reserve)
  if (shares.length === 0) return []
  return tx.many<Lease>(
    `with share as (
       select * from unnest($1::text[], $2::int[], $3::float8[]) as s(tenant_id, take, vtime)
     ), served as (
       update lane set vtime = share.vtime from share where lane.tenant_id = share.tenant_id
     ), chosen as (
       select c.id, c.place from share cross join lateral (
         select t.id, row_number() over (order by ${taskOrder}) as place
         from task t where t.tenant_id = share.tenant_id and t.state = 'waiting' and t.due
         order by ${taskOrder} limit share.take) c
     ), claimed as (
       update task set state = 'dispatched', due = false, epoch = epoch + 1,
         lease_until = clock_timestamp() + interval '${hintSeconds} seconds'
       from chosen where task.id = chosen.id and task.state = 'waiting' and task.due
       returning task.id, task.epoch, chosen.place
     )
     select id as task_id, epoch from claimed order by place, id`,
    [shares.map(({ tenantId }) => tenantId), shares.map(({ take }) => take), shares.map(({ vtime }) => vtime)],
  )
}

/** Tasks whose lease has ended go back to waiting, no attempt charged; those past their deadline fail. */
async function reap(database: Database, mint: Mint, sealer: Sealer): Promise<number> {
  const returned = await database.first<{ count: number }>(
    `with returned as (
       update task set state = 'waiting', due = true, epoch = epoch + 1, worker_id = null, lease_until = null,
         bytes_per_second = null
       where id in (select id from task where state in ('dispatched', 'running', 'completing')
         and lease_until < clock_timestamp() limit 1000 for update skip locked)
       returning id, tenant_id, session_id, state
     ), noted as (${notingStates('returned')})
     select (select count(*) from returned)::int as count, (select count(*) from noted) as noted`,
  )
  const late = await database.many<{ id: string }>(
    `select id from task where state in ('waiting', 'dispatched', 'running') and deadline < clock_timestamp() limit 100`,
  )
  for (const { id } of late)
    await database.transaction((tx) =>
      failTask(
        tx,
        mint,
        sealer,
        { id },
        {
          fault: 'deadline_exceeded',
          detail: 'the task did not finish within timeoutIntervalForResource',
          retriable: true,
          transactions: [],
          response: null,
        },
      ),
    )
  return returned!.count + late.length
}
