import type { Decision as DecisionRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import { type AnswerToDelivery, type DeliveryOutcome, reasonToDisable } from '../../deliveries/rules/retry-schedule.ts'
import type { Tx } from '../../ledger/ledger.ts'
import type { DecisionReading } from '../rules/decision.ts'
import { afterAsking } from '../rules/question-retry.ts'
import { sealAnswer } from './apply-answer.ts'

/** What came back for a question. */
interface QuestionAnswer extends AnswerToDelivery {
  error: string | null
  decision?: DecisionReading
}

/**
 * Keeps a usable answer with the attempt that brought it. It takes effect in a transaction of its own (apply-answer.ts),
 * because the task would have to be locked before the session, which is held. `error` says why an answer is of no use.
 */
export async function recordAnswer(
  tx: Tx,
  { eventId, attempts }: { eventId: string; attempts: number },
  answer: QuestionAnswer,
  now: Date,
  random: number,
): Promise<{ outcome: DeliveryOutcome; error: string | null }> {
  const open = await tx.first<DecisionRow>("select * from decision where event_id = $1 and state = 'open'", [eventId])
  const { decision } = answer
  if (!open || open.expiresAt <= now) {
    const outcome = reasonToDisable(answer) !== null ? ('gone' as const) : ('failed' as const)
    return { outcome: { kind: outcome }, error: decision ? 'nobody waits for this answer any more' : answer.error }
  }
  const usable = decision !== undefined && 'answer' in decision ? decision.answer : null
  const times = { nowMs: now.getTime(), expiresAtMs: open.expiresAt.getTime() }
  const outcome = afterAsking(answer, usable !== null, attempts, times, random)
  if (usable !== null) {
    await tx.run("update decision set state = 'answered', answer_sealed = $2 where event_id = $1", [
      eventId,
      sealAnswer(tx.sealer, eventId, usable),
    ])
    await announce(tx, 'work')
  }
  return { outcome, error: decision && 'unusable' in decision ? `not usable: ${decision.unusable}` : answer.error }
}
