import { createPublicKey, verify } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { startFetchServer } from '#support/receivers/fetch-server.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'
import { aSecret } from '#support/receivers/signed-webhook.ts'
import { fetchWebhooks } from '#webhooks/fetch.ts'

let dataDir: string
let service: Service
let receiver: Receiver
let client: Client
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-endpoints-'))
  service = await startStandalone(dataDir, { WEBHOOK_VERIFICATION: 'on' })
})
beforeEach(async () => {
  await receiver?.close()
  receiver = await startReceiver()
  client = (await newTenant(service.url)).client
})
afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), receiver?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

const path = '/v1/webhook-endpoints'
type Post = Receiver['posts'][number]
interface Shown {
  id: string
  secret: string | null
  publicKey: string | null
  verification: string
}
const create = (more: object) => client.ok<Shown>('POST', path, { url: receiver.url, verification: 'none', ...more })

/** Sends a test event; its POST, once it has arrived. */
async function arrived(id: string): Promise<Post> {
  const { eventId } = await client.ok<{ eventId: string }>('POST', `${path}/${id}/test`, { type: 'task.completed' })
  return eventually('the test event arrives', () => receiver.posts.find(({ event }) => event.id === eventId))
}

/** The two libraries that receivers use agree. */
function accepts(secret: string | null, { headers, body }: Post): boolean {
  const says = [new Webhook(secret ?? ''), new SvixWebhook(secret ?? '')].map((library) => {
    try {
      library.verify(body, headers)
      return true
    } catch {
      return false
    }
  })
  expect(says[0]).toBe(says[1])
  return says[0]!
}

test('standardwebhooks and svix accept every delivery before, during and after a rotation, with the secrets it should', async () => {
  const before = await create({ headers: { Authorization: 'Bearer of-the-receiver' } })
  const posts = [await arrived(before.id), await arrived(before.id)]
  expect(posts.map((post) => accepts(before.secret, post))).toEqual([true, true])
  expect(posts[0]!.headers.authorization).toBe('Bearer of-the-receiver')

  const overlapSeconds = 3
  const rotation = { path: `${path}/${before.id}/rotate-secret`, fromMs: Date.now() }
  const after = await client.ok<Shown>('POST', rotation.path, { overlapSeconds })
  const rotatedMs = Date.now()
  expect(accepts(after.secret, posts[0]!)).toBe(false)
  const seen = { during: 0, after: 0 }
  await eventually('the old secret has stopped signing', async () => {
    const sentMs = Date.now()
    const post = await arrived(before.id)
    expect(accepts(after.secret, post)).toBe(true)
    const isOld = accepts(before.secret, post)
    // A request sent completely within the overlap is signed with both; one begun after it, with the new secret only.
    if (Date.now() < rotation.fromMs + overlapSeconds * 1_000) expect(isOld).toBe(true)
    if (sentMs > rotatedMs + overlapSeconds * 1_000) expect(isOld).toBe(false)
    seen[isOld ? 'during' : 'after'] += 1
    return seen.after > 1
  })
  expect(seen.during).toBeGreaterThan(0)
})

test('with v1a the public key of the API verifies every delivery, and in a rotation both do', async () => {
  const before = await create({ signatureScheme: 'v1a' })
  const [first, second] = [await arrived(before.id), await arrived(before.id)]
  const after = await client.ok<Shown>('POST', `${path}/${before.id}/rotate-secret`, {})
  const third = await arrived(before.id)
  expect([before.secret, after.secret]).toEqual([null, null])
  const verified = [first, second, third].map((post) => [
    verifies(before.publicKey!, post),
    verifies(after.publicKey!, post),
  ])
  expect(verified).toEqual([
    [true, false],
    [true, false],
    [true, true],
  ])
})

function verifies(publicKey: string, { headers, body }: Post): boolean {
  const x = Buffer.from(publicKey.replace('whpk_', ''), 'base64').toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  const content = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
  const signatures = headers['webhook-signature']!.split(' ').map((each) => each.replace('v1a,', ''))
  return signatures.some((signature) => verify(null, content, key, Buffer.from(signature, 'base64')))
}

test('where the operator wants it, a receiver is asked before its first event, and again at a new URL', async () => {
  receiver.respond = ({ type, data }) =>
    type === 'endpoint.verification' ? { status: 200, body: JSON.stringify({ challenge: data.challenge }) } : 204
  const endpoint = await create({ verification: undefined })
  expect(endpoint.verification).toBe('pending')
  await arrived(endpoint.id)
  const read = () => client.ok<Shown>('GET', `${path}/${endpoint.id}`)
  expect((await read()).verification).toBe('verified')
  await client.ok('PATCH', `${path}/${endpoint.id}`, { url: `${receiver.url}/other` })
  expect((await read()).verification).toBe('pending')
  await arrived(endpoint.id)
  const [asked, event] = ['endpoint.verification', 'endpoint.test']
  expect(receiver.types()).toEqual([asked, event, asked, event])
  receiver.verifyAll(endpoint.secret!)
})

test('a receiver of @backhaul/webhooks passes the challenge, and its handler hears of the event alone', async () => {
  const heard: string[] = []
  const server = await startFetchServer(
    fetchWebhooks({
      secret: aSecret,
      onEvent: ({ type }) => {
        heard.push(type)
      },
    }),
  )
  onTestFinished(server.close)
  const endpoint = await create({ url: server.url, secret: aSecret, verification: 'challenge' })
  expect(endpoint.verification).toBe('pending')
  await client.ok('POST', `${path}/${endpoint.id}/test`, {})
  await eventually('the event arrives', () => heard.length > 0)
  expect(heard).toEqual(['endpoint.test'])
  expect((await client.ok<Shown>('GET', `${path}/${endpoint.id}`)).verification).toBe('verified')
})
