import { createWebhookSender } from '#core/deliveries/http/sender.ts'
import { overHttp, sendDeliveryLane } from '#core/deliveries/send-delivery-lane.ts'
import type { NewEndpoint } from '#core/endpoints/endpoint-store.ts'
import { createClockWatch } from '#core/kernel/clock-skew.ts'
import { withoutTracing } from '#core/kernel/tracing.ts'
import { ed25519, hmacSha256, mint } from '#core/runtime/crypto.ts'
import { made, type StoreBuilder } from '#support/builders/store-builder.ts'
import { startReceiver } from '#support/receivers/receiver.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'

const egress = { allowed: parseCidrs('127.0.0.1/32').cidrs }
const log = { info() {}, warn() {}, error() {} }

/** A tenant's endpoint with a receiver of its own, and the real sender between them. */
export async function openEndpointLane(builder: StoreBuilder, changes: Partial<NewEndpoint> = {}) {
  const receiver = await startReceiver()
  const sender = createWebhookSender(createEgressGuard(egress))
  const tenantId = await builder.tenant()
  const secret = mint.webhookSecret()
  const given = { url: receiver.url, eventTypes: [], secret, ...changes }
  const { id } = made(await builder.stores.endpoints.createEndpoint(tenantId, given))
  const ports = {
    stores: builder.stores,
    send: overHttp(sender),
    hmac: hmacSha256,
    ed25519,
    clock: createClockWatch(log),
    egress,
    log,
  }
  return {
    id,
    tenantId,
    secret,
    receiver,
    read: async () => (await builder.stores.endpoints.findEndpoint(tenantId, id))!,
    /** Writes a test event and sends what waits for the endpoint and belongs to no session. */
    async test(data: Record<string, unknown> = {}) {
      const written = made(await builder.stores.endpoints.testEndpoint(tenantId, id, data))
      if (typeof written === 'string') throw new Error(written)
      await this.send()
      return written
    },
    send: (sessionId = '') =>
      sendDeliveryLane(
        { ...ports, tracing: withoutTracing, random: () => 0.5, nowMs: Date.now },
        { sessionId, endpointId: id },
        new AbortController().signal,
      ),
    async close() {
      await sender.close()
      await receiver.close()
    },
  }
}
