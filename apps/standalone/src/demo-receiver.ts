import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WebhookEvent } from '@backhaul/webhooks'
import { expressWebhooks } from '@backhaul/webhooks/express'

export interface DemoReceiver {
  url: string
  /** The endpoint's secret, known once the endpoint has been created. */
  useSecret(secret: string): void
  /** Every event as it arrives. Fails at the first with an invalid signature, and when the signal aborts. */
  events: ReadableStream<WebhookEvent>
  close(): Promise<void>
}

/** A webhook endpoint as a user would write one. */
export async function startReceiver(signal: AbortSignal): Promise<DemoReceiver> {
  let secrets: string[] = []
  let controller!: ReadableStreamDefaultController<WebhookEvent>
  const events = new ReadableStream<WebhookEvent>({
    start: (given) => {
      controller = given
    },
  })
  signal.addEventListener('abort', () => controller.error(signal.reason), { once: true })

  const webhooks = expressWebhooks({
    secret: () => secrets,
    onEvent: (event) => controller.enqueue(event),
    onRefused: ({ message }) => controller.error(new Error(`a webhook could not be verified: ${message}`)),
  })
  const server = createServer((request, response) => void webhooks(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    useSecret: (secret) => {
      secrets = [secret]
    },
    events,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
