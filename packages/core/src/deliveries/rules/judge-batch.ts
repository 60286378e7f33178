import {
  type EndpointHealth,
  type EndpointSign,
  healthAfter,
  defaultEndpointHealthPolicy as policy,
} from '../../endpoints/rules/endpoint-health.ts'
import {
  type AnswerToDelivery,
  afterAttempt,
  type DeliveryOutcome,
  isReceived,
  reasonToDisable,
  retryAfterInternalErrorMs,
} from './retry-schedule.ts'

/** The members of a delivery that the judgement of its batch reads. */
interface JudgedDelivery {
  deliveryId: string
  laneEpoch: number
  destination: { url: string } | { connectionId: string | null }
  attempts: number
  attemptsBefore: number
  /** Sent in place of the event; null: it is the event. */
  challenge: string | null
  isProbe: boolean
}

/** A POST that got a response, or certainly none. */
interface JudgedAttempt<D extends JudgedDelivery> {
  delivery: D
  answer: AnswerToDelivery & { error: string | null; isInternalError?: true }
}

/** The rows of the delivery lane and its endpoint, read when the delivery lane was locked. */
export interface DeliveryLaneFacts {
  /** Differs from the batch's when another process has the delivery lane by now. */
  epoch: number
  /** Other delivery lanes of the endpoint wait for a retry that may come earlier. */
  hasResting: boolean
}
export interface EndpointFacts {
  kind: string
  url: string | null
  /** Its newest attempt succeeded, and it is not half-open. */
  isWell: boolean
  /** It has a maximum rate, or is paused. */
  isRated: boolean
}

/** What each attempt of a batch is charged to. */
interface ChargedBatch<S, D> {
  /** The delivery lane is still the batch's. */
  isCurrent: boolean
  /** A challenge that was met; its attempt is reverted. */
  verified: D | null
  /** The last one, if it failed with an internal error: it counts for nothing. */
  internalError: S | null
  /** All other sent deliveries; the last one decides the outcome. */
  charged: readonly S[]
  /** Deliveries whose attempts are reverted. */
  unsent: readonly D[]
  /** The endpoint's health may change, so that its row has to be read and locked. */
  touchesHealth: boolean
}

export function chargeBatch<D extends JudgedDelivery, S extends JudgedAttempt<D>>(
  batch: { sent: readonly S[]; unsent: readonly D[] },
  lane: DeliveryLaneFacts,
  endpoint: EndpointFacts,
): ChargedBatch<S, D> {
  const [first] = batch.sent
  const verified = first && first.delivery.challenge !== null && isMet(first) ? first.delivery : null
  const sent = verified ? batch.sent.slice(1) : batch.sent
  const isCurrent = (first?.delivery ?? batch.unsent[0]!).laneEpoch === lane.epoch
  const last = sent.at(-1)
  // A failure at the endpoint's previous URL does not count against its current one.
  const hasMoved = last !== undefined && urlOf(last.delivery) !== endpoint.url && !isReceived(last.answer)
  const internalError = isCurrent && last && (hasMoved || last.answer.isInternalError) ? last : null
  const charged = internalError ? sent.slice(0, -1) : sent
  return {
    isCurrent,
    verified,
    internalError,
    charged,
    unsent: [...(internalError ? [internalError.delivery] : []), ...(verified ? [verified] : []), ...batch.unsent],
    // A failing stream is a receiver that is being worked on: probing it spares it nothing.
    touchesHealth:
      isCurrent &&
      charged.length > 0 &&
      endpoint.kind === 'http' &&
      !(endpoint.isWell && charged.every(isAcknowledged)),
  }
}

/** Facts that the judgement needs beside the delivery lane: read under its lock, in the order of locks. */
interface BatchFacts {
  /** Null: it is not touched, or the endpoint is gone. `nowMs`: when its row was locked. */
  health: { before: EndpointHealth; nowMs: number } | null
  /** The outcome of the question; null: none was asked. */
  question: { outcome: DeliveryOutcome; error: string | null } | null
  /**
   * How many deliveries are leased next, at most; 0: none; `keepLease`: the outcome of one behind these is not known.
   */
  next: number | 'keepLease'
}

/** `outcome` null: another process has the delivery lane, and only the attempt's result is written. */
interface AttemptResult<S> {
  sent: S
  outcome: DeliveryOutcome | null
  error: string | null
}

/** The next state of the delivery lane. */
export type DeliveryLaneVerdict<D> =
  | { kind: 'leaseNext'; most: number }
  | { kind: 'keepLease' }
  | { kind: 'unlock' }
  | { kind: 'retry'; atMs: number; earliestMs: number | null }
  /** Nothing goes to the endpoint before then; the delivery was not tried. */
  | { kind: 'internalError'; delivery: D; untilMs: number }
  /** The endpoint is disabled: pending deliveries are canceled. */
  | { kind: 'gone' }

type Verdict<S, D> =
  | { kind: 'fenced'; results: readonly AttemptResult<S>[] }
  | {
      kind: 'current'
      results: readonly AttemptResult<S>[]
      /** Deliveries whose attempts are reverted. */
      reverted: readonly D[]
      verified: D | null
      /** To be written; null: unchanged. `isProbed`: deliveries that waited for the probe are due. */
      health: { after: EndpointHealth; isProbed: boolean } | null
      /** The delivery that has not ended, or ends only because the endpoint is disabled. */
      ongoing: string | null
      /** The endpoint's row is locked before the feed. */
      locksEndpoint: boolean
      /** The endpoint has acknowledged something: its other delivery lanes come earlier. */
      hastens: boolean
      /** Why the endpoint is disabled; null: it is not. */
      disables: string | null
      lane: DeliveryLaneVerdict<D>
    }

/** The verdict on a batch. `random` is in [0, 1). */
export function judgeBatch<D extends JudgedDelivery, S extends JudgedAttempt<D>>(
  { isCurrent, verified, internalError, charged, unsent }: ChargedBatch<S, D>,
  lane: DeliveryLaneFacts & BatchFacts,
  endpoint: EndpointFacts,
  nowMs: number,
  random: number,
): Verdict<S, D> {
  if (!isCurrent) {
    return { kind: 'fenced', results: charged.map((sent) => ({ sent, outcome: null, error: sent.answer.error })) }
  }
  const judged = charged.at(-1)
  const signs = charged.map(signOf)
  const health = lane.health && healthAfter(policy, lane.health.before, signs, lane.health.nowMs, random)
  const reason = judged ? (reasonToDisable(judged.answer) ?? health?.reasonToDisable ?? null) : null
  const end = judged
    ? endOf(lane.question ?? ownEnd(judged, nowMs, random), reason)
    : { outcome: succeeded, error: null }
  const isOngoing = end.outcome.kind === 'retry' || end.outcome.kind === 'gone'
  return {
    kind: 'current',
    results: charged.map((sent) => ({
      sent,
      ...(sent === judged ? end : { outcome: succeeded, error: sent.answer.error }),
    })),
    reverted: unsent,
    verified,
    health: health?.change ?? null,
    ongoing: isOngoing && judged ? judged.delivery.deliveryId : null,
    locksEndpoint: internalError !== null || reason !== null || endpoint.isRated || !endpoint.isWell,
    hastens: lane.hasResting && reason === null && charged.some(isAcknowledged),
    disables: internalError ? null : reason,
    lane: internalError
      ? { kind: 'internalError', delivery: internalError.delivery, untilMs: retryAfterInternalErrorMs(nowMs, random) }
      : laneAfter(end.outcome, lane.next),
  }
}

const succeeded: DeliveryOutcome = { kind: 'succeeded' }

interface End {
  outcome: DeliveryOutcome
  error: string | null
}

/** Nothing is retried at a disabled endpoint. */
function endOf(end: End, reason: string | null): End {
  return end.outcome.kind === 'retry' && reason !== null ? { ...end, outcome: { kind: 'gone' } } : end
}

function ownEnd({ delivery, answer }: JudgedAttempt<JudgedDelivery>, nowMs: number, random: number): End {
  const made = delivery.attempts - delivery.attemptsBefore
  // Challenges that were met are not among the charged attempts: here a 2xx is a missed one.
  const charged = delivery.challenge !== null && answer.status !== 410 ? { ...answer, status: null } : answer
  return { outcome: afterAttempt(charged, made, nowMs, random), error: answer.error }
}

function laneAfter(outcome: DeliveryOutcome, next: number | 'keepLease'): DeliveryLaneVerdict<never> {
  if (outcome.kind === 'retry') return outcome
  if (outcome.kind === 'gone') return { kind: 'gone' }
  if (next === 'keepLease') return { kind: 'keepLease' }
  return next > 0 ? { kind: 'leaseNext', most: next } : { kind: 'unlock' }
}

/** The receiver has taken an event. A challenge that was met is not recorded as an attempt. */
function isAcknowledged({ delivery: { challenge }, answer }: JudgedAttempt<JudgedDelivery>): boolean {
  return challenge === null && isReceived(answer)
}

function signOf(sent: JudgedAttempt<JudgedDelivery>): EndpointSign {
  const { status, retryAfterSeconds } = sent.answer
  if (isAcknowledged(sent)) return { kind: 'succeeded' }
  return { kind: 'failed', status, retryAfterSeconds, isProbe: sent.delivery.isProbe }
}

function isMet({ answer }: JudgedAttempt<JudgedDelivery>): boolean {
  return isReceived(answer) && answer.error === null
}

/** Null: it goes over a connection. */
export function urlOf({ destination }: Pick<JudgedDelivery, 'destination'>): string | null {
  return 'url' in destination ? destination.url : null
}
