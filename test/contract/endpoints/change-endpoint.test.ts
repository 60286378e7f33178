import { createPublicKey, verify } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { NewEndpoint } from '#core/endpoints/endpoint-store.ts'
import { maxLiveSecrets } from '#core/endpoints/rules/secret-rotation.ts'
import { mint } from '#core/runtime/crypto.ts'
import { useStore } from '#support/builders/use-store.ts'
import { openEndpointLane } from './endpoint-lane.ts'

const builder = useStore()

async function open(changes: Partial<NewEndpoint> = {}) {
  const lane = await openEndpointLane(builder, changes)
  onTestFinished(() => lane.close())
  return lane
}
type Lane = Awaited<ReturnType<typeof open>>

const rotate = (lane: Lane, overlapSeconds: number, signing = { secret: mint.webhookSecret() }) =>
  builder.stores.endpoints.rotateSecret(lane.tenantId, lane.id, signing, overlapSeconds)
/** Time goes by for what was rotated out. */
const later = (seconds: number) =>
  builder.database.run('update endpoint_secret set expires_at = expires_at - make_interval(secs => $1)', [seconds])
const secretsOf = ({ id }: Lane) =>
  builder.database.many<{ id: string }>('select id from endpoint_secret where endpoint_id = $1', [id])

function accepts(secret: string, { headers, body }: Lane['receiver']['posts'][number]): boolean {
  try {
    new Webhook(secret).verify(body, headers)
    return true
  } catch {
    return false
  }
}

describe("an endpoint's own headers", () => {
  it('go with every POST, beside ours, and change with the next one', async () => {
    const lane = await open({ headers: { Authorization: 'Bearer secret', 'X-Team': 'billing é' } })
    await lane.test()
    await lane.test()
    for (const { headers } of lane.receiver.posts) {
      expect(headers).toMatchObject({ authorization: 'Bearer secret', 'content-type': 'application/json' })
      expect(Buffer.from(headers['x-team']!, 'latin1').toString('latin1')).toBe('billing é')
    }
    lane.receiver.verifyAll(lane.secret)
    await builder.stores.endpoints.changeEndpoint(lane.tenantId, lane.id, { headers: { 'X-Team': 'sales' } })
    await lane.test()
    expect(lane.receiver.posts[2]!.headers).toMatchObject({ 'x-team': 'sales' })
    expect(lane.receiver.posts[2]!.headers).not.toHaveProperty('authorization')
  })

  it('never take the place of ours, even if they had been let in', async () => {
    const lane = await open({ headers: { 'content-type': 'text/plain', 'webhook-signature': 'v1,none' } })
    await lane.test()
    const [post] = lane.receiver.posts
    expect(post!.headers['content-type']).toBe('application/json')
    lane.receiver.verifyAll(lane.secret)
  })
})

describe('a change', () => {
  it('of the URL has the events that wait sent there', async () => {
    const [lane, other] = [await open(), await open()]
    const written = await builder.stores.endpoints.testEndpoint(lane.tenantId, lane.id, {})
    await builder.stores.endpoints.changeEndpoint(lane.tenantId, lane.id, { url: other.receiver.url })
    await lane.send()
    expect(lane.receiver.posts).toEqual([])
    expect(other.receiver.posts.map(({ event }) => event.id)).toEqual([(written as { eventId: string }).eventId])
  })

  it('of the URL, and only of the URL, makes what has failed at the other one forgotten', async () => {
    const lane = await open()
    const fail = () =>
      builder.database.run('update endpoint set failing_since = clock_timestamp() where id = $1', [lane.id])
    const change = async (body: object) => {
      await fail()
      await builder.stores.endpoints.changeEndpoint(lane.tenantId, lane.id, body)
      return (await lane.read()).failingSince
    }
    expect(await change({ url: lane.receiver.url, description: 'the same' })).not.toBeNull()
    expect(await change({ url: `${lane.receiver.url}/other` })).toBeNull()
  })
})

describe('a rotation', () => {
  it('has both secrets sign for the overlap, and then the new one alone', async () => {
    const lane = await open()
    const fresh = mint.webhookSecret()
    await lane.test()
    expect(await rotate(lane, 60, { secret: fresh })).toMatchObject({ secretHint: `whsec_…${fresh.slice(-4)}` })
    await lane.test()
    await later(61)
    await lane.test()
    const accepted = lane.receiver.posts.map((post) => [accepts(lane.secret, post), accepts(fresh, post)])
    expect(accepted).toEqual([
      [true, false],
      [true, true],
      [false, true],
    ])
  })

  it('without an overlap makes the secret before it forgotten at once', async () => {
    const lane = await open()
    const fresh = mint.webhookSecret()
    await rotate(lane, 0, { secret: fresh })
    await lane.test()
    const [post] = lane.receiver.posts
    expect([accepts(lane.secret, post!), accepts(fresh, post!)]).toEqual([false, true])
    expect(await secretsOf(lane)).toHaveLength(1)
  })

  it('never has a secret sign longer than it would have without', async () => {
    const lane = await open()
    await rotate(lane, 60)
    await rotate(lane, 600)
    await later(61)
    await lane.test()
    expect(accepts(lane.secret, lane.receiver.posts[0]!)).toBe(false)
    expect(lane.receiver.posts[0]!.headers['webhook-signature']!.split(' ')).toHaveLength(2)
  })

  it('is refused while as many sign as may, and changes nothing then', async () => {
    const lane = await open()
    for (let n = 1; n < maxLiveSecrets; n++) expect(await rotate(lane, 60)).toMatchObject({ id: lane.id })
    const before = await secretsOf(lane)
    expect(before).toHaveLength(maxLiveSecrets)
    expect(await rotate(lane, 60)).toBe('too_many')
    expect(await secretsOf(lane)).toEqual(before)
    await lane.test()
    expect(accepts(lane.secret, lane.receiver.posts[0]!)).toBe(true)
    await later(61)
    expect(await rotate(lane, 60)).toMatchObject({ id: lane.id })
    expect(await secretsOf(lane)).toHaveLength(2)
  })

  it('at the same time in several processes leaves one secret that does not expire', async () => {
    const lane = await open()
    const secrets = Array.from({ length: 3 }, () => mint.webhookSecret())
    await Promise.all(
      secrets.map((secret) => builder.otherProcess().endpoints.rotateSecret(lane.tenantId, lane.id, { secret }, 60)),
    )
    const rows = await builder.database.many(
      'select id from endpoint_secret where endpoint_id = $1 and expires_at is null',
      [lane.id],
    )
    expect(rows).toHaveLength(1)
    await lane.test()
    for (const secret of [lane.secret, ...secrets]) expect(accepts(secret, lane.receiver.posts[0]!)).toBe(true)
  })

  it('of a pair of keys works the same way', async () => {
    const [old, fresh] = [mint.webhookKeyPair(), mint.webhookKeyPair()]
    const lane = await open({ signatureScheme: 'v1a', ...old })
    expect((await lane.read()).publicKey).toBe(old.publicKey)
    await lane.test()
    expect(await rotate(lane, 60, fresh)).toMatchObject({ publicKey: fresh.publicKey })
    await lane.test()
    await later(61)
    await lane.test()
    const verified = lane.receiver.posts.map((post) => [verifies(old.publicKey, post), verifies(fresh.publicKey, post)])
    expect(verified).toEqual([
      [true, false],
      [true, true],
      [false, true],
    ])
  })
})

function verifies(publicKey: string, { headers, body }: Lane['receiver']['posts'][number]): boolean {
  const x = Buffer.from(publicKey.slice('whpk_'.length), 'base64').toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  const content = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
  return headers['webhook-signature']!.split(' ').some((each) => {
    const [scheme, signature = ''] = each.split(',')
    return scheme === 'v1a' && verify(null, content, key, Buffer.from(signature, 'base64'))
  })
}

describe('a test event', () => {
  it('goes to its endpoint alone, whatever that wants, and is stored as what it is', async () => {
    const lane = await open({ eventTypes: ['session.wake'] })
    const { url } = lane.receiver
    const secret = mint.webhookSecret()
    await builder.stores.endpoints.createEndpoint(lane.tenantId, { url, eventTypes: [], secret })
    const example = { type: 'task.completed', data: { a: 1 } }
    const { eventId, deliveryId } = await lane.test({ example })
    expect(lane.receiver.posts.map(({ event }) => event)).toMatchObject([
      { id: eventId, type: 'endpoint.test', sessionIdentifier: null, data: { endpointId: lane.id, example } },
    ])
    const { data } = await builder.stores.deliveries.listDeliveries(lane.tenantId, {}, { limit: 10 })
    expect(data).toMatchObject([{ id: deliveryId, eventId, endpointId: lane.id, state: 'succeeded' }])
    const events = await builder.stores.events.listEvents(lane.tenantId, {}, { limit: 10 })
    expect(events.data.map(({ type }) => type)).toEqual(['endpoint.test'])
  })

  it('is not written for an endpoint that is disabled, deleted or another tenant’s', async () => {
    const lane = await open()
    const test = (tenantId = lane.tenantId) => builder.stores.endpoints.testEndpoint(tenantId, lane.id, {})
    expect(await test(await builder.tenant())).toBe('not_found')
    await builder.database.run("update endpoint set state = 'disabled' where id = $1", [lane.id])
    expect(await test()).toBe('disabled')
    await builder.stores.endpoints.deleteEndpoint(lane.tenantId, lane.id)
    expect(await test()).toBe('not_found')
    expect((await builder.stores.events.listEvents(lane.tenantId, {}, { limit: 10 })).data).toEqual([])
  })
})

describe('enabling', () => {
  it('has a disabled endpoint sent to again, as if nothing had been', async () => {
    const lane = await open()
    lane.receiver.respond = () => 410
    await lane.test()
    expect(await lane.read()).toMatchObject({ state: 'disabled', disabledReason: expect.stringContaining('410') })
    await builder.database.run(
      'update endpoint set disabled_at = clock_timestamp(), failing_since = clock_timestamp(), next_probe_at = clock_timestamp() where id = $1',
      [lane.id],
    )
    lane.receiver.respond = () => 204
    const enabled = await builder.stores.endpoints.enableEndpoint(lane.tenantId, lane.id)
    expect(enabled).toMatchObject({ state: 'enabled', disabledReason: null, disabledAt: null, failingSince: null })
    await lane.test()
    expect(lane.receiver.posts).toHaveLength(2)
  })

  it('does nothing to one that is enabled', async () => {
    const lane = await open()
    await builder.database.run('update endpoint set failing_since = clock_timestamp() where id = $1', [lane.id])
    const before = await lane.read()
    expect(await builder.stores.endpoints.enableEndpoint(lane.tenantId, lane.id)).toEqual(before)
    expect(before.failingSince).not.toBeNull()
    expect(await builder.stores.endpoints.enableEndpoint(await builder.tenant(), lane.id)).toBeNull()
  })
})
