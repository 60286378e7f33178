import { clockNow, type Sql } from '../database/database.ts'
import type { Wake as WakeRow } from '../database/generated/client.ts'
import { wakeDeadlineSeconds } from '../wakes/rules/wake.ts'
import { type LimiterPolicy, wake } from '../wakes/rules/wake-limiter.ts'
import { appendWakeEvents } from './append-events.ts'
import { invalidateIfDone } from './end-session.ts'
import { asking, isUndelivered, listOf, ofOneWake } from './event-filter.ts'
import type { Tx } from './ledger.ts'
import { isPresent, limiterOf, lockLimiter, policyOf, saveLimiter } from './limiter-row.ts'
import { deliverPending, enqueuePending, readPending } from './pending-events.ts'
import { isResting } from './resting.ts'
import { completeLock, type LockedSession, lockSession } from './session-lock.ts'
import type { SessionRow } from './session-row.ts'

/** After so long a wake that a resting tenant is owed is looked at again. */
const restingSeconds = 60

/**
 * One transaction: the limiter rises, the wake opens, and all pending events go out in it. A crash cannot raise it
 * twice. Nothing happens while the tenant rests.
 */
export async function openWake(tx: Tx, installation: LimiterPolicy, sessionId: string): Promise<void> {
  const row = await tx.first<SessionRow & { resting: boolean }>(
    `select *, ${isResting('session.tenant_id')} as resting from session
     where id = $1 and wake_due_at is not null for update skip locked`,
    [sessionId],
  )
  if (!row) return
  if (row.resting) return postponeWake(tx, sessionId)
  await openLocked(tx, installation, row)
  // It may have turned out that no wake is needed.
  if (row.state === 'finishing') await invalidateIfDone(tx, sessionId)
}

/** It stays owed. Looked at again and again, a thousand wakes of a resting tenant would keep those of others back. */
async function postponeWake(tx: Sql, sessionId: string): Promise<void> {
  await tx.run(`update session set wake_due_at = ${clockNow} + interval '${restingSeconds} seconds' where id = $1`, [
    sessionId,
  ])
}

async function openLocked(tx: Tx, installation: LimiterPolicy, row: SessionRow): Promise<void> {
  const sessionId = row.id
  const session = await completeLock(tx, row)
  const limiter = await lockLimiter(tx, row.tenantId)
  const inForeground = isPresent(limiter)
  // The foreground lease has ended since the session was found.
  if (!inForeground && row.wakeDueAt! > limiter.now) return
  await tx.run('update session set wake_due_at = null, redeliver = false where id = $1', [sessionId])
  // There is no endpoint to wake: the events stay pending until it is enabled.
  if (session.endpoint === null) return
  const openWakeId = row.redeliver ? await holdUndelivered(tx, session) : session.openWakeId
  if (openWakeId !== null) {
    if (await enqueuePending(tx, session, openWakeId)) await finishWakeEvents(tx, sessionId, openWakeId)
    return
  }
  if (inForeground) {
    await deliverPending(tx, session)
    return
  }
  const { wanted: eventCount, callsForWake } = await readPending(tx, session)
  if (!callsForWake) return

  const raised = wake(policyOf(limiter, installation), limiterOf(limiter), limiter.now.getTime())
  await saveLimiter(tx, row.tenantId, raised)
  const id = tx.mint.id('wak')
  const deadline = new Date(limiter.now.getTime() + wakeDeadlineSeconds * 1000)
  await tx.run(
    `insert into wake (id, tenant_id, session_id, state, opened_at, deadline, delay_after_seconds)
     values ($1, $2, $3, 'open', $4, $5, $6)`,
    [id, row.tenantId, sessionId, limiter.now, deadline, raised.delaySeconds],
  )
  const data = { eventCount, deadline: deadline.toISOString(), delayAfterSeconds: raised.delaySeconds }
  await appendWakeEvents(tx, session, id, [{ type: 'session.wake', data }], { usage: { wakes: 1 } })
  await enqueuePending(tx, session, id)
}

/**
 * Unacknowledged events whose deliveries have ended at the endpoint wait for the next wake. An open wake stays open,
 * unless its deliveries were canceled with the endpoint: then the client does not know of it. Returns the wake that is
 * still open, or null.
 */
async function holdUndelivered(tx: Sql, { row, endpoint, openWakeId }: LockedSession): Promise<string | null> {
  // A transaction that cancels pending deliveries has locked the delivery lane.
  const lane = [row.id, endpoint!.id]
  await tx.first('select 1 from delivery_lane where session_id = $1 and endpoint_id = $2 for update', lane)
  await tx.run(
    `update event e set held = true from delivery d
     where d.session_id = $1 and d.endpoint_id = $2 and ${isUndelivered('d')} and d.event_id = e.id
       and e.type not in (${listOf(ofOneWake)})`,
    lane,
  )
  const lost = await tx.first(
    `select 1 from delivery d join event e on e.id = d.event_id
     where d.wake_id = $1 and d.state = 'canceled' and e.type not in (${listOf(asking)}) limit 1`,
    [openWakeId],
  )
  if (openWakeId === null || lost === null) return openWakeId
  await closeWake(tx, openWakeId, 'expired')
  await startReturnLeases(tx, openWakeId)
  return null
}

/**
 * After the last event of a wake was acknowledged: session.events_finished, again if more came behind the one before.
 * The session is locked.
 */
export async function finishWakeEvents(tx: Tx, sessionId: string, wakeId: string): Promise<void> {
  const ready = await tx.run(
    `update wake set finished = true where id = $1 and state = 'open' and not finished
     and not exists (select 1 from delivery where wake_id = $1 and state = 'pending')
     and not exists (select 1 from event where session_id = $2 and held)`,
    [wakeId, sessionId],
  )
  if (ready === 0) return
  const session = await lockSession(tx, sessionId)
  await appendWakeEvents(tx, session, wakeId, [{ type: 'session.events_finished', data: {} }])
}

/**
 * The client has acknowledged session.events_finished, which completes the wake, unless something came behind it in the
 * meantime: then it is told again. The session is locked.
 */
export async function completeFinishedWake(tx: Tx, sessionId: string, wakeId: string): Promise<void> {
  const finished = await tx.first(
    `select 1 from wake where id = $1 and finished
       and not exists (select 1 from delivery where wake_id = $1 and state = 'pending')`,
    [wakeId],
  )
  if (finished) await completeLockedWake(tx, sessionId, wakeId)
}

/**
 * Completes a wake. Files that lived until the client's return are released if it knew of them, and get the usual lease
 * if it did not. The session is locked.
 */
export async function completeLockedWake(tx: Tx, sessionId: string, wakeId: string): Promise<void> {
  if (!(await closeWake(tx, wakeId, 'completed'))) return
  await endReturnLeases(tx, wakeId)
  await startReturnLeases(tx, wakeId)
  await invalidateIfDone(tx, sessionId, wakeId)
}

/** Abandons the wake of an endpoint that is gone for good: it will not be completed. The session is locked. */
export async function abandonWake(tx: Tx, sessionId: string, wakeId: string): Promise<void> {
  if (!(await closeWake(tx, wakeId, 'expired'))) return
  await startReturnLeases(tx, wakeId)
  await invalidateIfDone(tx, sessionId, wakeId)
}

async function closeWake(tx: Sql, wakeId: string, state: 'completed' | 'expired'): Promise<boolean> {
  const closed = await tx.run(`update wake set state = $2, closed_at = ${clockNow} where id = $1 and state = 'open'`, [
    wakeId,
    state,
  ])
  return closed === 1
}

export async function expireWake(tx: Tx, { id, sessionId }: WakeRow): Promise<void> {
  const session = await lockSession(tx, sessionId)
  // It may have been extended or closed since it was found.
  const late = await tx.first('select 1 from wake where id = $1 and deadline <= clock_timestamp()', [id])
  if (!late || !(await closeWake(tx, id, 'expired'))) return
  await startReturnLeases(tx, id)
  await appendWakeEvents(tx, session, id, [{ type: 'wake.expired', data: {} }])
  await redeliver(tx, session, id)
  await invalidateIfDone(tx, sessionId, id)
}

/** `fileRetention: untilReturn`, but the client did not return with them: files get the lease that they have otherwise. */
async function startReturnLeases(tx: Sql, wakeId: string): Promise<void> {
  await tx.run(
    `update task set file_lease_expires_at = clock_timestamp() + make_interval(secs => (
       select (configuration ->> 'fileLeaseSeconds')::float8 from session where id = task.session_id))
     where file_state = 'temporary' and file_lease_expires_at is null
       and id in (select task_id from event where wake_id = $1 and type = 'task.finished_downloading')`,
    [wakeId],
  )
}

/**
 * `fileRetention: untilReturn`: the lease of every file that was reported in this wake ends now, unless it was kept or moved,
 * if all that was to be told of it was acknowledged before the newest session.events_finished that was acknowledged, too.
 */
async function endReturnLeases(tx: Sql, wakeId: string): Promise<void> {
  await tx.run(
    `with last as (
       select d.position, e.sequence from delivery d join event e on e.id = d.event_id
       where d.wake_id = $1 and d.state = 'succeeded' and e.type = 'session.events_finished'
       order by d.position desc limit 1
     )
     update task set file_lease_expires_at = ${clockNow} from last
     where file_state = 'temporary' and file_lease_expires_at is null
       and id in (select task_id from event
         where wake_id = $1 and type = 'task.finished_downloading' and sequence < last.sequence)
       and not exists (select 1 from event e join delivery d on d.event_id = e.id
         where e.task_id = task.id and d.wake_id = $1 and (d.state <> 'succeeded' or d.position > last.position))`,
    [wakeId],
  )
}

/** In the foreground there is no wake to complete: the client returns when it acknowledges the events of the file. */
export async function endForegroundLeases(tx: Sql, eventIds: readonly string[]): Promise<void> {
  await tx.run(
    `update task set file_lease_expires_at = ${clockNow}
     where file_state = 'temporary' and file_lease_expires_at is null
       and id in (select task_id from event where id = any($1))`,
    [eventIds],
  )
}

/**
 * Sends the unacknowledged events of an expired wake again at once, in their order: failed ones with a fresh schedule,
 * once because a wake expires once, except questions, whose time is over. The delivery lane's lease stays, so that
 * deliveries being sent are not sent twice.
 */
export async function redeliver(tx: Sql, { row, endpoint, now }: LockedSession, wakeId: string): Promise<void> {
  if (endpoint === null) return
  await tx.run(
    `update delivery set state = 'pending', attempts_before = attempts, next_attempt_at = $2, ended_at = null
     where wake_id = $1 and endpoint_id = $3 and state = 'failed'
       and not exists (select 1 from decision where event_id = delivery.event_id)`,
    [wakeId, now, endpoint.id],
  )
  await tx.run('update delivery_lane set due_at = $3 where session_id = $1 and endpoint_id = $2', [
    row.id,
    endpoint.id,
    now,
  ])
}
