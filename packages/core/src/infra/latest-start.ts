import type { NewTask } from '../app/stores.ts'
import { defaultDurationPolicy, latestStart } from '../domain/discretionary.ts'
import type { PreferredHours } from '../domain/preferred-hours.ts'
import type { SessionConfiguration } from '../domain/session.ts'
import type { Sql } from './database.ts'
import type { Task as TaskRow } from './generated/client.ts'

/** Of new tasks, as the transaction that creates them decided it. */
export interface Admission {
  now: Date
  createdIn: 'foreground' | 'background'
  gate: Date | null
}

/** When each of the new tasks begins at the latest (null: it is not discretionary, or not resumed), and the hours in force. */
export async function planNewTasks(
  tx: Sql,
  tenantId: string,
  { isDiscretionary, timeoutIntervalForResource, preferredHours }: SessionConfiguration,
  tasks: readonly NewTask[],
  { now, createdIn, gate }: Admission,
): Promise<{ hours: PreferredHours | null; latestStarts: (Date | null)[] }> {
  const { tenantHours, rates } = await readPlan(tx, tenantId, [...new Set(tasks.map(({ host }) => host))])
  const latestStarts = tasks.map((task) => {
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
  return { hours: preferredHours ?? tenantHours, latestStarts }
}

/** A resumed task with its latest start, which it gets with its deadline, and the hours in force. */
export async function planResumedTask(
  tx: Sql,
  row: TaskRow,
  { preferredHours }: SessionConfiguration,
): Promise<TaskRow & { preferredHours: PreferredHours | null }> {
  const { tenantHours, rates } = await readPlan(tx, row.tenantId, [row.host])
  const planned = { ...row, preferredHours: preferredHours ?? tenantHours }
  if (!row.effectiveDiscretionary || row.latestStart !== null || row.deadline === null) return planned
  const plan = {
    readyAtMs: row.readyAt.getTime(),
    deadlineMs: row.deadline.getTime(),
    expectedBytes: row.expectsToReceive === null ? null : Number(row.expectsToReceive),
  }
  const latest = new Date(latestStart(defaultDurationPolicy, plan, rates[row.host] ?? null))
  await tx.run('update task set latest_start = $2 where id = $1', [row.id, latest])
  return { ...planned, latestStart: latest }
}

/** The tenant's hours and the rates of hosts as far as they are known, in one statement. */
async function readPlan(tx: Sql, tenantId: string, hosts: string[]) {
  const [row] = await tx.many<{ tenantHours: PreferredHours | null; rates: Record<string, number> }>(
    `select n.preferred_hours as tenant_hours, coalesce(
       (select jsonb_object_agg(host, bytes_per_second) from host_state
        where host = any($2) and bytes_per_second is not null), '{}') as rates
     from tenant n where n.id = $1`,
    [tenantId, hosts],
  )
  return row!
}
