import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import type { Task } from './demo-client.ts'

/** What the demo reads of an event. */
export interface DemoEvent {
  id: string
  type: string
  sequence: number
  data: { wakeId: string | null; task?: Task; eventCount?: number; delayAfterSeconds?: number }
}

export interface DemoReceiver {
  url: string
  /** The endpoint's secret, known once the endpoint has been created. */
  useSecret(secret: string): void
  /** Every event whose signature is good, as it comes. Fails at the first bad signature, and when the signal aborts. */
  events: ReadableStream<DemoEvent>
  close(): Promise<void>
}

/** A webhook endpoint as a user would write one: verify first, then believe, answer 2xx quickly. */
export async function startReceiver(signal: AbortSignal): Promise<DemoReceiver> {
  let webhook: Webhook | null = null
  let controller!: ReadableStreamDefaultController<DemoEvent>
  const events = new ReadableStream<DemoEvent>({
    start: (given) => {
      controller = given
    },
  })
  signal.addEventListener('abort', () => controller.error(signal.reason), { once: true })

  const server = createServer(async (request, response) => {
    try {
      const body = await text(request)
      // The library wants the headers as a plain object and throws when the signature or the time does not fit.
      if (webhook === null) throw new Error('the secret is not known yet')
      webhook.verify(body, plain(request.headers))
      controller.enqueue(JSON.parse(body) as DemoEvent)
      response.writeHead(204).end()
    } catch (error) {
      response.writeHead(401).end()
      controller.error(new Error(`a webhook's signature could not be verified: ${(error as Error).message}`))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    useSecret: (secret) => {
      webhook = new Webhook(secret)
    },
    events,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
