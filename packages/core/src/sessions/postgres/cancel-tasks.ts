import type { Sql } from '../../database/database.ts'
import { announce, announceAll } from '../../database/notify.ts'
import { bringWakeForward } from '../../ledger/append-events.ts'
import { unendedTask } from '../../ledger/end-session.ts'
import { endTasks } from '../../ledger/end-task.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import { transitionAll } from '../../ledger/transition.ts'
import { inFlightStates, type TaskState, unendedStates } from '../../tasks/rules/task.ts'
import { taskError } from '../../tasks/rules/task-error.ts'

/** Tasks per transaction: it bounds the time for which the tenant's feed is locked. */
const tasksAtOnce = 250
const sessionsAtOnce = 10

const error = taskError('cancelled', 'the client invalidated the session and canceled its tasks', false)

/** Goes on with every session whose tasks are being canceled: some of each. How many tasks were canceled. */
export async function cancelMarkedSessions(ledger: Ledger): Promise<number> {
  const marked = await ledger.many<{ id: string }>('select id from session where canceling limit $1', [sessionsAtOnce])
  let canceled = 0
  for (const { id } of marked) canceled += await cancelSomeTasks(ledger, id)
  return canceled
}

/** Cancels some tasks of a marked session, those in flight first, and takes the mark away when there are no more. */
export function cancelSomeTasks(ledger: Ledger, sessionId: string): Promise<number> {
  return ledger.transaction(async (tx) => {
    const inFlight = await lockTasks(tx, sessionId, inFlightStates, tasksAtOnce)
    const resting = unendedStates.filter((state) => !inFlightStates.includes(state))
    const others = await lockTasks(tx, sessionId, resting, tasksAtOnce - inFlight.length)
    const ids = [...inFlight, ...others]
    const rows = ids.length === 0 ? [] : await transitionAll(tx, 'cancel', { ids }, { error })
    const unmarked = await tx.run(
      `update session set canceling = false where id = $1 and canceling and not exists (${unendedTask('$1', '$2')})`,
      [sessionId, unendedStates],
    )
    if (rows.length > 0) {
      await announceAll(
        tx,
        inFlight.map((taskId) => ({ kind: 'interrupted', taskId })),
      )
      const inOrder = rows.toSorted((a, b) => a.taskIdentifier - b.taskIdentifier)
      await endTasks(tx, sessionId, inOrder)
      if (unmarked === 0) await announce(tx, 'work')
    } else if (unmarked === 1) await bringWakeForward(tx, await lockSession(tx, sessionId))
    return ids.length
  })
}

/** Locked ones are skipped: they are being ended, begun or changed, and are looked at again in the next round. */
async function lockTasks(tx: Sql, sessionId: string, states: readonly TaskState[], limit: number): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(
    'select id from task where session_id = $1 and state = any($2) limit $3 for update skip locked',
    [sessionId, states, limit],
  )
  return rows.map(({ id }) => id)
}
