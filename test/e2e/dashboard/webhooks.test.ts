import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import {
  type DashboardFixture,
  expectAccessible,
  expectQuiet,
  hostileName,
  openDashboardFixture,
} from '#support/client/dashboard.ts'
import { newTenant } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'
import { v1 } from '#support/receivers/signed-webhook.ts'

const withinMs = 60_000

let fixture: DashboardFixture
let receiver: Receiver
beforeAll(async () => {
  fixture = await openDashboardFixture()
  receiver = await startReceiver()
})
afterAll(async () => {
  await fixture?.close()
  await receiver?.close()
})

interface Shown {
  id: string
  secret: string
}

/** A tenant with an endpoint at a receiver of its own path. */
async function tenantWithEndpoint(name: string, more: object = {}) {
  const { client, key } = await newTenant(fixture.api.url, name)
  const url = `${receiver.url}?${name.replaceAll(' ', '-')}`
  const endpoint = await client.ok<Shown>('POST', '/v1/webhook-endpoints', { url, ...more })
  return { client, key, endpoint }
}

describe('the webhooks in the dashboard', () => {
  test('an endpoint is made on the page, its secret is shown once, tested, rotated, changed and deleted', async () => {
    const { key } = await newTenant(fixture.api.url, 'makes an endpoint')
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    const posts = receiver.posts.length
    await page.getByRole('link', { name: 'Webhooks' }).click()
    await page.getByText('No endpoint yet').waitFor()
    await page.getByRole('button', { name: 'New endpoint' }).click()
    await page.getByLabel('URL').fill(receiver.url)
    await page.getByLabel('Description').fill(hostileName)
    await page.getByRole('button', { name: 'Create the endpoint' }).click()
    const shown = page.getByRole('region', { name: 'Its signing secret' })
    const secret = await shown.locator('code').innerText()
    expect(secret).toMatch(/^whsec_/)
    await page.getByRole('link', { name: receiver.url }).click()

    await page.getByRole('button', { name: 'Send a test event' }).click()
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByRole('link', { name: 'see what comes of it' }).click()
    await page.getByText('succeeded', { exact: true }).waitFor({ timeout: withinMs })
    const [post, ...others] = receiver.posts.slice(posts)
    expect([post!.event.type, others]).toEqual(['endpoint.test', []])
    // What was sent is shown byte for byte, but for the signature.
    await page.getByRole('button', { name: 'As it was sent' }).click()
    expect(await page.getByRole('region', { name: 'The body' }).innerText()).toBe(post!.body)
    await page.getByText('#1').click()
    await page.getByText(post!.headers['webhook-id']!).first().waitFor()
    await page.getByText('v1,•••').waitFor()
    await page.getByRole('link', { name: /^whe_/ }).click()
    await page.getByText('100 %').waitFor()

    await page.getByRole('button', { name: 'Rotate the secret' }).click()
    await page.getByLabel('Overlap').selectOption({ label: 'an hour' })
    await page.getByRole('button', { name: 'Rotate it' }).click()
    const rotated = await page.getByRole('region', { name: 'Its new signing secret' }).locator('code').innerText()
    expect(rotated).not.toBe(secret)
    await page.getByText('signs as well').waitFor()
    await page.getByRole('button', { name: 'Send a test event' }).click()
    await page.getByRole('button', { name: 'Send it' }).click()
    await eventually('the second test has come', () => receiver.posts.length === posts + 2, { withinMs })
    for (const each of [secret, rotated]) {
      const { headers } = receiver.posts.at(-1)!
      expect(headers['webhook-signature']!.split(' ')).toHaveLength(2)
      expect(() => receiver.verifyAll(each)).not.toThrow()
      receiver.posts.splice(0, receiver.posts.length - 1)
    }

    await page.getByRole('button', { name: 'Change', exact: true }).click()
    await page.getByLabel('Description').fill('the billing team')
    await page.getByLabel('session.invalidated').check()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'the billing team' }).waitFor()
    await page.getByRole('listitem').getByText('session.invalidated').waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete it' }).click()
    await page.getByRole('heading', { name: 'Endpoint deleted' }).waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('a delivery that fails says why, is tried again from the page, and arrives', async () => {
    const { client, key, endpoint } = await tenantWithEndpoint('retries')
    receiver.respond = () => ({ status: 503, headers: { 'x-why': 'closed' }, body: '{"error":"closed on Mondays"}' })
    const { deliveryId } = await client.ok<{ deliveryId: string }>(
      'POST',
      `/v1/webhook-endpoints/${endpoint.id}/test`,
      {},
    )
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto(`/webhooks/${endpoint.id}?state=pending`)
    await page.getByRole('link', { name: 'endpoint.test' }).click()
    await page.getByRole('heading', { name: deliveryId }).waitFor()
    // Two attempts at once; then it would be minutes to the third.
    await page.getByText('#2').waitFor({ timeout: withinMs })
    await page.getByText('"closed on Mondays"').first().waitFor()
    await page.getByText('x-why').first().waitFor()
    receiver.respond = () => 204
    await page.getByRole('button', { name: 'Try now' }).click()
    await page.getByRole('button', { name: 'Try now this delivery' }).click()
    await page.getByText('succeeded', { exact: true }).waitFor({ timeout: withinMs })
    await page.getByText('#3').waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('a range is recovered with its progress, and a disabled endpoint says why and is enabled', async () => {
    const { client, key, endpoint } = await tenantWithEndpoint('recovers')
    receiver.respond = () => 410
    const test = await client.ok<{ deliveryId: string }>('POST', `/v1/webhook-endpoints/${endpoint.id}/test`, {})
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto(`/webhooks/${endpoint.id}`)
    await page.getByText('disabled', { exact: true }).waitFor({ timeout: withinMs })
    await page.getByText('410').first().waitFor()
    receiver.respond = () => 204
    await page.getByRole('button', { name: 'Enable again' }).click()
    await page.getByRole('button', { name: 'Enable it' }).click()
    await page.getByText('enabled', { exact: true }).waitFor({ timeout: withinMs })
    await page.getByRole('button', { name: 'Recover a range' }).click()
    await page.getByRole('button', { name: 'Recover it' }).click()
    await page.getByText('completed', { exact: true }).waitFor({ timeout: withinMs })
    await page.getByText('1 delivery started again').waitFor()
    await eventually(
      'it has arrived',
      async () =>
        (await client.ok<{ state: string }>('GET', `/v1/deliveries/${test.deliveryId}`)).state === 'succeeded',
      { withinMs },
    )
    // Its address leads back to it.
    await page.reload()
    await page.getByText('1 delivery started again').waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('a signature is verified in the browser, and what is wrong with one is said', async () => {
    const { client, key, endpoint } = await tenantWithEndpoint('verifies')
    const other = await client.ok<Shown>('POST', '/v1/webhook-endpoints', { url: `${receiver.url}?other` })
    const posts = receiver.posts.length
    await client.ok('POST', `/v1/webhook-endpoints/${endpoint.id}/test`, {})
    await eventually('the test has come', () => receiver.posts.length > posts, { withinMs })
    const { headers, body } = receiver.posts.at(-1)!
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/webhooks/verify')
    const requests: string[] = []
    const verify = async (given: {
      secret?: string
      id?: string
      timestamp?: string
      signature?: string
      body?: string
    }) => {
      await page.getByLabel('Secret').fill(given.secret ?? endpoint.secret)
      await page.getByLabel('webhook-id').fill(given.id ?? headers['webhook-id']!)
      await page.getByLabel('webhook-timestamp').fill(given.timestamp ?? headers['webhook-timestamp']!)
      await page.getByLabel('webhook-signature').fill(given.signature ?? headers['webhook-signature']!)
      await page.getByLabel('Body').fill(given.body ?? body)
      await page.getByRole('button', { name: 'Verify' }).click()
      await page.getByRole('status', { name: 'Finding' }).locator('p').nth(0).waitFor()
      return await page.getByRole('status', { name: 'Finding' }).innerText()
    }
    page.on('request', (request) => requests.push(`${request.url()} ${request.postData() ?? ''}`))
    expect(await verify({})).toContain('The signature is right, and so is the time')
    expect(await verify({ body: JSON.stringify(JSON.parse(body), null, 2) })).toContain('The body was changed')
    expect(await verify({ body: body.replace('endpoint.test', 'endpoint.tested') })).toContain(
      'the body or a header was changed',
    )
    expect(await verify({ secret: other.secret })).toMatch(/one of .*other.*it is the wrong secret/s)
    expect(await verify({ secret: `whsec_${'A'.repeat(32)}` })).toContain('none of your endpoints signs with it')
    expect(await verify({ id: 'evt_01h455vb4pex5vsknk084sn02q' })).toContain('of two deliveries')
    expect(await verify({ signature: headers['webhook-signature']!.replace('v1,', 'v2,') })).toContain(
      'No signature has a version that is known',
    )
    expect(await verify({ secret: 'whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=' })).toContain('another scheme')
    // The signature and the time are two questions.
    const timestamp = String(Number(headers['webhook-timestamp']) - 3600)
    const signature = v1(endpoint.secret, headers['webhook-id']!, timestamp, body)
    expect(await verify({ timestamp, signature })).toContain('The signature is right. The webhook is too old')
    for (const request of requests) {
      expect(request).not.toContain(endpoint.secret.slice(6))
      expect(request).not.toContain(headers['webhook-id'])
    }
    expectQuiet(watched)
    await context.close()
  })

  test.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)('every page is accessible and no wider than the screen, %s at %i px', async (theme, width) => {
    const { client, key, endpoint } = await tenantWithEndpoint(`accessible ${theme}`, {
      description: hostileName,
      headers: { 'X-Team': 'a' },
    })
    receiver.respond = () => ({ status: 500, body: hostileName })
    const { deliveryId } = await client.ok<{ deliveryId: string }>(
      'POST',
      `/v1/webhook-endpoints/${endpoint.id}/test`,
      {},
    )
    const failed = async () =>
      (await client.ok<{ attempts: number }>('GET', `/v1/deliveries/${deliveryId}`)).attempts === 2
    await eventually('it has failed twice', failed, { withinMs })
    receiver.respond = () => 204
    const watched = await fixture.signedIn(key, { theme, width })
    await expectAccessible(watched, [
      '/webhooks',
      `/webhooks/${endpoint.id}`,
      '/webhooks/verify',
      '/deliveries',
      `/deliveries/${deliveryId}`,
    ])
    expectQuiet(watched)
    await watched.context.close()
  })
})
