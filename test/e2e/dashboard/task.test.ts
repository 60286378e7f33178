import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
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

const MiB = 1024 * 1024
const withinMs = 60_000

let fixture: DashboardFixture
beforeAll(async () => {
  fixture = await openDashboardFixture()
})
afterAll(() => fixture?.close())

/** A file whose transfer breaks off once in its middle, and goes on when it is asked for the rest. */
function serveBroken(path: string, bytes: number): void {
  let isBroken = false
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const body = fixture.origin.content(path)
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.setHeader('etag', '"one"').setHeader('accept-ranges', 'bytes')
    response.setHeader('content-length', body.length - from)
    if (from > 0) response.setHeader('content-range', `bytes ${from}-${body.length - 1}/${body.length}`)
    response.statusCode = from > 0 ? 206 : 200
    if (isBroken) return void response.end(body.subarray(from))
    isBroken = true
    response.write(body.subarray(from, from + (body.length - from) / 2))
    await sleep(500)
    response.destroy()
  }
  fixture.origin.serve(path, { bytes, respond })
}

async function tenantWithTask(name: string, path: string, more: object = {}) {
  const { client, key } = await newTenant(fixture.api.url, name)
  await client.ok('PUT', '/v1/sessions/lives', { configuration: { delegate: { kind: 'pull' } } })
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  const url = `${fixture.origin.url}${path}`
  const task = await client.ok<{ id: string }>('POST', '/v1/sessions/lives/tasks', { url, ...more })
  return { client, key, id: task.id }
}

const stateOf = async (client: Awaited<ReturnType<typeof newTenant>>['client'], id: string) =>
  (await client.ok<{ state: string }>('GET', `/v1/tasks/${id}`)).state

describe("a task's page in a browser", () => {
  test('shows where a transfer broke off and went on, and a receipt that the browser has verified', async () => {
    serveBroken('/broken', 12 * MiB)
    const { client, key, id } = await tenantWithTask('broken', '/broken')
    await eventually('it has completed', async () => (await stateOf(client, id)) === 'completed', { withinMs })
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto(`/tasks/${id}`)
    const life = page.getByRole('img', { name: /^The task's life over/ })
    await life.waitFor()
    expect(await life.getAttribute('aria-label')).toMatch(/body .+; interrupted once$/)
    await expect.poll(() => life.getByTitle(/^The body broke off at byte /).count(), { timeout: withinMs }).toBe(1)
    expect(await life.getByTitle(/^Went on from byte /).count()).toBeGreaterThan(0)
    await page.getByText('verified in this browser').waitFor()
    // The choice of the axis is in the address.
    await page.getByRole('button', { name: 'true to time' }).click()
    expect(new URL(page.url()).search).toBe('?scale=true')
    await page.getByText('The axis is true to time.').waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download' }).click()
    expect((await download).suggestedFilename()).toBe('broken')
    await page.getByRole('button', { name: 'Release' }).click()
    await page.getByRole('button', { name: 'Release this file' }).click()
    await page.getByText('released: it has gone').waitFor()
    await page.getByText('verified in this browser').waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('does not believe a receipt that says something else, or is signed by nobody known', async () => {
    fixture.origin.serve('/short', { bytes: 1000 })
    const { client, key, id } = await tenantWithTask('forged', '/short')
    await eventually('it has completed', async () => (await stateOf(client, id)) === 'completed', { withinMs })
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.route('**/receipt', async (route) => {
      const response = await route.fetch()
      const [header, claims, signature] = (await response.text()).split('.')
      const said = JSON.parse(Buffer.from(claims!, 'base64url').toString())
      const forged = Buffer.from(JSON.stringify({ ...said, file: { ...said.file, bytes: 999 } })).toString('base64url')
      await route.fulfill({ response, body: `${header}.${forged}.${signature}` })
    })
    await page.goto(`/tasks/${id}`)
    await page.getByText('not genuine').waitFor()
    const refused = page.getByRole('listitem').filter({ has: page.getByLabel('no', { exact: true }) })
    expect(await refused.allInnerTexts()).toEqual([
      'The signature (Ed25519) is of these very words',
      'Size and checksums are those of the file',
    ])
    await page.unroute('**/receipt')
    await page.route('**/jwks.json', (route) => route.fulfill({ json: { keys: [] } }))
    await page.reload()
    await page.getByText('not genuine').waitFor()
    expect(await refused.allInnerTexts()).toEqual(['Its key is among the published ones, and has its own name'])
    expectQuiet(watched)
    await context.close()
  })

  test('a task that failed is retried, which leads to the new one', async () => {
    const { client, key, id } = await tenantWithTask('retried', '/absent')
    await eventually('it has failed', async () => (await stateOf(client, id)) === 'failed', { withinMs })
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto(`/tasks/${id}`)
    await page.getByRole('button', { name: 'Retry' }).click()
    await page.getByRole('button', { name: 'Retry this task' }).click()
    await page.waitForURL((url) => /^\/tasks\/tsk_/.test(url.pathname) && !url.pathname.endsWith(id))
    await page.getByText(/^task 2 of/).waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test.each([
    ['light', 400],
    ['dark', 1280],
  ] as const)(
    'is accessible and no wider than the screen whatever a tenant writes, %s at %i px',
    async (theme, width) => {
      fixture.origin.serve('/short', { bytes: 1000 })
      const long = encodeURIComponent(hostileName.repeat(20))
      const { client, key, id } = await tenantWithTask(`hostile ${theme}`, `/short?${long}`, {
        taskDescription: hostileName,
        metadata: { [hostileName.slice(0, 30)]: hostileName, long: 'x'.repeat(256) },
      })
      const waiting = await client.ok<{ id: string }>('POST', '/v1/sessions/lives/tasks', {
        url: `${fixture.origin.url}/short`,
        earliestBeginDate: new Date(Date.now() + 86_400_000).toISOString(),
      })
      await eventually('it has completed', async () => (await stateOf(client, id)) === 'completed', { withinMs })
      const watched = await fixture.signedIn(key, { theme, width })
      await watched.page.goto(`/tasks/${id}`)
      await watched.page.getByText('verified in this browser').waitFor()
      await expectAccessible(watched, [`/tasks/${id}`, `/tasks/${waiting.id}`])
      expectQuiet(watched)
      await watched.context.close()
    },
  )
})
