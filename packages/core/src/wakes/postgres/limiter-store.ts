import { clockNow, type Sql } from '../../database/database.ts'
import type { Limiter as LimiterRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import { decisionEvents } from '../../decisions/rules/decision.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { isPresent, limiterOf, lockLimiter, policyOf, saveLimiter } from '../../ledger/limiter-row.ts'
import { countStep, writingSteps } from '../../ledger/write-steps.ts'
import type { LimiterStore } from '../limiter-store.ts'
import { acquisitionsLeft, acquisitionsPerHour } from '../rules/foreground-quota.ts'
import type { LimiterReading } from '../rules/limiter-view.ts'
import { foreground, type LimiterPolicy } from '../rules/wake-limiter.ts'

export function createLimiterStore(ledger: Ledger, installation: LimiterPolicy): LimiterStore {
  return {
    readLimiter: (tenantId) => read(ledger, installation, tenantId),

    enterForeground: (tenantId, keyId, ttlSeconds) =>
      ledger.transaction(async (tx) => {
        const early = acquisitionsLeft(
          await acquisitions(tx, tenantId),
          (await tx.first<{ now: Date }>(clock))!.now.getTime(),
        )
        if (early.left === 0) return { kind: 'limited', rateLimit: early }
        await lockWhatIsReleased(tx, tenantId)
        const limiter = await lockLimiter(tx, tenantId)
        const now = limiter.now.getTime()
        const taken = await acquisitions(tx, tenantId)
        const late = acquisitionsLeft(taken, now)
        if (late.left === 0) return { kind: 'limited', rateLimit: late }
        const until = new Date(now + ttlSeconds * 1000)
        await saveLimiter(tx, tenantId, foreground(limiterOf(limiter)))
        await tx.run('update limiter set foreground_until = $2 where tenant_id = $1', [tenantId, until])
        await log(tx, tenantId, keyId, 'acquired', limiter.now, until)
        tx.changed()
        // In a statement of its own: it sees all tasks gated before the limiter was locked.
        await tx.run(releaseGated, [tenantId, limiter.now])
        await announce(tx, 'work')
        const limiterNow = await read(tx, installation, tenantId)
        return { kind: 'foreground', limiter: limiterNow, rateLimit: acquisitionsLeft([now, ...taken], now) }
      }),

    leaveForeground: (tenantId, keyId) =>
      ledger.transaction(async (tx) => {
        const limiter = await lockLimiter(tx, tenantId)
        if (isPresent(limiter)) {
          await tx.run('update limiter set foreground_until = null where tenant_id = $1', [tenantId])
          await log(tx, tenantId, keyId, 'ended', limiter.now, null)
          tx.changed()
        }
        return read(tx, installation, tenantId)
      }),
  }
}

const clock = `select ${clockNow} as now`

/** The newest ones that can count, Unix milliseconds. */
async function acquisitions(tx: Sql, tenantId: string): Promise<number[]> {
  const taken = await tx.many<{ at: Date }>(
    "select at from presence where tenant_id = $1 and action = 'acquired' order by at desc limit $2",
    [tenantId, acquisitionsPerHour],
  )
  return taken.map(({ at }) => at.getTime())
}

/**
 * The tenant's queue, so that no dispatcher claims meanwhile; its gated tasks; and the sessions with pending events,
 * which are marked for delivery. All before the limiter, as the order of locks wants it: what is gated in between is
 * released with the others, and only a change of that very task at that very moment could meet a deadlock, which is run
 * again.
 */
async function lockWhatIsReleased(tx: Sql, tenantId: string): Promise<void> {
  await tx.run('select 1 from lane where tenant_id = $1 for update', [tenantId])
  await tx.run('select 1 from task where tenant_id = $1 and gated and ended_at is null order by id for update', [
    tenantId,
  ])
  await tx.run(
    `update session set wake_due_at = ${clockNow} where tenant_id = $1 and wake_due_at is null
       and exists (select 1 from event where session_id = session.id and held)`,
    [tenantId],
  )
}

/** A task that has begun, or whose gate has passed, is where it should be: only the gate itself is undone. */
const releaseGated = `
  with gates as (
    select id, gated_until as gate, gate_delay_seconds as gate_delay from task where tenant_id = $1 and gated and ended_at is null
  ), released as (
    update task set gated = false, gated_until = null, gate_delay_seconds = null, ${countStep},
      ready_at = case when state = 'waiting' and gated_until > $2
        then greatest($2::timestamptz, earliest_begin_date, retry_at) else ready_at end
    from gates where task.id = gates.id and gated and ended_at is null
    returning task.id, task.steps, gates.gate, gates.gate_delay
  ), ${writingSteps('released', 'released')}
  select count(*) from released`

async function log(
  tx: Sql,
  tenantId: string,
  keyId: string,
  action: 'acquired' | 'ended',
  at: Date,
  until: Date | null,
): Promise<void> {
  await tx.run('insert into presence (tenant_id, key_id, action, at, until) values ($1, $2, $3, $4, $5)', [
    tenantId,
    keyId,
    action,
    at,
    until,
  ])
}

/**
 * Whether wake `w` told of a single task. But for questions, one task has three events at most, so that four deliveries tell
 * of two tasks or more.
 */
export const tellsOfOneTask = `(
  select count(distinct told.task_id) = 1 from (
    select e.task_id from delivery d join event e on e.id = d.event_id
    where d.wake_id = w.id and e.task_id is not null
      and e.type not in (${Object.values(decisionEvents).map((type) => `'${type}'`)}) limit 4) told)`

/** One statement, so that it shows one moment. */
async function read(sql: Sql, installation: LimiterPolicy, tenantId: string): Promise<LimiterReading> {
  const row = await sql.first<LimiterRow & { now: Date; wakes: number; single: number }>(
    `select l.*, ${clockNow} as now, recent.* from limiter l cross join (
       select count(*)::int as wakes, (count(*) filter (where ${tellsOfOneTask}))::int as single from wake w
       where w.tenant_id = $1 and w.opened_at > statement_timestamp() - interval '1 hour') recent
     where l.tenant_id = $1`,
    [tenantId],
  )
  return {
    at: row!.now.getTime(),
    state: limiterOf(row!),
    policy: policyOf(row!, installation),
    foregroundUntil: row!.foregroundUntil?.getTime() ?? null,
    wakesLastHour: row!.wakes,
    singleTaskWakesLastHour: row!.single,
  }
}
