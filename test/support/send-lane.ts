import { type ClockWatch, createClockWatch } from '#core/app/clock-watch.ts'
import { deliverLane } from '#core/app/deliver.ts'
import type { WebhookSender } from '#core/app/ports.ts'
import type { DeliveryStore, LaneLease } from '#core/app/worker-stores.ts'
import { parseCidrs } from '#core/domain/address.ts'
import { ed25519, hmacSha256 } from '#core/infra/crypto.ts'
import { createEgressGuard } from '#core/infra/egress-guard.ts'
import type { EgressProxy } from '#core/infra/egress-proxy.ts'
import type { Lookup } from '#core/infra/resolver.ts'
import { createWebhookSender } from '#core/infra/webhook-http.ts'

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
  store: DeliveryStore,
  { timeoutMs, ...way }: Way = {},
): (lane: LaneLease) => Promise<boolean> {
  const real = createWebhookSender(createEgressGuard({ allowed, ...way }))
  const sender: WebhookSender = {
    post: (request) => real.post({ ...request, timeoutMs: timeoutMs ?? request.timeoutMs }),
  }
  const clock: ClockWatch = createClockWatch(log)
  const ports = {
    store,
    sender,
    clock,
    log,
    hmac: hmacSha256,
    ed25519,
    egress: { allowed },
    random: () => 0.5,
    nowMs: Date.now,
  }
  return (lane) => deliverLane(ports, lane, quiet)
}
