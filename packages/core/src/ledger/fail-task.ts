import { deadlineDetail, type LateTask, taskError } from '../tasks/rules/task-error.ts'
import type { FailedTransfer } from '../transfers/rules/failed-transfer.ts'
import { endTask } from './end-task.ts'
import { keepingTransfer, whyNotKept } from './keep-transfer.ts'
import type { Tx } from './ledger.ts'
import { type Patch, sql } from './patch.ts'
import type { TaskRow } from './task-row.ts'
import { transition } from './transition.ts'

type Failure = Pick<FailedTransfer, 'errorName' | 'detail' | 'retriable' | 'transactions' | 'response'>
type FailedAttempt = Failure & Pick<FailedTransfer, 'bodyCut'>

/**
 * The columns that a failed attempt sets on a task that goes on. Kept parts keep the response with which they were
 * received.
 */
export function failedAttempt({ errorName, detail, retriable, transactions, response, bodyCut }: FailedAttempt): Patch {
  return {
    due: false,
    attempts: sql`attempts + 1`,
    error: taskError(errorName, detail, retriable),
    metrics: transactions,
    bodyCut,
    response: sql`case when transfer is null then coalesce(${response}, response) else response end`,
  }
}

/**
 * Ends a task in failure, and keeps its parts for a task that resumes it if that is possible. Its deadline can pass
 * while it waits: an attempt is charged only when one is being made.
 */
export async function failTask(
  tx: Tx,
  { id, epoch }: { id: string; epoch?: number },
  failure: Failure,
): Promise<boolean> {
  const before = await tx.first<TaskRow>(
    'select * from task where id = $1 and ($2::int is null or epoch = $2) for update',
    [id, epoch ?? null],
  )
  if (!before) return false
  const reason = await whyNotKept(tx, before, failure.errorName)
  const { errorName, detail } = failure
  const whole = errorName === 'deadline_exceeded' ? deadlineDetail(detail, await lateTask(tx, before)) : detail
  const error = taskError(errorName, whole, failure.retriable)
  const row = await transition(
    tx,
    'fail',
    { id, ...(epoch === undefined ? {} : { epoch }) },
    {
      attempts: sql`attempts + case when state in ('running', 'completing') then 1 else 0 end`,
      error: reason === null ? error : { ...error, resumeDataUnavailableReason: reason },
      metrics: sql`coalesce(${failure.transactions.length > 0 ? JSON.stringify(failure.transactions) : null}, metrics)`,
      // Kept parts go with the origin's response for the resource, not with its last refusal.
      response: sql`coalesce(${reason === null ? null : failure.response}, response)`,
      ...keepingTransfer(reason),
    },
  )
  if (!row) return false
  await endTask(tx, row)
  return true
}

async function lateTask(tx: Tx, { error, state, beganAt, bytesReceived, host }: TaskRow): Promise<LateTask> {
  const isRunning = state === 'running' || state === 'completing'
  const left =
    error === null && !isRunning
      ? await tx.first<{ reason: string | null }>(
          'select reason from host_state where host = $1 and (half_open or blocked_until > clock_timestamp())',
          [host],
        )
      : undefined
  const progress = { hasBegun: beganAt !== null, isRunning, bytesReceived: Number(bytesReceived) }
  return { last: error, ...progress, hostReason: left?.reason ?? null }
}
