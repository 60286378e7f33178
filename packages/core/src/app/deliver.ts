import { setTimeout as sleep } from 'node:timers/promises'
import type { Cidr } from '../domain/address.ts'
import { readDecision } from '../domain/decision.ts'
import { deliveryTimeoutMs, maxAnswerBytes } from '../domain/delivery.ts'
import { decodeSecret, type HmacSha256, webhookHeaders } from '../domain/signature.ts'
import { isUnavailable, type Log, type WebhookAnswer, type WebhookSender } from './ports.ts'
import type { DeliveryStore, LaneLease, OutgoingDelivery } from './worker-stores.ts'

export interface DeliveryPorts {
  store: DeliveryStore
  sender: WebhookSender
  hmac: HmacSha256
  egressAllow: readonly Cidr[]
  log: Log
  random(): number
  nowMs(): number
}

/** An exchange in hand when the process stops may take so long; then it is left, and sent again when the lane's lease ends. */
const farewellMs = 3_000
/** An answer is worth keeping while the database is away, as long as the lane is ours: another POST would be the price. */
const recordEveryMs = 1_000
const recordForMs = 25_000

/**
 * Sends a lane's deliveries one after the other until it is empty, has to wait or the process stops. Each attempt is
 * written before its POST; if the process dies between the two, the same body is sent again under the same webhook-id.
 */
export async function deliverLane(ports: DeliveryPorts, lane: LaneLease, stopping: AbortSignal): Promise<void> {
  const farewell = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onStop = () => {
    timer = setTimeout(() => farewell.abort(), farewellMs)
  }
  stopping.addEventListener('abort', onStop)
  try {
    let next = stopping.aborted ? null : await ports.store.takeHead(lane)
    while (next) next = await deliver(ports, next, stopping, farewell.signal)
  } finally {
    stopping.removeEventListener('abort', onStop)
    clearTimeout(timer)
  }
}

/** One attempt; the next delivery of the lane, if there is one to send. */
async function deliver(
  ports: DeliveryPorts,
  delivery: OutgoingDelivery,
  stopping: AbortSignal,
  farewell: AbortSignal,
): Promise<OutgoingDelivery | null> {
  const startedMs = ports.nowMs()
  const { deliveryId, eventId, attempts: attempt } = delivery
  const answer = await send(ports, delivery, farewell).catch((error: unknown) => {
    if (!farewell.aborted) throw error
    return null
  })
  const durationMs = ports.nowMs() - startedMs
  if (answer === null) {
    ports.log.info({ deliveryId, eventId, attempt, durationMs }, 'delivery left: the process stops')
    return null
  }
  const next = await record(ports, delivery, answer, stopping)
  const { status, error } = answer
  ports.log.info({ deliveryId, eventId, attempt, status, error, durationMs }, 'delivery')
  return next
}

async function record(
  { store, random, nowMs, egressAllow }: DeliveryPorts,
  delivery: OutgoingDelivery,
  got: WebhookAnswer,
  stopping: AbortSignal,
): Promise<OutgoingDelivery | null> {
  const received = got.status !== null && got.status >= 200 && got.status < 300
  const answer =
    delivery.decision !== null && received
      ? { ...got, decision: readDecision(delivery.decision, got.body, egressAllow) }
      : got
  const until = nowMs() + recordForMs
  for (;;) {
    try {
      return await store.recordAttempt(delivery, answer, random(), !stopping.aborted)
    } catch (error) {
      if (!isUnavailable(error) || stopping.aborted || nowMs() > until) throw error
      await sleep(recordEveryMs, undefined, { signal: stopping }).catch(() => {})
    }
  }
}

async function send(
  { sender, hmac, nowMs }: DeliveryPorts,
  delivery: OutgoingDelivery,
  farewell: AbortSignal,
): Promise<WebhookAnswer> {
  const { url, body, eventId } = delivery
  const keys = delivery.secrets.map(decodeSecret).filter((key) => key !== null)
  const message = { id: eventId, timestampSeconds: Math.floor(nowMs() / 1000), body }
  const signal = AbortSignal.any([farewell, AbortSignal.timeout(deliveryTimeoutMs + 1_000)])
  const headers = { 'content-type': 'application/json', ...webhookHeaders(hmac, keys, message) }
  return sender.post({ url, headers, body, timeoutMs: deliveryTimeoutMs, maxAnswerBytes, signal })
}
