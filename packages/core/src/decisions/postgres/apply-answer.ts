import { clockNow, type Sql } from '../../database/database.ts'
import type { Decision as DecisionRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import { closeDecision } from '../../ledger/close-decision.ts'
import { endTask } from '../../ledger/end-task.ts'
import { failTask } from '../../ledger/fail-task.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import { decryptRequest, encryptRequest, type TaskRow } from '../../ledger/task-row.ts'
import { transition } from '../../ledger/transition.ts'
import { taskError } from '../../tasks/rules/task-error.ts'
import { withCredential } from '../rules/credential.ts'
import type { DecisionAnswer } from '../rules/decision.ts'

/** The answer that a delivery attempt recorded takes effect, or else the fallback; exactly once, however often it is tried. */
export async function settleDecision(tx: Tx, { eventId, taskId }: { eventId: string; taskId: string }): Promise<void> {
  const task = await tx.first<TaskRow>('select * from task where id = $1 for update skip locked', [taskId])
  if (!task) return
  const session = await lockSession(tx, task.sessionId)
  const decision = await tx.first<DecisionRow>(
    "select * from decision where event_id = $1 and state in ('open', 'answered')",
    [eventId],
  )
  // Since it was found it has been answered, or its endpoint is back.
  const isOver = session.endpoint === null || (decision?.expiresAt ?? session.now) <= session.now
  if (!decision || (decision.state === 'open' && !isOver)) return
  const answer = decision.answerSealed === null ? null : decryptAnswer(tx.encryptor, eventId, decision.answerSealed)
  const outcome = answer ? ('settled' as const) : ('timedOut' as const)
  await apply(tx, task, answer ?? fallback(decision))
  await closeDecision(tx, decision, outcome, answer?.disposition)
}

export function encryptAnswer(encryptor: Encryptor, eventId: string, answer: DecisionAnswer): Uint8Array {
  return encryptor.encrypt(JSON.stringify(answer), `decision:${eventId}`)
}

function decryptAnswer(encryptor: Encryptor, eventId: string, sealed: Uint8Array): DecisionAnswer {
  return JSON.parse(encryptor.decrypt(sealed, `decision:${eventId}`)) as DecisionAnswer
}

function fallback({ kind }: DecisionRow): DecisionAnswer | { disposition: 'unanswered' } {
  return { disposition: kind === 'delayedRequest' ? 'continueLoading' : 'unanswered' }
}

const keepsOriginal = 'original_request_sealed = coalesce(original_request_sealed, request_sealed)'

/** A suspended task keeps what was decided for it and stays suspended. */
async function apply(tx: Tx, task: TaskRow, answer: DecisionAnswer | { disposition: 'unanswered' }): Promise<void> {
  switch (answer.disposition) {
    case 'continueLoading':
      return goOn(tx, task)
    case 'useNewRequest':
      await goOn(tx, task)
      await tx.run(
        `update task set host = $2, request_sealed = $3, current_url_sealed = null, ${keepsOriginal} where id = $1`,
        [task.id, answer.host, encryptRequest(tx.encryptor, task.id, answer.request)],
      )
      return
    case 'useCredential': {
      const request = decryptRequest(tx.encryptor, task.id, task.requestSealed)
      const headers = withCredential(request.headers, answer.credential)
      if (headers === null) return refuse(tx, task, 'the request has no room for the credential')
      await goOn(tx, task)
      await tx.run(`update task set request_sealed = $2, ${keepsOriginal} where id = $1`, [
        task.id,
        encryptRequest(tx.encryptor, task.id, { ...request, headers }),
      ])
      return
    }
    case 'unanswered':
      return refuse(tx, task, 'the delegate gave no credential in time')
    case 'cancel':
      return cancel(tx, task)
  }
}

/** Makes the task due at once, unless it also waits for something else. */
async function goOn(tx: Sql, { id }: TaskRow): Promise<void> {
  await tx.run(
    `update task set decision_until = null,
       ready_at = greatest(${clockNow}, earliest_begin_date, gated_until, retry_at) where id = $1`,
    [id],
  )
  await announce(tx, 'work')
}

async function refuse(tx: Tx, task: TaskRow, why: string): Promise<void> {
  const failure = { errorName: 'userAuthenticationRequired', detail: why, retriable: true } as const
  await tx.run('update task set decision_until = null where id = $1', [task.id])
  await failTask(tx, { id: task.id }, { ...failure, transactions: [], response: null })
}

async function cancel(tx: Tx, task: TaskRow): Promise<void> {
  const error = taskError('cancelled', 'the delegate canceled the task', false)
  const row = await transition(tx, 'cancel', { id: task.id }, { error, decisionUntil: null })
  if (row) await endTask(tx, row)
}
