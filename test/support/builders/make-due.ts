import type { Database } from '#core/database/database.ts'

/** Lets a waiting task begin now: its begin date, its retry time and its wake delay are set to the past. */
export async function makeDue(database: Pick<Database, 'run'>, taskId: string): Promise<void> {
  await database.run("update task set due = true, ready_at = clock_timestamp() - interval '1 ms' where id = $1", [
    taskId,
  ])
}

/** Sets a task's ready time to the past, so that a dispatcher promotes it in its next round. */
export async function makeReady(database: Pick<Database, 'run'>, taskId: string): Promise<void> {
  await database.run("update task set ready_at = clock_timestamp() - interval '1 ms' where id = $1", [taskId])
}
