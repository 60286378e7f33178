import type { Mint, Sealer } from '../app/ports.ts'
import type { TaskChangeStore } from '../app/task-change-store.ts'
import type { Transfer } from '../app/worker-stores.ts'
import type { TaskResponse } from '../domain/metrics.ts'
import { renewedRequest } from '../domain/renewed-request.ts'
import { type KeptTransfer, resumeDataHours, whyNotResumable } from '../domain/resume-data.ts'
import { isEnded, type TaskState } from '../domain/task.ts'
import { newUrl } from '../domain/timeline-steps.ts'
import { announce } from './announce-postgres.ts'
import { withdrawDecision } from './close-decision.ts'
import { clockNow, type Database, type Sql } from './database.ts'
import { endTask } from './end-task.ts'
import { claimFileKey, releaseFileKey } from './file-keys.ts'
import { findTask, lockTask } from './find-task.ts'
import type { Task as TaskRow } from './generated/client.ts'
import { sealRequest, taskOf } from './rows.ts'
import { lockSession } from './session-lock.ts'
import { canceledColumns, canceledError } from './store-tasks.ts'
import { transition } from './transition.ts'

export function createTaskChangeStore(database: Database, mint: Mint, sealer: Sealer): TaskChangeStore {
  return {
    cancelKeepingTransfer: (tenantId, id) =>
      database.transaction(async (tx) => {
        const before = await lockTask(tx, tenantId, id)
        if (!before) return 'not_found'
        if (before.state === 'canceled') {
          return { task: taskOf(before, sealer), kept: keptTransfer(before) ?? 'taskAlreadyEnded' }
        }
        const reason = await whyNotKept(tx, before)
        const until = reason === null ? `${clockNow} + interval '${resumeDataHours} hours'` : 'null'
        const also = `${canceledColumns}, resume_until = ${until}`
        const row = await transition(tx, 'cancel', { id, tenantId }, also, [JSON.stringify(canceledError)])
        if (!row) return 'ended'
        await announce(tx, 'interrupted', id)
        return { task: await endTask(tx, mint, sealer, row), kept: reason ?? keptTransfer(row)! }
      }),

    changeTask: (tenantId, id, change) =>
      database.transaction(async (tx) => {
        const before = await lockTask(tx, tenantId, id)
        if (!before) return 'not_found'
        if (change.url && isEnded(before.state as TaskState)) return 'ended'
        const request = change.url && renewedRequest(taskOf(before, sealer).request, change.url.url)
        await tx.run(
          `update task set priority = coalesce($2, priority), task_description = coalesce($3, task_description),
             metadata = coalesce($4, metadata), request_sealed = coalesce($5, request_sealed), host = coalesce($6, host)
           where id = $1`,
          [
            id,
            change.priority ?? null,
            change.taskDescription ?? null,
            change.metadata === undefined ? null : JSON.stringify(change.metadata),
            request ? sealRequest(sealer, id, request) : null,
            change.url?.host ?? null,
          ],
        )
        if (change.url) await beginAnew(tx, mint, before)
        return taskOf((await findTask(tx, tenantId, id))!, sealer)
      }),

    claimFileKey: (taskId, key) => claimFileKey(database, taskId, key),
    releaseFileKey: (taskId, key) => releaseFileKey(database, taskId, key),
  }
}

function keptTransfer({ id, transfer, resumeUntil }: TaskRow): KeptTransfer | null {
  if (resumeUntil === null || transfer === null) return null
  return { taskId: id, generation: (transfer as unknown as Transfer).generation, until: resumeUntil }
}

/** In a statement of its own, behind the lock: a part that was just being recorded is there. */
async function whyNotKept(tx: Sql, row: TaskRow) {
  const transfer = row.transfer as unknown as Transfer | null
  const parts = await tx.many<{ number: number }>(
    'select number from transfer_part where task_id = $1 and generation = $2 order by number limit 1',
    [row.id, transfer?.generation ?? null],
  )
  const etag = (row.response as TaskResponse | null)?.etag ?? null
  return whyNotResumable({ state: row.state as TaskState, transfer, parts, etag })
}

/**
 * The next attempt at another URL is due as soon as the task may run. One that is being made is taken from its worker, so
 * that what the old URL answers decides nothing any more; its parts stay. With every byte received there is nothing to ask.
 * Nor does what the delegate was asked about the old URL, answered or not: a credential was meant for that origin alone.
 */
async function beginAnew(tx: Sql, mint: Mint, task: TaskRow): Promise<void> {
  const { id, state } = task
  if (state === 'completing') return
  const anew = `due = false, retry_at = null, suspect_failures = 0, current_url_sealed = null,
    ready_at = greatest(${clockNow}, earliest_begin_date, gated_until)`
  if (state === 'dispatched' || state === 'running') {
    const also = `${anew}, worker_id = null, lease_until = null, bytes_per_second = null`
    await transition(tx, 'giveBack', { id }, also, [], { kind: 'handedBack', data: { because: newUrl } })
    await announce(tx, 'interrupted', id)
  } else await tx.run(`update task set ${anew} where id = $1`, [id])
  if (task.decisionUntil !== null) {
    await lockSession(tx, task.sessionId)
    await withdrawDecision(tx, mint, task, ['open', 'answered'])
  }
  await announce(tx, 'work')
}
