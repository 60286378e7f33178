import type { DeliveryLane, DeliveryStore } from '#core/deliveries/delivery-store.ts'
import { createWebhookSender } from '#core/deliveries/http/sender.ts'
import { overHttp, sendDeliveryLane } from '#core/deliveries/send-delivery-lane.ts'
import type { WebhookSender } from '#core/deliveries/webhook-sender.ts'
import { type ClockWatch, createClockWatch } from '#core/kernel/clock-skew.ts'
import { withoutTracing } from '#core/kernel/tracing.ts'
import { ed25519, hmacSha256 } from '#core/runtime/crypto.ts'
import type { EgressProxy } from '#transfer/egress/connect-proxy.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import type { Lookup } from '#transfer/egress/resolver.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'

/** How a worker gets to its receivers. */
export interface Way {
  lookup?: Lookup
  proxy?: EgressProxy
  /** For an exchange, instead of 20 s. */
  timeoutMs?: number
}

const allowed = parseCidrs('127.0.0.1/32').cidrs
const log = { info() {}, warn() {}, error() {} }
const quiet = new AbortController().signal

/** A worker's way of sending lanes, over real sockets; of all addresses that are not public only 127.0.0.1 is allowed. */
export function laneSender(
  stores: { deliveries: DeliveryStore },
  { timeoutMs, ...way }: Way = {},
): (lane: DeliveryLane) => Promise<boolean> {
  const real = createWebhookSender(createEgressGuard({ allowed, ...way }))
  const sender: WebhookSender = {
    post: (request) => real.post({ ...request, timeoutMs: timeoutMs ?? request.timeoutMs }),
  }
  const clock: ClockWatch = createClockWatch(log)
  const ports = {
    stores,
    send: overHttp(sender),
    clock,
    log,
    hmac: hmacSha256,
    ed25519,
    egress: { allowed },
    random: () => 0.5,
    tracing: withoutTracing,
    nowMs: Date.now,
  }
  return (lane) => sendDeliveryLane(ports, lane, quiet)
}
