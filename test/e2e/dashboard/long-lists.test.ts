import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inParallel } from '#dashboard/rules/in-parallel.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { WatchedPage } from '#support/client/browser.ts'
import type { Client } from '#support/client/client.ts'
import { type DashboardFixture, expectQuiet, openDashboardFixture } from '#support/client/dashboard.ts'
import { newTenant } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'

const withinMs = 60_000
const pageSize = 50

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

interface Delivered {
  client: Client
  key: string
  /** One more delivery, the newest. */
  deliver(): Promise<string>
}

/** A tenant that has so many deliveries, and a session whose tasks can be told of. */
async function tenantWith(name: string, deliveries: number): Promise<Delivered> {
  const { client, key } = await newTenant(fixture.api.url, name)
  await client.ok('PUT', '/v1/sessions/shown', { configuration: { delegate: { kind: 'pull' } } })
  const endpoint = await client.ok<{ id: string }>('POST', '/v1/webhook-endpoints', { url: receiver.url })
  const deliver = async () =>
    (await client.ok<{ deliveryId: string }>('POST', `/v1/webhook-endpoints/${endpoint.id}/test`, {})).deliveryId
  await inParallel(Array(deliveries).fill(0), 6, new AbortController().signal, async () => void (await deliver()))
  return { client, key, deliver }
}

/** An event of the stream: something has changed. */
const happen = (client: Client) =>
  client.ok('POST', '/v1/sessions/shown/tasks', {
    url: `${fixture.origin.url}/later`,
    earliestBeginDate: new Date(Date.now() + 3_600_000).toISOString(),
  })

const rowsIn = ({ page }: WatchedPage) => page.locator('tbody a[data-row]')
const idsIn = (watched: WatchedPage) =>
  rowsIn(watched).evaluateAll((links) => links.map((link) => link.getAttribute('href')!.replace('/deliveries/', '')))
const isList = (url: string) => new URL(url).pathname === '/v1/deliveries'
const untilRows = (watched: WatchedPage, count: number) =>
  eventually(`${count} rows`, async () => (await rowsIn(watched).count()) >= count, { withinMs })

async function readPages(watched: WatchedPage, pages: number): Promise<void> {
  await watched.page.goto('/deliveries')
  await untilRows(watched, pageSize)
  for (let n = 2; n <= pages; n++) {
    await watched.page.getByRole('button', { name: 'More', exact: true }).click()
    await untilRows(watched, n * pageSize)
  }
}

describe('a long list in a browser', () => {
  test('asks for little while events come, however many of its pages were read, and shows what came', async () => {
    const { client, key, deliver } = await tenantWith('long list', 10 * pageSize + 10)
    const watched = await fixture.signedIn(key)
    await readPages(watched, 10)
    const asked: { cursor: string | null }[] = []
    let [inTheAir, most] = [0, 0]
    await watched.page.route(
      (url) => isList(url.href),
      async (route) => {
        asked.push({ cursor: new URL(route.request().url()).searchParams.get('cursor') })
        most = Math.max(most, ++inTheAir)
        const response = await route.fetch().catch(() => null)
        // Before the page has the answer, because it may ask again behind it at once.
        inTheAir--
        await (response ? route.fulfill({ response }) : route.abort()).catch(() => {})
      },
    )
    const isTop = ({ cursor }: { cursor: string | null }) => cursor === null
    // Eight times it was told that something has changed, and asked again from the top.
    await eventually(
      'the list was asked for again and again',
      async () => {
        await happen(client)
        return asked.filter(isTop).length >= 8
      },
      { withinMs },
    )
    const tops = asked.filter(isTop).length
    expect(asked.length).toBeLessThanOrEqual(2 * tops)
    expect(most).toBe(1)
    const newest = await deliver()
    await happen(client)
    await eventually('the newest is on top', async () => (await idsIn(watched))[0] === newest, { withinMs })
    const ids = await idsIn(watched)
    expect(ids).toEqual([...new Set(ids)].sort().reverse())
    expect(ids.length).toBeGreaterThanOrEqual(10 * pageSize)
    // No event comes any more: the others are read again all the same.
    const others = () => new Set(asked.map(({ cursor }) => cursor)).size
    const before = others()
    await eventually('another page is read again', async () => others() > before, { withinMs })
    expectQuiet(watched)
    await watched.context.close()
  })

  test('"More" that is pressed while the list is read again brings its rows, once', async () => {
    const { client, key } = await tenantWith('pressed', 4 * pageSize)
    const watched = await fixture.signedIn(key)
    await readPages(watched, 2)
    const { page } = watched
    // A slow line: each answer is held until it is let go.
    const held: (() => Promise<void>)[] = []
    let isSlow = true
    await page.route(
      (url) => isList(url.href),
      async (route) => {
        if (!isSlow) return await route.continue()
        await new Promise<void>((resolve) => held.push(() => Promise.resolve(resolve())))
        await route.continue().catch(() => {})
      },
    )
    await happen(client)
    await eventually('the list is being read again', async () => held.length > 0, { withinMs })
    await page.getByRole('button', { name: 'More', exact: true }).dblclick()
    await happen(client)
    isSlow = false
    for (const release of held) await release()
    await untilRows(watched, 3 * pageSize)
    const ids = await idsIn(watched)
    expect([ids.length, new Set(ids).size]).toEqual([3 * pageSize, 3 * pageSize])
    await watched.context.close()
  })

  test('a page that cannot be read leaves what is shown, and is tried again', async () => {
    const { key } = await tenantWith('refused', 2 * pageSize)
    const watched = await fixture.signedIn(key)
    await readPages(watched, 1)
    const { page } = watched
    const isMore = (url: URL) => isList(url.href) && url.searchParams.has('cursor')
    await page.route(isMore, (route) => route.abort())
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('alert').waitFor({ timeout: withinMs })
    expect(await rowsIn(watched).count()).toBe(pageSize)
    await page.unroute(isMore)
    await page.getByRole('button', { name: 'Try again' }).click()
    await untilRows(watched, 2 * pageSize)
    await page.getByRole('alert').waitFor({ state: 'detached', timeout: withinMs })
    await watched.context.close()
  })
})
