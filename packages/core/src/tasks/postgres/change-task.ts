import { announce } from '../../database/notify.ts'
import { withdrawDecision } from '../../ledger/close-decision.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { clock, type Patch, setColumns, sql } from '../../ledger/patch.ts'
import { findTask, lockTask } from '../../ledger/read-task.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import { encryptRequest, type TaskRow, taskOf } from '../../ledger/task-row.ts'
import { transition } from '../../ledger/transition.ts'
import { countStep, writingSteps } from '../../ledger/write-steps.ts'
import { renewedRequest } from '../rules/change-url.ts'
import { isEnded } from '../rules/task.ts'
import type { Interrupted, TaskChange } from '../task-store.ts'

export async function applyTaskChange(tx: Tx, tenantId: string, id: string, change: TaskChange): Promise<Interrupted> {
  const before = await lockTask(tx, tenantId, id)
  if (!before) return 'not_found'
  if (change.url && isEnded(before.state)) return 'ended'
  tx.changed()
  const request = change.url && renewedRequest(taskOf(before, tx.encryptor).request, change.url.url)
  await tx.run(
    `with changed as (
       update task set priority = coalesce($2, priority),
         task_description = case when $8 then $3 else task_description end,
         metadata = coalesce($4, metadata), request_sealed = coalesce($5, request_sealed), host = coalesce($6, host),
         maximum_bytes_per_second = case when $9 then $10 else maximum_bytes_per_second end,
         ${countStep}
       where id = $1 returning id, steps
     ), ${writingSteps('changed', 'changed', '$7')} select 1 from changed`,
    [
      id,
      change.priority ?? null,
      change.taskDescription ?? null,
      change.metadata === undefined ? null : JSON.stringify(change.metadata),
      request ? encryptRequest(tx.encryptor, id, request) : null,
      change.url?.host ?? null,
      JSON.stringify({
        fields: Object.keys(change).filter((field) => change[field as keyof typeof change] !== undefined),
        calledOff: change.url !== undefined && isCalledOff(before),
      }),
      change.taskDescription !== undefined,
      change.maximumBytesPerSecond !== undefined,
      change.maximumBytesPerSecond ?? null,
    ],
  )
  if (change.url) await beginAnew(tx, before)
  return taskOf((await findTask(tx, tenantId, id))!, tx.encryptor)
}

/** A task that a worker has, and does not just put together. */
function isCalledOff({ state }: Pick<TaskRow, 'state'>): boolean {
  return state === 'dispatched' || state === 'running'
}

/**
 * The next attempt, at the new URL, is due as soon as the task may run. A running one is taken from its worker, so that
 * a response of the old URL decides nothing any more; its parts stay. With every byte received there is nothing to
 * request. An open or answered question about the old URL is closed: a credential was meant for that origin alone.
 */
async function beginAnew(tx: Tx, task: TaskRow): Promise<void> {
  const { id, state } = task
  if (state === 'completing') return
  const anew: Patch = {
    due: false,
    retryAt: null,
    suspectFailures: 0,
    bodyCut: null,
    currentUrlSealed: null,
    readyAt: sql`greatest(${clock}, earliest_begin_date, gated_until)`,
  }
  if (isCalledOff({ state })) {
    await transition(tx, 'giveBack', { id }, anew, 'none')
    await announce(tx, 'interrupted', { taskId: id })
  } else await setColumns(tx, id, anew)
  if (task.decisionUntil !== null) {
    await lockSession(tx, task.sessionId)
    await withdrawDecision(tx, task, ['open', 'answered'])
  }
  await announce(tx, 'work')
}
