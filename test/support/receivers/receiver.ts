import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface ReceivedEvent {
  id: string
  type: string
  sequence: number
  sessionIdentifier: string
  data: { task?: { id: string; state: string; taskIdentifier: number }; wakeId: string | null } & Record<
    string,
    unknown
  >
}
export interface Receiver {
  url: string
  /** Every POST as received, repeats included. */
  posts: { headers: Record<string, string>; body: string; event: ReceivedEvent }[]
  /** The response to a POST; default 204. */
  respond: (
    event: ReceivedEvent,
    post: number,
  ) => number | { status: number; headers?: Record<string, string>; body?: string }
  /** Awaited before the response is sent; default: nothing. */
  hold: () => Promise<void>
  /** Throws unless every POST so far carries a good signature. */
  verifyAll(secret: string): void
  types(): string[]
  close(): Promise<void>
}

/** A tenant's webhook endpoint on loopback. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const posts: Receiver['posts'] = []
  const receiver: Pick<Receiver, 'respond' | 'hold'> = { respond: () => 204, hold: async () => {} }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString()
      const event = JSON.parse(body) as ReceivedEvent
      posts.push({ headers: request.headers as Record<string, string>, body, event })
      const post = posts.length
      await self.hold()
      const reply = self.respond(event, post)
      const { status, headers = {}, body: said } = typeof reply === 'number' ? { status: reply } : reply
      response.writeHead(status, headers).end(said)
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const self: Receiver = {
    ...receiver,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    posts,
    verifyAll(secret) {
      const webhook = new Webhook(secret)
      for (const { headers, body } of posts) webhook.verify(body, headers)
    },
    types: () => posts.map(({ event }) => event.type),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return self
}
