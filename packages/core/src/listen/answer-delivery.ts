import type { EgressPolicy } from '@backhaul/transfer/rules'
import { parseRetryAfter } from '@backhaul/transfer/rules'
import { readDeliveryOrder } from '../deliveries/rules/receiver-directive.ts'
import { bodyTooLong, maxResponseBytes } from '../deliveries/rules/retry-schedule.ts'
import { withDecision } from '../deliveries/send-delivery-lane.ts'
import type { WebhookResponse } from '../deliveries/webhook-sender.ts'
import { AppError, notFound } from '../kernel/rules/errors.ts'
import type { ConnectionStore } from './connection-store.ts'

interface AnswerDeliveryPorts {
  stores: { listen: Pick<ConnectionStore, 'claimDelivery' | 'recordDeliveryAnswer'> }
  egress: EgressPolicy
  random(): number
  nowMs(): number
}

interface GivenAnswer {
  /** Null: the receiver behind the connection did not answer; `error` says why. */
  status: number | null
  error?: string | undefined
  /** Why the body is not whole. */
  note?: string | undefined
  headers?: Record<string, string> | undefined
  body?: string | undefined
}

/**
 * Records a receiver's answer to a delivery over its connection, with the same consequences as after a POST. Throws
 * `not_found`, `delivery_not_awaited` when it is late, was given before, or another connection has the delivery, and
 * `invalid_request` for an error beside a status or a note without one.
 */
export async function answerDelivery(
  ports: AnswerDeliveryPorts,
  tenantId: string,
  deliveryId: string,
  given: GivenAnswer,
): Promise<void> {
  const { stores, random, nowMs } = ports
  const response = answerOf(given, nowMs())
  const claimed = await stores.listen.claimDelivery(tenantId, deliveryId)
  if (claimed === 'not_found') throw notFound('delivery')
  if (claimed === 'not_awaited') throw notAwaited()
  const { delivery, elapsedMs } = claimed
  const sent = { delivery, answer: withDecision(ports, delivery, response), durationMs: elapsedMs, agoMs: 0 }
  if (!(await stores.listen.recordDeliveryAnswer(sent, random()))) throw notAwaited()
}

function notAwaited(): AppError {
  return new AppError(
    'delivery_not_awaited',
    'It has been answered, was given up after 20 s, or will be sent again over another connection.',
  )
}

function answerOf({ status, error, note, headers = {}, body = '' }: GivenAnswer, nowMs: number): WebhookResponse {
  if (status === null) {
    if (note !== undefined) throw stray('/note', 'A note goes with a status: it is about the body of an answer.')
    return { status, error: error ?? 'no answer', body: '', retryAfterSeconds: null }
  }
  if (error !== undefined)
    throw stray('/error', 'An error goes with a status of null: there was an answer, or there was none.')
  const field = (wanted: string) => Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1]
  const order = readDeliveryOrder(field('webhook-delivery'))
  const retryAfterSeconds = parseRetryAfter(field('retry-after'), nowMs)
  // As over HTTP, longer text is cut, not refused.
  const bytes = Buffer.from(body)
  const cut = bytes.length > maxResponseBytes ? bodyTooLong(maxResponseBytes) : undefined
  const torn = note ?? cut
  const text = bytes.subarray(0, maxResponseBytes).toString('utf8')
  const told = { status, error: null, headers, body: text, retryAfterSeconds }
  return { ...told, ...(torn !== undefined && { note: torn }), ...(order && { order }) }
}

function stray(pointer: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { errors: [{ pointer, code: 'notApplicable', detail }] })
}
