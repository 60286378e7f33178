import type { NewTask } from '../app/stores.ts'
import { defaultDurationPolicy, latestStart } from '../domain/discretionary.ts'
import type { SessionConfiguration } from '../domain/session.ts'
import type { Sql } from './database.ts'
import type { Task as TaskRow } from './generated/client.ts'

/** Of new tasks, as the transaction that creates them decided it. */
export interface Admission {
  now: Date
  createdIn: 'foreground' | 'background'
  gate: Date | null
}

/** When each of the new tasks begins at the latest; null: it is not discretionary, or not resumed. */
export async function planNewTasks(
  tx: Sql,
  { isDiscretionary, timeoutIntervalForResource }: SessionConfiguration,
  tasks: readonly NewTask[],
  { now, createdIn, gate }: Admission,
): Promise<(Date | null)[]> {
  const rates = await readRates(tx, [...new Set(tasks.map(({ host }) => host))])
  return tasks.map((task) => {
    const discretionary = createdIn === 'background' || (task.isDiscretionary ?? isDiscretionary)
    if (!discretionary || task.suspended) return null
    const startsAtMs = Math.max(now.getTime(), task.earliestBeginDate?.getTime() ?? 0)
    const plan = {
      readyAtMs: Math.max(startsAtMs, gate?.getTime() ?? 0),
      deadlineMs: startsAtMs + timeoutIntervalForResource * 1000,
      expectedBytes: task.countOfBytesClientExpectsToReceive,
    }
    return new Date(latestStart(defaultDurationPolicy, plan, rates[task.host] ?? null))
  })
}

/** A resumed task gets its latest start with its deadline. */
export async function planResumedTask(tx: Sql, row: TaskRow): Promise<void> {
  if (!row.effectiveDiscretionary || row.latestStart !== null || row.deadline === null) return
  const rates = await readRates(tx, [row.host])
  const plan = {
    readyAtMs: row.readyAt.getTime(),
    deadlineMs: row.deadline.getTime(),
    expectedBytes: row.expectsToReceive === null ? null : Number(row.expectsToReceive),
  }
  const latest = new Date(latestStart(defaultDurationPolicy, plan, rates[row.host] ?? null))
  await tx.run('update task set latest_start = $2 where id = $1', [row.id, latest])
}

/** Bytes a second, of the hosts for which they are known. */
async function readRates(tx: Sql, hosts: string[]): Promise<Record<string, number>> {
  const row = await tx.first<{ rates: Record<string, number> }>(
    `select coalesce(jsonb_object_agg(host, bytes_per_second), '{}') as rates from host_state
     where host = any($1) and bytes_per_second is not null`,
    [hosts],
  )
  return row!.rates
}
