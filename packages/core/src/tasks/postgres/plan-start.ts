import type { Sql } from '../../database/database.ts'
import type { TaskAdmission } from '../../ledger/limiter-row.ts'
import type { TaskRow } from '../../ledger/task-row.ts'
import { defaultDurationPolicy, latestStart, plannedStart } from '../../sessions/rules/latest-start.ts'
import type { PreferredHours } from '../../sessions/rules/preferred-hours.ts'
import type { SessionConfiguration } from '../../sessions/rules/session.ts'
import type { NewTask } from '../task-store.ts'

/**
 * When a task may begin under present conditions, and its latest start (null: it is not discretionary, or not resumed).
 */
interface Start {
  readyAt: Date
  latestStart: Date | null
}

export interface PlannedStart extends Start {
  /** null: it is not resumed. */
  deadline: Date | null
  isDiscretionary: boolean
  effectiveDiscretionary: boolean
}

/** The plans of new tasks. */
export async function planNewTasks(
  tx: Sql,
  tenantId: string,
  configuration: SessionConfiguration,
  tasks: readonly NewTask[],
  { now, clientIn, gates }: TaskAdmission,
): Promise<PlannedStart[]> {
  const { tenantHours, rates } = await readPlan(tx, tenantId, [...new Set(tasks.map(({ host }) => host))])
  return tasks.map((task, n) => {
    const startsAtMs = Math.max(now.getTime(), task.earliestBeginDate?.getTime() ?? 0)
    const readyAtMs = Math.max(startsAtMs, gates[n]?.getTime() ?? 0)
    const deadlineMs = startsAtMs + configuration.timeoutIntervalForResource * 1000
    const isDiscretionary = task.isDiscretionary ?? configuration.isDiscretionary
    const effectiveDiscretionary = clientIn === 'background' || isDiscretionary
    const deadline = task.suspended ? null : new Date(deadlineMs)
    const how = { deadline, isDiscretionary, effectiveDiscretionary }
    if (!effectiveDiscretionary || task.suspended) return { ...how, readyAt: new Date(readyAtMs), latestStart: null }
    const plan = { readyAtMs, deadlineMs, expectedBytes: task.countOfBytesClientExpectsToReceive }
    return { ...how, ...planned(configuration.preferredHours ?? tenantHours, plan, rates[task.host]) }
  })
}

/** A resumed task gets its latest start with its deadline, and waits for its hours. */
export async function planResumedTask(
  tx: Sql,
  row: TaskRow,
  { preferredHours }: Pick<SessionConfiguration, 'preferredHours'>,
): Promise<void> {
  if (!row.effectiveDiscretionary || row.deadline === null) return
  const { tenantHours, rates } = await readPlan(tx, row.tenantId, [row.host])
  const expectedBytes = row.expectsToReceive === null ? null : Number(row.expectsToReceive)
  const plan = { readyAtMs: row.readyAt.getTime(), deadlineMs: row.deadline.getTime(), expectedBytes }
  const { readyAt, latestStart } = planned(preferredHours ?? tenantHours, plan, rates[row.host], row.latestStart)
  await tx.run('update task set ready_at = $2, latest_start = $3 where id = $1', [row.id, readyAt, latestStart])
}

function planned(
  hours: PreferredHours | null,
  plan: { readyAtMs: number; deadlineMs: number; expectedBytes: number | null },
  rate: number | undefined,
  before: Date | null = null,
): Start {
  const latest = before?.getTime() ?? latestStart(defaultDurationPolicy, plan, rate ?? null)
  return { readyAt: new Date(plannedStart(hours, plan.readyAtMs, latest)), latestStart: new Date(latest) }
}

/**
 * The tenant's hours and the known rates of hosts, in one statement. A change of the hours waits for this transaction,
 * and so finds its tasks when planning them anew.
 */
async function readPlan(tx: Sql, tenantId: string, hosts: string[]) {
  const row = await tx.first<{ tenantHours: PreferredHours | null; rates: Record<string, number> }>(
    `select n.preferred_hours as tenant_hours, coalesce(
       (select jsonb_object_agg(host, bytes_per_second) from host_state
        where host = any($2) and bytes_per_second is not null), '{}') as rates
     from tenant n where n.id = $1 for share of n`,
    [tenantId, hosts],
  )
  return row!
}
