import { admit, isForeground, type LimiterPolicy, type LimiterState } from '../domain/limiter.ts'
import { clockNow, type Sql } from './database.ts'
import type { Limiter as LimiterRow } from './generated/client.ts'

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

/** How `count` tasks are created now: where the client is, and until when they are gated. Saved; the lock is held until commit. */
export async function admitTasks(tx: Sql, tenantId: string, count: number) {
  const limiter = await lockLimiter(tx, tenantId)
  const { now } = limiter
  if (isPresent(limiter)) return { now, createdIn: 'foreground', gate: null } as const
  const { state, gatedUntil } = admit(limiterOf(limiter), now.getTime(), count)
  if (gatedUntil !== null) await saveLimiter(tx, tenantId, state)
  return { now, createdIn: 'background', gate: date(gatedUntil) } as const
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
