import { clockNow } from '../database/database.ts'
import type { Decision as DecisionRow } from '../database/generated/client.ts'
import type { Tx } from './ledger.ts'
import { finishWakeEvents } from './open-wake.ts'
import type { TaskRow } from './task-row.ts'

/**
 * Closes a question to which no answer is awaited any more: its pending delivery is canceled, and the deliveries behind
 * it go on. The task and the session are locked.
 */
export async function closeDecision(
  tx: Tx,
  { eventId, sessionId }: Pick<DecisionRow, 'eventId' | 'sessionId'>,
  state: 'settled' | 'timedOut' | 'withdrawn',
  disposition?: string,
): Promise<void> {
  await tx.run(
    `update decision set state = $2, disposition = $3, answer_sealed = null, settled_at = ${clockNow} where event_id = $1`,
    [eventId, state, disposition ?? null],
  )
  await tx.run('update event set held = false where id = $1 and held', [eventId])
  const [called] = await tx.many<{ wakeId: string | null }>(
    `update delivery set state = 'canceled', next_attempt_at = null, ended_at = ${clockNow}
     where event_id = $1 and state = 'pending' returning wake_id`,
    [eventId],
  )
  if (!called) return
  // Deliveries behind it go on; one before it keeps its due time.
  await tx.run(
    `update delivery_lane l set due_at = least(l.due_at, coalesce(
       (select d.next_attempt_at from delivery d where d.session_id = l.session_id and d.endpoint_id = l.endpoint_id
          and d.state = 'pending' order by d.position limit 1), ${clockNow}))
     where l.session_id = $1 and l.due_at is not null`,
    [sessionId],
  )
  if (called.wakeId !== null) await finishWakeEvents(tx, sessionId, called.wakeId)
}

/**
 * The task has ended, was suspended or has another URL: its open question is closed. A delayed task that comes back is
 * asked about again. The caller has changed the task and locked its session.
 */
export async function withdrawDecision(
  tx: Tx,
  task: Pick<TaskRow, 'id' | 'decisionUntil'>,
  states: readonly ('open' | 'answered')[],
): Promise<void> {
  if (task.decisionUntil === null) return
  const decision = await tx.first<DecisionRow>('select * from decision where task_id = $1 and state = any($2)', [
    task.id,
    states,
  ])
  if (!decision) return
  await closeDecision(tx, decision, 'withdrawn')
  await tx.run('update task set decision_until = null, asks_before_begin = $2 where id = $1', [
    task.id,
    decision.kind === 'delayedRequest',
  ])
}
