import type { Challenge } from '@backhaul/transfer/rules'
import { insertEvents, owe } from '../../ledger/append-events.ts'
import { enqueue } from '../../ledger/enqueue-events.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { deliverPending } from '../../ledger/pending-events.ts'
import { findTask } from '../../ledger/read-task.ts'
import type { LockedSession } from '../../ledger/session-lock.ts'
import { type TaskRow, taskOf } from '../../ledger/task-row.ts'
import { taskInEvent } from '../../tasks/rules/task-view.ts'
import { type DecisionKind, decisionEvents } from '../rules/decision.ts'

/** When the fallback replaces the answer to a question that is asked now. */
export function expiryOf({ now, configuration }: LockedSession): Date {
  return new Date(now.getTime() + configuration.decisionTimeout * 1000)
}

/**
 * Asks the delegate about a task (as it is while it waits for the answer), in the transaction that made it wait. The
 * event goes out at once: in the open wake, or in the foreground behind the events that are still pending. Otherwise a
 * challenge opens a wake, since the client is needed, and a delayed request is sent without one.
 */
export async function appendDecision(
  tx: Tx,
  session: LockedSession,
  row: TaskRow,
  asked: { kind: DecisionKind; challenge?: Challenge },
): Promise<void> {
  const { openWakeId, inForeground, now } = session
  const shown = await findTask(tx, row.tenantId, row.id)
  const task = taskInEvent(taskOf(shown!, tx.encryptor), now.getTime())
  const { kind, ...about } = asked
  const wakes = openWakeId === null && kind === 'authenticationChallenge' && !inForeground
  const isPending = openWakeId === null && (wakes || inForeground)
  const event = { type: decisionEvents[kind], taskId: row.id, data: { task, ...about } }
  const { ids } = await insertEvents(tx, session, [event], isPending)
  await tx.run(
    `insert into decision (event_id, tenant_id, session_id, task_id, kind, state, asked_at, expires_at)
     values ($1, $2, $3, $4, $5, 'open', $6, $7)`,
    [ids[0], row.tenantId, row.sessionId, row.id, kind, now, row.decisionUntil],
  )
  if (wakes) await owe(tx, session, true)
  else if (isPending) await deliverPending(tx, session)
  else await enqueue(tx, session, openWakeId, ids)
}
