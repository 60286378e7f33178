import type { Sql } from '../database/database.ts'
import type { Task } from '../tasks/rules/task.ts'
import { taskInEvent } from '../tasks/rules/task-view.ts'
import { gatedEnd } from '../wakes/rules/wake-limiter.ts'
import { appendEvents, type NewEvent } from './append-events.ts'
import { withdrawDecision } from './close-decision.ts'
import type { UsageChange } from './count-usage.ts'
import { invalidateIfDone } from './end-session.ts'
import { giveUpKeys, settleKeys } from './file-keys.ts'
import type { Tx } from './ledger.ts'
import { limiterOf, lockLimiter, saveLimiter } from './limiter-row.ts'
import { discardTransfer } from './orphans.ts'
import { lockSession } from './session-lock.ts'
import { type TaskRow, taskOf } from './task-row.ts'

/**
 * Writes the consequences of every ending in the transaction that ended the task: the limiter, the events and their
 * deliveries.
 */
export async function endTask(tx: Tx, row: TaskRow): Promise<Task> {
  const [task] = await endTasks(tx, row.sessionId, [row])
  return task!
}

/** Writes the consequences of the endings of several tasks of one session. */
export async function endTasks(tx: Tx, sessionId: string, rows: TaskRow[]): Promise<Task[]> {
  // Before the keys: creating tasks locks the session first, then claims keys.
  const session = await lockSession(tx, sessionId)
  for (const row of rows) {
    // Parts that resume data names stay where they are until they are taken over or expire.
    if (row.resumeUntil === null) await discardTransfer(tx, row)
    await (row.state === 'completed' ? settleKeys(tx, row) : giveUpKeys(tx, row))
  }
  await endGates(tx, session.row.tenantId, rows.filter(({ gated }) => gated).length)
  const tasks = rows.map((row) =>
    taskOf({ ...row, sessionIdentifier: session.row.identifier, waiting: null }, tx.encryptor),
  )
  const events = tasks.flatMap((task): NewEvent[] => {
    const data = { task: taskInEvent(task, session.now.getTime()) }
    const completed: NewEvent = { type: 'task.completed', taskId: task.id, data }
    if (task.state !== 'completed') return [completed]
    return [{ type: 'task.finished_downloading', taskId: task.id, data }, completed]
  })
  const ended = tasks.map(({ id }) => id)
  await appendEvents(tx, session, events, { ended, usage: usageOf(rows) })
  for (const row of rows) await withdrawDecision(tx, row, ['open', 'answered'])
  if (session.row.state === 'finishing') await invalidateIfDone(tx, sessionId)
  return tasks
}

/** Bytes as the events have them: those of parts that go with the task's end are among them. */
function usageOf(rows: readonly TaskRow[]): UsageChange {
  const count = (state: TaskRow['state']) => rows.filter((row) => row.state === state).length
  const sum = (bytes: (row: TaskRow) => bigint | null) => rows.reduce((all, row) => all + (bytes(row) ?? 0n), 0n)
  return {
    liveTasks: -rows.length,
    tasksCompleted: count('completed'),
    tasksFailed: count('failed'),
    tasksCanceled: count('canceled'),
    bytesReceived: sum(({ bytesReceived }) => bytesReceived),
    storedBytes: sum(({ state, fileBytes }) => (state === 'completed' ? fileBytes : null)),
  }
}

async function endGates(tx: Sql, tenantId: string, gated: number): Promise<void> {
  if (gated === 0) return
  const limiter = await lockLimiter(tx, tenantId)
  await saveLimiter(tx, tenantId, gatedEnd(limiterOf(limiter), limiter.now.getTime(), gated))
}
