import type { Mint, Sealer } from '../app/ports.ts'
import type { DispatchStore, Garbage } from '../app/worker-stores.ts'
import type { LimiterPolicy } from '../domain/limiter.ts'
import { becomingDue } from './becoming-due.ts'
import { createClaimer } from './claim-tasks.ts'
import { clockNow, type Database } from './database.ts'
import { openOwedWakes } from './open-wake.ts'
import { expireFiles, forgetAnswers, leaseGarbage } from './store-sweep.ts'
import { failTask } from './store-transfers.ts'

const promotedAtOnce = 2_000

export function createDispatchStore(
  database: Database,
  mint: Mint,
  sealer: Sealer,
  policy: LimiterPolicy,
): DispatchStore {
  const claimer = createClaimer(database)
  return {
    async claimTasks(slots, { reserve = 0, spare = slots, spareReserve = reserve, lookAgain = () => {} } = {}) {
      await promote(database)
      return slots + reserve > 0 ? claimer.claim({ slots, reserve, spare, spareReserve }, lookAgain) : []
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
           (select min(due_at) from delivery_lane where due_at > clock_timestamp()),
           (select min(blocked_until) from host_state where blocked_until > clock_timestamp())
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
       select id from task where id in (${becomingDue}) and state = 'waiting' and not due for update skip locked)`,
    [promotedAtOnce],
  )
}

/** Tasks whose lease has ended go back to waiting, no attempt charged; those past their deadline fail. */
async function reap(database: Database, mint: Mint, sealer: Sealer): Promise<number> {
  const returned = await database.run(
    `update task set state = 'waiting', due = true, epoch = epoch + 1, worker_id = null, lease_until = null,
       bytes_per_second = null
     where id in (select id from task where state in ('dispatched', 'running', 'completing')
       and lease_until < clock_timestamp() limit 1000 for update skip locked)`,
  )
  const late = await database.many<{ id: string }>(
    `select id from task where state in ('waiting', 'dispatched', 'running') and deadline < statement_timestamp() limit 100`,
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
  return returned + late.length
}
