/** A webhook receiver that misbehaves until it is told to stop, and remembers what it got. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import type { Post } from './history.ts'

export interface Told {
  id: string
  type: string
  sequence: number | null
  position: number
  sessionIdentifier: string
  data: { wakeId: string | null; completionToken?: string }
}

export interface SoakReceiver {
  url: string
  posts: Post[]
  /** Of the endpoint, which is only known when that was made. */
  secret: string | null
  /** Called for what it takes. */
  onTaken: (event: Told) => void
  /** From now on it takes everything at once. */
  behave(): void
  close(): Promise<void>
}

/** Only faults that may be over soon: after a 4xx the next attempt but one comes minutes later. */
const maxFaultsOfEvent = 2
const faultShare = 0.15
const slowShare = 0.1

export async function startSoakReceiver(random: () => number): Promise<SoakReceiver> {
  const posts: Post[] = []
  const faults = new Map<string, number>()
  let misbehaves = true
  const server = createServer(async (request, response) => {
    response.on('error', () => {})
    const body = await bodyOf(request)
    if (body === null) return
    const event = JSON.parse(body) as Told
    const webhookId = String(request.headers['webhook-id'])
    const post: Post = {
      webhookId,
      isSigned: isSigned(self.secret, body, request),
      status: null,
      bodySha256: createHash('sha256').update(body).digest('hex'),
      event: {
        id: event.id,
        type: event.type,
        sessionId: event.sessionIdentifier,
        sequence: event.sequence,
        position: event.position,
        wakeId: event.data.wakeId,
      },
    }
    if (misbehaves && random() < slowShare) await sleep(2_000 * random())
    const faultsSoFar = faults.get(webhookId) ?? 0
    if (misbehaves && faultsSoFar < maxFaultsOfEvent && random() < faultShare) {
      faults.set(webhookId, faultsSoFar + 1)
      posts.push(post)
      return fail(response, post, random())
    }
    post.status = 204
    posts.push(post)
    response.writeHead(204).end()
    self.onTaken(event)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const self: SoakReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    posts,
    secret: null,
    onTaken: () => {},
    behave() {
      misbehaves = false
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return self
}

/** Null: the connection broke. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  try {
    return Buffer.concat(await request.toArray()).toString()
  } catch {
    return null
  }
}

function fail(response: ServerResponse, post: Post, which: number): void {
  if (which < 0.4) return void response.destroy()
  post.status = which < 0.8 ? 500 : 503
  response.writeHead(post.status).end('not now')
}

function isSigned(secret: string | null, body: string, { headers }: IncomingMessage): boolean {
  if (secret === null) return false
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>)
    return true
  } catch {
    return false
  }
}
