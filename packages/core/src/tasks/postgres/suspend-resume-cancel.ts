import { announce } from '../../database/notify.ts'
import { bringWakeForward } from '../../ledger/append-events.ts'
import { withdrawDecision } from '../../ledger/close-decision.ts'
import { endTask } from '../../ledger/end-task.ts'
import { keepingTransfer, whyNotKept } from '../../ledger/keep-transfer.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { admitTasks, suspendGatedTask } from '../../ledger/limiter-row.ts'
import { clock, type Patch, sql } from '../../ledger/patch.ts'
import { findTask, lockTask } from '../../ledger/read-task.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import { configurationOf, type SessionRow } from '../../ledger/session-row.ts'
import { type JoinedTaskRow, keptTransfer, taskOf } from '../../ledger/task-row.ts'
import { transition } from '../../ledger/transition.ts'
import type { TaskState } from '../rules/task.ts'
import { taskError } from '../rules/task-error.ts'
import type { CanceledKeeping, Interrupted } from '../task-store.ts'
import { planResumedTask } from './plan-start.ts'

/** Apple reports a cancelled task with this error too. */
const canceledByClient = taskError('cancelled', 'the client canceled the task', false)

export async function suspendTask(tx: Tx, tenantId: string, id: string): Promise<Interrupted> {
  const before = await lockTask(tx, tenantId, id)
  const gate = before?.gated ? gateOf(before) : null
  const row = await transition(
    tx,
    'suspend',
    { id, tenantId },
    {
      due: false,
      gated: false,
      gatedUntil: sql`case when began_at is not null then gated_until end`,
      gateDelaySeconds: sql`case when began_at is not null then gate_delay_seconds end`,
    },
    gate && before!.beganAt === null ? { kind: 'suspended', data: gate } : undefined,
  )
  if (!row) return refused(tx, tenantId, id, ['suspended'])
  tx.changed()
  const session = await lockSession(tx, row.sessionId)
  if (gate) await suspendGatedTask(tx, tenantId, row.beganAt !== null)
  // An answer that was recorded already still counts.
  await withdrawDecision(tx, row, ['open'])
  await bringWakeForward(tx, session)
  await announce(tx, 'interrupted', { taskId: id })
  return taskOf({ ...row, sessionIdentifier: session.row.identifier, waiting: null }, tx.encryptor)
}

export async function resumeTask(tx: Tx, tenantId: string, id: string): Promise<Interrupted> {
  const before = await lockTask(tx, tenantId, id)
  // Once begun it keeps its admission.
  const isAdmitted = before?.state === 'suspended' && before.beganAt === null
  const admission = isAdmitted ? await admitTasks(tx, tenantId, [{ ...before, suspended: false }]) : null
  const gatedUntil = admission?.gates[0] ?? null
  const gate = { gatedUntil, gateDelaySeconds: gatedUntil && admission!.delaySeconds }
  const row = await transition(
    tx,
    'resume',
    { id, tenantId },
    {
      due: false,
      gated: gatedUntil !== null,
      gatedUntil: sql`coalesce(${gatedUntil}, gated_until)`,
      gateDelaySeconds: sql`coalesce(${gate.gateDelaySeconds}, gate_delay_seconds)`,
      resumedAt: sql`coalesce(resumed_at, ${clock})`,
      readyAt: sql`greatest(${clock}, earliest_begin_date, ${gatedUntil}, retry_at)`,
      deadline: sql`coalesce(deadline, greatest(${clock}, earliest_begin_date) + make_interval(secs => (
        select (configuration ->> 'timeoutIntervalForResource')::float8 from session where id = task.session_id)))`,
    },
    isAdmitted ? { kind: 'resumed', data: gate } : undefined,
  )
  if (!row) return refused(tx, tenantId, id, ['waiting', 'dispatched', 'running', 'completing'])
  tx.changed()
  await announce(tx, 'work')
  const session = await tx.first<SessionRow>('select * from session where id = $1', [row.sessionId])
  await planResumedTask(tx, row, configurationOf(session!))
  return taskOf((await findTask(tx, tenantId, id))!, tx.encryptor)
}

export async function cancelTask(tx: Tx, tenantId: string, id: string): Promise<Interrupted> {
  await lockTask(tx, tenantId, id)
  const row = await transition(tx, 'cancel', { id, tenantId }, { error: canceledByClient })
  if (!row) return refused(tx, tenantId, id, ['canceled'])
  tx.changed()
  await announce(tx, 'interrupted', { taskId: id })
  return endTask(tx, row)
}

/** Cancels it and keeps its parts, or returns why that cannot be. */
export async function cancelKeepingTransfer(tx: Tx, tenantId: string, id: string): Promise<CanceledKeeping> {
  const before = await lockTask(tx, tenantId, id)
  if (!before) return 'not_found'
  if (before.state === 'canceled') {
    return { task: taskOf(before, tx.encryptor), kept: keptTransfer(before) ?? 'taskAlreadyEnded' }
  }
  const reason = await whyNotKept(tx, before, null)
  const set: Patch = { error: canceledByClient, ...keepingTransfer(reason) }
  const row = await transition(tx, 'cancel', { id, tenantId }, set)
  if (!row) return 'ended'
  tx.changed()
  await announce(tx, 'interrupted', { taskId: id })
  return { task: await endTask(tx, row), kept: reason ?? keptTransfer(row)! }
}

/**
 * A refused change: returns the task as it is, unless it has ended. `same` is the state in which repeating is harmless.
 */
async function refused(tx: Tx, tenantId: string, id: string, same: readonly TaskState[]): Promise<Interrupted> {
  const row = await findTask(tx, tenantId, id)
  if (!row) return 'not_found'
  return same.includes(row.state) ? taskOf(row, tx.encryptor) : 'ended'
}

/** The data of a wake delay in the timeline. */
function gateOf({ gatedUntil, gateDelaySeconds }: JoinedTaskRow) {
  return { gatedUntil, gateDelaySeconds }
}
