import { setTimeout as sleep } from 'node:timers/promises'
import { readDecision } from '../decisions/rules/decision.ts'
import { type HmacSha256, type SignEd25519, webhookHeaders } from '../endpoints/rules/signature.ts'
import { answersChallenge, challengeMissed } from '../endpoints/rules/verification.ts'
import type { ClockWatch } from '../kernel/clock-skew.ts'
import { isUnavailable } from '../kernel/database-unavailable.ts'
import type { Log } from '../kernel/log.ts'
import type { EgressPolicy } from '../transfer/egress/rules/egress-policy.ts'
import type { DeliveryStore, LaneLease, OutgoingDelivery, SentDelivery } from './delivery-store.ts'
import { bodyPatienceMs, deliveryTimeoutMs, isReceived, maxAnswerBytes } from './rules/retry-schedule.ts'
import type { WebhookAnswer, WebhookSender } from './webhook-sender.ts'

export interface DeliveryPorts {
  store: DeliveryStore
  sender: WebhookSender
  hmac: HmacSha256
  clock: ClockWatch
  ed25519: SignEd25519
  egress: EgressPolicy
  log: Log
  random(): number
  nowMs(): number
}

/** So many are taken at once: a crash may send them all again. */
const runLength = 128
/** No exchange of a run begins later. With the longest exchange behind it, that is within the lane's lease. */
const runForMs = 5_000
/** An exchange in hand when the process stops may take so long; then it is left, and sent again when the lane's lease ends. */
const farewellMs = 3_000
/** An answer is worth keeping while the database is away, as long as the lane is ours: another POST would be the price. */
const recordEveryMs = 1_000
const recordForMs = 25_000

/**
 * Sends a lane's deliveries one after the other until it is empty, has to wait or the process stops. Each attempt is
 * written before its POST; if the process dies between the two, the same body is sent again under the same webhook-id.
 * Answers whether anything was sent: a lane that may not be sent yet stays due, and need not be looked at again at once.
 */
export async function deliverLane(ports: DeliveryPorts, lane: LaneLease, stopping: AbortSignal): Promise<boolean> {
  const farewell = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onStop = () => {
    timer = setTimeout(() => farewell.abort(), farewellMs)
  }
  stopping.addEventListener('abort', onStop)
  let hasSent = false
  const sender: WebhookSender = {
    post(request) {
      hasSent = true
      return ports.sender.post(request)
    },
  }
  try {
    let run = stopping.aborted || ports.clock.isOff(ports.nowMs()) ? [] : await ports.store.takeHeads(lane, runLength)
    while (run.length > 0) run = await deliverRun({ ...ports, sender }, run, stopping, farewell.signal)
  } finally {
    stopping.removeEventListener('abort', onStop)
    clearTimeout(timer)
  }
  return hasSent
}

/** Attempts one after the other, to the first that does not succeed; the lane's next deliveries, if there are some to send. */
async function deliverRun(
  ports: DeliveryPorts,
  run: readonly OutgoingDelivery[],
  stopping: AbortSignal,
  farewell: AbortSignal,
): Promise<OutgoingDelivery[]> {
  const { nowMs, log } = ports
  const takenMs = nowMs()
  // Receivers refuse a signature with a time that is not theirs.
  if (!ports.clock.agrees(takenMs, run[0]!.takenAtMs)) {
    await ports.store.recordAttempts({ sent: [], unsent: run }, ports.random(), 0)
    return []
  }
  const sent: (Omit<SentDelivery, 'agoMs'> & { endedMs: number })[] = []
  let left = 0
  for (const delivery of run) {
    const startedMs = nowMs()
    if (sent.length > 0 && (stopping.aborted || startedMs > takenMs + runForMs)) break
    const { deliveryId, eventId, attempts: attempt } = delivery
    const headers = headersOf(ports, delivery)
    const answer = await send(ports, delivery, headers, farewell).catch((error: unknown) => {
      if (!farewell.aborted) throw error
      return null
    })
    const endedMs = nowMs()
    const durationMs = endedMs - startedMs
    if (answer === null) {
      log.info({ event: 'delivery.left', deliveryId, eventId, attempt, durationMs }, 'delivery left: the process stops')
      left = 1
      break
    }
    const checked = withChallenge(delivery, withDecision(ports, delivery, answer))
    const { status, error, note } = checked
    log.info({ event: 'delivery.attempted', deliveryId, eventId, attempt, status, error, note, durationMs }, 'delivery')
    sent.push({ delivery, answer: checked, durationMs, endedMs, headers })
    if (!isReceived(answer) || answer.order) break
  }
  return record(ports, sent, run.slice(sent.length + left), stopping, left > 0)
}

/** With what it decides, when a question was asked. */
export function withDecision(
  { egress }: Pick<DeliveryPorts, 'egress'>,
  { decision }: Pick<OutgoingDelivery, 'decision'>,
  answer: WebhookAnswer,
): SentDelivery['answer'] {
  if (decision === null || !isReceived(answer)) return answer
  const read = readDecision(decision, answer.body, egress)
  // What is there of it may say something else than all of it.
  const isTorn = 'answer' in read && answer.note !== undefined
  return { ...answer, decision: isTorn ? { unusable: 'the answer did not come whole' } : read }
}

function withChallenge({ challenge }: OutgoingDelivery, answer: SentDelivery['answer']): SentDelivery['answer'] {
  if (challenge === null || !isReceived(answer)) return answer
  const isMet = answer.note === undefined && answersChallenge(answer.body, challenge)
  return isMet ? answer : { ...answer, error: challengeMissed }
}

async function record(
  { store, random, nowMs }: DeliveryPorts,
  sent: readonly (Omit<SentDelivery, 'agoMs'> & { endedMs: number })[],
  unsent: readonly OutgoingDelivery[],
  stopping: AbortSignal,
  isLeft: boolean,
): Promise<OutgoingDelivery[]> {
  if (sent.length + unsent.length === 0) return []
  const until = nowMs() + recordForMs
  for (;;) {
    try {
      const now = nowMs()
      const run = { sent: sent.map((each) => ({ ...each, agoMs: now - each.endedMs })), unsent }
      return await store.recordAttempts(run, random(), isLeft ? null : stopping.aborted ? 0 : runLength)
    } catch (error) {
      if (!isUnavailable(error) || stopping.aborted || nowMs() > until) throw error
      await sleep(recordEveryMs, undefined, { signal: stopping }).catch(() => {})
    }
  }
}

function headersOf({ hmac, ed25519, nowMs }: DeliveryPorts, delivery: OutgoingDelivery): Record<string, string> {
  const { body, webhookId: id, secrets } = delivery
  const message = { id, timestampSeconds: Math.floor(nowMs() / 1000), body }
  const signed = webhookHeaders({ hmac, ed25519 }, secrets, message)
  // Ours last, whatever the endpoint's own headers were when they were checked.
  return { ...delivery.headers, 'content-type': 'application/json', ...signed }
}

async function send(
  { sender }: DeliveryPorts,
  { url, body, decision, challenge }: OutgoingDelivery,
  headers: Record<string, string>,
  farewell: AbortSignal,
): Promise<WebhookAnswer> {
  const limits = { timeoutMs: deliveryTimeoutMs, maxAnswerBytes, signal: farewell }
  const needsBody = decision !== null || challenge !== null
  // A stream's sender knows where to.
  return sender.post({ url: url ?? '', headers, body, ...limits, ...(!needsBody && { bodyPatienceMs }) })
}
