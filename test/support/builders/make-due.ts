import type { Database } from '#core/database/database.ts'

/** Lets a waiting task begin now: its begin date, its retry time and the wake limiter's gate are behind it. */
export async function makeDue(database: Pick<Database, 'run'>, taskId: string): Promise<void> {
  await database.run("update task set due = true, ready_at = clock_timestamp() - interval '1 ms' where id = $1", [
    taskId,
  ])
}

/** Its time to be ready has come: a dispatcher marks it as due in its next round. */
export async function makeReady(database: Pick<Database, 'run'>, taskId: string): Promise<void> {
  await database.run("update task set ready_at = clock_timestamp() - interval '1 ms' where id = $1", [taskId])
}
