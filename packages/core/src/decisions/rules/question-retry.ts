import {
  type AnswerToDelivery,
  type DeliveryOutcome,
  planRetry,
  reasonToDisable,
} from '../../deliveries/rules/retry-schedule.ts'
import type { DecisionAnswer, DecisionReading } from './decision.ts'

/** Seconds between attempts to ask: quick, because a task waits for the answer; the last one repeats. */
export const askingDelaysSeconds = [0, 5, 15, 30, 60] as const

/**
 * The retry after an attempt to ask for a decision. Only a usable answer is a success. It is repeated as long as there
 * is time before the fallback. `random` is in [0, 1).
 */
export function afterAsking(
  answer: AnswerToDelivery,
  isUsable: boolean,
  attempts: number,
  times: { nowMs: number; expiresAtMs: number },
  random: number,
): DeliveryOutcome {
  if (isUsable) return { kind: 'succeeded' }
  if (reasonToDisable(answer) !== null) return { kind: 'gone' }
  if (answer.order === 'abort-message') return { kind: 'failed' }
  const planned = askingDelaysSeconds[Math.min(attempts, askingDelaysSeconds.length - 1)]!
  const retry = planRetry(answer, planned, attempts, times.nowMs, random)
  return retry.atMs < times.expiresAtMs ? retry : { kind: 'failed' }
}

/** The receiver's response to a question. */
interface QuestionAnswer extends AnswerToDelivery {
  error: string | null
  decision?: DecisionReading
}

/**
 * The outcome of a question, and the answer that is kept. `error` says why an answer cannot be used. `expiresAtMs`
 * null: the question is not open any more. `random` is in [0, 1).
 */
export function judgeQuestion(
  answer: QuestionAnswer,
  attempts: number,
  { nowMs, expiresAtMs }: { nowMs: number; expiresAtMs: number | null },
  random: number,
): { outcome: DeliveryOutcome; error: string | null; usable: DecisionAnswer | null } {
  const { decision } = answer
  if (expiresAtMs === null || expiresAtMs <= nowMs) {
    const kind = reasonToDisable(answer) !== null ? 'gone' : 'failed'
    return { outcome: { kind }, error: decision ? 'nobody waits for this answer any more' : answer.error, usable: null }
  }
  const usable = decision !== undefined && 'answer' in decision ? decision.answer : null
  const outcome = afterAsking(answer, usable !== null, attempts, { nowMs, expiresAtMs }, random)
  const error = decision && 'unusable' in decision ? `not usable: ${decision.unusable}` : answer.error
  return { outcome, error, usable }
}
