import type { Mint, Sealer } from '../app/ports.ts'
import { gatedEnd } from '../domain/limiter.ts'
import type { Task } from '../domain/task.ts'
import { taskInEvent } from '../domain/task-view.ts'
import { appendEvents, type NewEvent } from './append-events.ts'
import { withdrawDecision } from './close-decision.ts'
import type { Sql } from './database.ts'
import { discardTransfer } from './garbage.ts'
import type { Task as TaskRow } from './generated/client.ts'
import { limiterOf, lockLimiter, saveLimiter } from './limiter-row.ts'
import { taskOf } from './rows.ts'
import { lockSession } from './session-lock.ts'

/** What every ending writes in the transaction that ended the task: the limiter, the events and what follows from them. */
export async function endTask(tx: Sql, mint: Mint, sealer: Sealer, row: TaskRow): Promise<Task> {
  await discardTransfer(tx, row)
  const session = await lockSession(tx, row.sessionId)
  if (row.gated) {
    const limiter = await lockLimiter(tx, row.tenantId)
    await saveLimiter(tx, row.tenantId, gatedEnd(limiterOf(limiter), limiter.now.getTime()))
  }
  const task = taskOf({ ...row, sessionIdentifier: session.row.identifier }, sealer)
  const view = taskInEvent(task, session.now.getTime())
  const events: NewEvent[] = [{ type: 'task.completed', taskId: task.id, data: { task: view } }]
  if (task.state === 'completed')
    events.unshift({ type: 'task.finished_downloading', taskId: task.id, data: { task: view } })
  await appendEvents(tx, mint, session, events, [task.id])
  await withdrawDecision(tx, mint, row, ['open', 'answered'])
  return task
}
