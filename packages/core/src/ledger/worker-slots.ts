import type { Database } from '../database/database.ts'
import { discretionarySlots, type WorkerSlots } from '../dispatch/rules/capacity.ts'

/** How long a worker has a task without a sign of life. */
export const leaseSeconds = 15

/** SQL: until when a worker has a task that has just given a sign of life. */
export const leaseEnd = `clock_timestamp() + interval '${leaseSeconds} seconds'`

/** A worker that has not reported for so long is taken for gone. */
export const workerSeenSeconds = 15

/** Commits without waiting for the disk: it is said again in a moment. */
export async function reportSlots(database: Database, workerId: string, workerSlots: WorkerSlots): Promise<void> {
  await database.relaxed.run(
    `with gone as (delete from worker where seen_at < clock_timestamp() - interval '1 hour')
     insert into worker (id, regular, discretionary, reserve, seen_at) values ($1, $2, $3, $4, clock_timestamp())
     on conflict (id) do update set seen_at = excluded.seen_at`,
    [workerId, workerSlots.regular, discretionarySlots(workerSlots), workerSlots.reserve],
  )
}

export async function withdrawSlots(database: Database, workerId: string): Promise<void> {
  await database.relaxed.run('delete from worker where id = $1', [workerId])
}
