import { setTimeout as sleep } from 'node:timers/promises'
import type { EgressPolicy } from '@backhaul/transfer/rules'
import { readDecision } from '../decisions/rules/decision.ts'
import { type HmacSha256, type SignEd25519, webhookHeaders } from '../endpoints/rules/signature.ts'
import { answersChallenge, challengeMissed } from '../endpoints/rules/verification.ts'
import type { ClockWatch } from '../kernel/clock-skew.ts'
import { isUnavailable } from '../kernel/database-unavailable.ts'
import type { Log } from '../kernel/log.ts'
import type { Span, SpanAbout, Tracing } from '../kernel/tracing.ts'
import type { DeliveryLane, DeliveryStore, OutgoingDelivery, SentDelivery } from './delivery-store.ts'
import { bodyTimeoutMs, deliveryTimeoutMs, isReceived, maxResponseBytes } from './rules/retry-schedule.ts'
import type { WebhookRequest, WebhookResponse, WebhookSender } from './webhook-sender.ts'

/** Sends a delivery to its destination. Throws the reason of `signal`. */
type SendDelivery = (delivery: OutgoingDelivery, request: DeliveryRequest) => Promise<WebhookResponse>
type DeliveryRequest = Omit<WebhookRequest, 'url' | 'body'>

export interface DeliveryPorts {
  stores: { deliveries: DeliveryStore }
  send: SendDelivery
  hmac: HmacSha256
  clock: ClockWatch
  ed25519: SignEd25519
  egress: EgressPolicy
  log: Log
  tracing: Tracing
  random(): number
  nowMs(): number
}

/** Deliveries leased at once; a crash may send them all again. */
const batchLength = 128
/**
 * The last exchange of a batch begins within this. With the longest exchange behind it, that is within the delivery
 * lane's lease.
 */
const batchForMs = 5_000
/**
 * Time that an exchange in hand has when the process stops; then it is abandoned, and sent again when the delivery
 * lane's lease ends.
 */
const shutdownGraceMs = 3_000
/**
 * Interval of retries while the database is away, as long as the delivery lane is ours: a result that is not recorded
 * costs another POST.
 */
const recordEveryMs = 1_000
const recordForMs = 25_000

/** Sends deliveries to their endpoints' URLs. */
export function overHttp(sender: WebhookSender): SendDelivery {
  return ({ destination, body }, request) => {
    if (!('url' in destination)) throw new Error('the delivery goes over the connection of its receiver')
    return sender.post({ url: destination.url, body, ...request })
  }
}

/**
 * Sends a delivery lane's deliveries one after the other until it is empty, has to wait or the process stops. Each
 * attempt is written before its POST; if the process dies between the two, the same body is sent again under the same
 * webhook-id. Returns whether anything was sent: a delivery lane that may not be sent yet stays due, and need not be
 * looked at again at once.
 */
export async function sendDeliveryLane(
  ports: DeliveryPorts,
  lane: DeliveryLane,
  stopping: AbortSignal,
): Promise<boolean> {
  const shutdown = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onStop = () => {
    timer = setTimeout(() => shutdown.abort(), shutdownGraceMs)
  }
  stopping.addEventListener('abort', onStop)
  try {
    if (stopping.aborted || ports.clock.isOff(ports.nowMs())) return false
    let hasSent = false
    let batch = await ports.stores.deliveries.leaseNextBatch(lane, batchLength)
    while (batch.length > 0) {
      const { sent, next } = await deliverBatch(ports, batch, stopping, shutdown.signal)
      hasSent ||= sent
      batch = next
    }
    return hasSent
  } finally {
    stopping.removeEventListener('abort', onStop)
    clearTimeout(timer)
  }
}

type TimedDelivery = Omit<SentDelivery, 'agoMs'> & { endedMs: number }

/**
 * Makes attempts one after the other, up to the first that does not succeed. `sent`: whether any was begun. `next`: the
 * deliveries to send next.
 */
async function deliverBatch(
  ports: DeliveryPorts,
  batch: readonly OutgoingDelivery[],
  stopping: AbortSignal,
  shutdown: AbortSignal,
): Promise<{ sent: boolean; next: OutgoingDelivery[] }> {
  const { nowMs, log, tracing } = ports
  const leasedMs = nowMs()
  // Receivers refuse a signature whose time differs too much from theirs.
  if (!ports.clock.agrees(leasedMs, batch[0]!.takenAtMs)) {
    await ports.stores.deliveries.recordBatch({ sent: [], unsent: batch }, ports.random(), 0)
    return { sent: false, next: [] }
  }
  const sent: TimedDelivery[] = []
  const unsent = [...batch]
  let isLeft = false
  for (const delivery of batch) {
    const startedMs = nowMs()
    if (sent.length > 0 && (stopping.aborted || startedMs > leasedMs + batchForMs)) break
    unsent.shift()
    const { deliveryId, eventId, attempts: attempt } = delivery
    const span = tracing.begin(spanOf(delivery))
    const headers = headersOf(ports, delivery, span)
    const response = await ports.send(delivery, requestOf(delivery, headers, shutdown)).catch((error: unknown) => {
      if (shutdown.aborted) return null
      span.end({ failure: 'InternalError' })
      throw error
    })
    const endedMs = nowMs()
    const durationMs = endedMs - startedMs
    endSpan(span, response)
    if (response === null) {
      log.info(
        { event: 'delivery.left', deliveryId, eventId, attempt, durationMs },
        'delivery interrupted: the process is stopping',
      )
      isLeft = true
      break
    }
    const checked = withChallenge(delivery, withDecision(ports, delivery, response))
    const { status, error, note } = checked
    log.info({ event: 'delivery.attempted', deliveryId, eventId, attempt, status, error, note, durationMs }, 'delivery')
    sent.push({ delivery, answer: checked, durationMs, endedMs, headers })
    if (!isReceived(response) || response.order) break
  }
  const next = await record(ports, { sent, unsent }, isLeft, stopping)
  return { sent: sent.length > 0 || isLeft, next }
}

/** Adds the decision to the response when a question was asked. */
export function withDecision(
  { egress }: Pick<DeliveryPorts, 'egress'>,
  { decision }: Pick<OutgoingDelivery, 'decision'>,
  response: WebhookResponse,
): SentDelivery['answer'] {
  if (decision === null || !isReceived(response)) return response
  const read = readDecision(decision, response.body, egress)
  // A truncated body may say something else than the whole one.
  const isTorn = 'answer' in read && response.note !== undefined
  return { ...response, decision: isTorn ? { unusable: 'the answer did not come whole' } : read }
}

function withChallenge({ challenge }: OutgoingDelivery, response: SentDelivery['answer']): SentDelivery['answer'] {
  if (challenge === null || !isReceived(response)) return response
  const isMet = response.note === undefined && answersChallenge(response.body, challenge)
  return isMet ? response : { ...response, error: challengeMissed }
}

/** `isLeft`: the outcome of a delivery between the two is not known, so the delivery lane stays leased. */
async function record(
  { stores, random, nowMs }: DeliveryPorts,
  { sent, unsent }: { sent: readonly TimedDelivery[]; unsent: readonly OutgoingDelivery[] },
  isLeft: boolean,
  stopping: AbortSignal,
): Promise<OutgoingDelivery[]> {
  if (sent.length + unsent.length === 0) return []
  const until = nowMs() + recordForMs
  for (;;) {
    try {
      const now = nowMs()
      const batch = { sent: sent.map((each) => ({ ...each, agoMs: now - each.endedMs })), unsent }
      return await stores.deliveries.recordBatch(
        batch,
        random(),
        isLeft ? 'keepLease' : stopping.aborted ? 0 : batchLength,
      )
    } catch (error) {
      if (!isUnavailable(error) || stopping.aborted || nowMs() > until) throw error
      await sleep(recordEveryMs, undefined, { signal: stopping }).catch(() => {})
    }
  }
}

function spanOf({ deliveryId, eventId, endpointId, attempts, traceparent, links }: OutgoingDelivery): SpanAbout {
  const attributes = {
    'backhaul.delivery.id': deliveryId,
    'backhaul.event.id': eventId,
    'backhaul.endpoint.id': endpointId,
    'backhaul.attempt': attempts,
  }
  return { name: 'webhook', kind: 'client', parent: traceparent, links, attributes }
}

function endSpan(span: Span, response: WebhookResponse | null): void {
  const status = response?.status ?? null
  if (status !== null) span.set({ 'http.response.status_code': status })
  const failure = response === null ? 'Interrupted' : status === null ? 'NoResponse' : 'Refused'
  span.end(response !== null && isReceived(response) ? {} : { failure })
}

function headersOf(
  { hmac, ed25519, nowMs }: DeliveryPorts,
  delivery: OutgoingDelivery,
  { traceparent }: Span,
): Record<string, string> {
  const { body, webhookId: id, secrets } = delivery
  const message = { id, timestampSeconds: Math.floor(nowMs() / 1000), body }
  const signed = webhookHeaders({ hmac, ed25519 }, secrets, message)
  // Ours last, whatever the endpoint's own headers were when they were checked.
  const trace = traceparent === null ? {} : { traceparent }
  return { ...trace, ...delivery.headers, 'content-type': 'application/json', ...signed }
}

function requestOf(
  { decision, challenge }: OutgoingDelivery,
  headers: Record<string, string>,
  signal: AbortSignal,
): DeliveryRequest {
  const needsBody = decision !== null || challenge !== null
  const limits = { timeoutMs: deliveryTimeoutMs, maxResponseBytes, ...(!needsBody && { bodyTimeoutMs }) }
  return { headers, ...limits, signal }
}
