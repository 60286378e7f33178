import { clockNow, type Sql } from '../database/database.ts'
import type { Limiter as LimiterRow } from '../database/generated/client.ts'
import {
  admit,
  isForeground,
  type LimiterPolicy,
  type LimiterState,
  suspendGated,
} from '../wakes/rules/wake-limiter.ts'

/** The tenant's limiter, locked, with the database's clock after the lock was had: transitions come one after the other. */
export async function lockLimiter(tx: Sql, tenantId: string): Promise<LimiterRow & { now: Date }> {
  const [row] = await tx.many<LimiterRow>('select * from limiter where tenant_id = $1 for update', [tenantId])
  const [clock] = await tx.many<{ now: Date }>(`select ${clockNow} as now`)
  return { ...row!, now: clock!.now }
}

export function limiterOf(row: LimiterRow): LimiterState {
  return {
    delaySeconds: row.delaySeconds,
    lastWakeAt: row.lastWakeAt?.getTime() ?? null,
    lastGatedEndAt: row.lastGatedEndAt?.getTime() ?? null,
    gatedLive: row.gatedLive,
  }
}

/** Whether the client is in the foreground, by the database's clock. */
export function isPresent({ foregroundUntil, now }: { foregroundUntil: Date | null; now: Date }): boolean {
  return isForeground(foregroundUntil?.getTime() ?? null, now.getTime())
}

/** How tasks are created, or resumed before they have ever begun. */
export interface TaskAdmission {
  now: Date
  clientIn: 'foreground' | 'background'
  /** Until when each of them is gated; null: it is not. */
  gates: (Date | null)[]
  /** The delay that gates them. */
  delaySeconds: number
}

/** Saves it; the row stays locked until commit. One that stays suspended is admitted when it is resumed. */
export async function admitTasks(
  tx: Sql,
  tenantId: string,
  tasks: readonly { suspended: boolean; earliestBeginDate: Date | null }[],
): Promise<TaskAdmission> {
  const limiter = await lockLimiter(tx, tenantId)
  const { now, delaySeconds } = limiter
  if (isPresent(limiter)) return { now, clientIn: 'foreground', gates: tasks.map(() => null), delaySeconds }
  const before = limiterOf(limiter)
  let state = before
  const gates = tasks.map(({ suspended, earliestBeginDate }) => {
    if (suspended) return null
    const admitted = admit(state, now.getTime(), earliestBeginDate?.getTime() ?? 0)
    state = admitted.state
    return date(admitted.gatedUntil)
  })
  if (state !== before) await saveLimiter(tx, tenantId, state)
  return { now, clientIn: 'background', gates, delaySeconds }
}

/** A gated task has been suspended. */
export async function suspendGatedTask(tx: Sql, tenantId: string, hasBegun: boolean): Promise<void> {
  const limiter = await lockLimiter(tx, tenantId)
  await saveLimiter(tx, tenantId, suspendGated(limiterOf(limiter), limiter.now.getTime(), hasBegun))
}

export function policyOf(row: LimiterRow, installation: LimiterPolicy): LimiterPolicy {
  return {
    baseSeconds: row.baseSeconds ?? installation.baseSeconds,
    factor: row.factor ?? installation.factor,
    capSeconds: row.capSeconds ?? installation.capSeconds,
  }
}

export async function saveLimiter(tx: Sql, tenantId: string, state: LimiterState): Promise<void> {
  await tx.many(
    `update limiter set delay_seconds = $2, last_wake_at = $3, last_gated_end_at = $4, gated_live = $5 where tenant_id = $1`,
    [tenantId, state.delaySeconds, date(state.lastWakeAt), date(state.lastGatedEndAt), state.gatedLive],
  )
}

function date(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
