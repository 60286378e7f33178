import { isSessionDone } from '../sessions/rules/session.ts'
import { unendedStates } from '../tasks/rules/task.ts'
import { appendWakeEvents, insertEvents } from './append-events.ts'
import type { Ledger, Tx } from './ledger.ts'
import { deliverPending } from './pending-events.ts'
import { isTold, lockSession } from './session-lock.ts'

const atOnce = 50

/** SQL: a task of the session that has not ended; `states` is the parameter with {@link unendedStates}. */
export const unendedTask = (sessionId: string, states: string) =>
  `select 1 from task where session_id = ${sessionId} and state = any(${states})`

/**
 * Ends a finishing session that has nothing left to do or to tell, with session.invalidated as its last event. Called in
 * each transaction that may have been the last one: which ended a task, closed a wake or found that none is needed.
 * `wakeId`: the wake that was just closed; the event goes out as part of it. It never opens one.
 */
export async function invalidateIfDone(tx: Tx, sessionId: string, wakeId: string | null = null): Promise<void> {
  const session = await lockSession(tx, sessionId)
  const { row, endpoint, inForeground, openWakeId, now } = session
  const unended = await tx.first<{ exists: boolean }>(`select exists (${unendedTask('$1', '$2')})`, [
    sessionId,
    unendedStates,
  ])
  const canBeWoken = endpoint !== null && isTold(session)
  const ended = isSessionDone({
    state: row.state,
    hasUnendedTasks: unended!.exists,
    wakeIsOpen: openWakeId !== null,
    wakeIsOwed: row.wakeDueAt !== null,
    canBeWoken,
    inForeground,
  })
  if (!ended) return
  // Pending events that were not worth a wake, or need none in the foreground, are delivered first.
  if (canBeWoken && !(await deliverPending(tx, session))) return
  const last = { type: 'session.invalidated', data: {} } as const
  if (canBeWoken) await appendWakeEvents(tx, session, wakeId, [last])
  else await insertEvents(tx, session, [last], isTold(session))
  await tx.run(
    `with ended as (
       update session set state = 'invalidated', invalidated_at = $2, wake_due_at = null, canceling = false
       where id = $1 and state = 'finishing' returning tenant_id
     )
     update tenant_total t set sessions = t.sessions - 1 from ended where t.tenant_id = ended.tenant_id`,
    [sessionId, now],
  )
}

/** Ends sessions that could have ended already, whatever kept them from it; returns how many were looked at. */
export async function invalidateFinished(ledger: Ledger): Promise<number> {
  const done = await ledger.many<{ id: string }>(
    `select s.id from session s where s.state = 'finishing' and s.wake_due_at is null
       and not exists (${unendedTask('s.id', '$1')})
       and not exists (select 1 from wake where session_id = s.id and state = 'open') limit $2`,
    [unendedStates, atOnce],
  )
  for (const { id } of done) await ledger.transaction((tx) => invalidateIfDone(tx, id))
  return done.length
}
