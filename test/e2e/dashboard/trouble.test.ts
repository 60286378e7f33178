import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { type DashboardFixture, expectQuiet, openDashboardFixture } from '#support/client/dashboard.ts'
import { newTenant, operatorToken } from '#support/processes/service.ts'

const MiB = 1024 * 1024
const withinMs = 120_000

let fixture: DashboardFixture
beforeAll(async () => {
  fixture = await openDashboardFixture()
})
afterAll(() => fixture?.close())

async function openSession(client: Client): Promise<void> {
  await client.ok('PUT', '/v1/sessions/shown', { configuration: { delegate: { kind: 'pull' } } })
}
const create = (client: Client, path: string, more: object = {}) =>
  client.ok<{ id: string }>('POST', '/v1/sessions/shown/tasks', { url: `${fixture.origin.url}${path}`, ...more })
/** The fragment of a one-time link for the tenant's key, as the standalone makes one at its first start. */
async function newLink({ client, tenantId }: { client: Client; tenantId: string }): Promise<string> {
  const { keyId } = await client.ok<{ keyId: string }>('GET', '/v1/sign-in')
  const token = randomBytes(32).toString('base64url')
  const database = new pg.Client({ connectionString: fixture.pair.databaseUrl })
  await database.connect()
  await database.query(
    `insert into sign_in_link (hash, tenant_id, key_id, expires_at) values ($1, $2, $3, clock_timestamp() + interval '1 minute')`,
    [createHash('sha256').update(token).digest(), tenantId, keyId],
  )
  await database.end()
  return `#sign-in=${token}`
}
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

describe('the dashboard in trouble', () => {
  test('a service that goes away is said to be away, and what it does when it is back is seen without a reload', async () => {
    const { client, key } = await newTenant(fixture.api.url, 'goes away')
    await openSession(client)
    const { page, context } = await fixture.signedIn(key)
    await page.goto('/tasks')
    await page.getByRole('heading', { name: 'Tasks' }).waitFor()
    await page.evaluate('window.isTheSame = true')
    const port = Number(new URL(fixture.api.url).port)
    await fixture.api.end('SIGTERM')
    await page.getByText('The stream of events broke off').waitFor({ timeout: withinMs })
    // What was asked for meanwhile is told as a failure, on a page that can still be used.
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByRole('alert').first().waitFor({ timeout: withinMs })
    fixture.api = await fixture.pair.startApi(undefined, port)
    await page.getByText('The stream of events broke off').waitFor({ state: 'detached', timeout: withinMs })
    await page.getByRole('link', { name: 'Tasks' }).click()
    fixture.origin.serve('/later', { bytes: 1000 })
    await create(client, '/later', { earliestBeginDate: inAnHour() })
    await page.getByRole('link', { name: '/later' }).waitFor({ timeout: withinMs })
    expect(await page.evaluate('window.isTheSame')).toBe(true)
    await context.close()
  })

  test('a page whose file is not there any more says so, and the others go on', async () => {
    const { key } = await newTenant(fixture.api.url, 'is replaced')
    const { page, context } = await fixture.signedIn(key)
    await page.route('**/assets/limiter-*.js', (route) => route.fulfill({ status: 404, body: '' }))
    await page.getByRole('link', { name: /limiter/i }).click()
    await page.getByText('This page cannot be shown').waitFor()
    await page.getByRole('link', { name: 'Tasks' }).click()
    await page.getByRole('heading', { name: 'Tasks' }).waitFor()
    await context.close()
  })

  test('more tabs than a browser has connections can be open, and one that is looked at again is live', async () => {
    const { client, key } = await newTenant(fixture.api.url, 'many tabs')
    await openSession(client)
    const { page, context } = await fixture.signedIn(key)
    const look = (isHidden: boolean) => `
      Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true })
      Object.defineProperty(document, 'visibilityState', { value: '${isHidden ? 'hidden' : 'visible'}', configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))`
    await page.goto('/tasks')
    for (let tab = 1, last = page; tab <= 8; tab++) {
      await last.evaluate(look(true))
      last = await context.newPage()
      await last.goto('/tasks', { timeout: withinMs })
      await last.getByRole('heading', { name: 'Tasks' }).waitFor()
    }
    await create(client, '/unseen', { earliestBeginDate: inAnHour() })
    await page.evaluate(look(false))
    await page.getByRole('link', { name: '/unseen' }).waitFor({ timeout: withinMs })
    await create(client, '/seen', { earliestBeginDate: inAnHour() })
    await page.getByRole('link', { name: '/seen' }).waitFor({ timeout: withinMs })
    await context.close()
  })

  test.each([-10, 10])('times are right by a clock that is %i minutes off', async (minutes) => {
    const { client, key } = await newTenant(fixture.api.url, `clock ${minutes}`)
    await openSession(client)
    await create(client, '/waits', { earliestBeginDate: inAnHour() })
    const watched = await fixture.open()
    const { page, context } = watched
    await page.clock.install({ time: Date.now() + minutes * 60_000 })
    await page.goto('/')
    await page.getByLabel('Key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: 'Tasks' }).click()
    const row = page.getByRole('link', { name: '/waits' })
    await row.waitFor()
    await page.clock.runFor(2_000)
    await eventually('it was created less than a minute ago', async () => {
      const times = await page.locator('time').allTextContents()
      return times.some((text) => /^(now|\d+ s ago)$/.test(text))
    })
    expectQuiet(watched)
    await context.close()
  })

  test('names as long as they may be are no wider than a phone', async () => {
    const { client, key } = await newTenant(fixture.api.url, `${'tenant'.repeat(20)}`)
    const session = 's'.repeat(128)
    await client.ok('PUT', `/v1/sessions/${session}`, { configuration: { delegate: { kind: 'pull' } } })
    const { id } = await client.ok<{ id: string }>('POST', `/v1/sessions/${session}/tasks`, {
      url: `${fixture.origin.url}/${'path/'.repeat(400)}end`,
      taskDescription: 'd'.repeat(1024),
      metadata: { name: 'm'.repeat(256) },
      earliestBeginDate: inAnHour(),
    })
    const watched = await fixture.signedIn(key, { width: 400 })
    for (const path of ['/', '/tasks', `/tasks/${id}`, '/sessions', `/sessions/${session}`]) {
      await watched.page.goto(path)
      await watched.page.getByRole('heading', { level: 1 }).waitFor()
      // All but the overview name it.
      if (path !== '/')
        await watched.page
          .getByText(path === '/tasks' ? /path\/path/ : session)
          .first()
          .waitFor()
      expect(await watched.page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(400)
    }
    expectQuiet(watched)
    await watched.context.close()
  })

  test('a one-time link signs in as whom it is for, also a browser that is signed in, and once', async () => {
    const [first, second] = [await newTenant(fixture.api.url, 'was here'), await newTenant(fixture.api.url, 'is meant')]
    const link = await newLink(second)
    const { page, context } = await fixture.signedIn(first.key)
    await page.goto(`/tasks${link}`)
    await page.getByText('is meant', { exact: true }).waitFor()
    await page.getByRole('heading', { name: 'Tasks' }).waitFor()
    expect(page.url()).not.toContain('sign-in')
    // Opened in the same tab it changes the fragment only.
    await page.goto(`/tasks${await newLink(first)}`)
    await page.getByText('was here', { exact: true }).waitFor()
    // It was used up: whoever is signed in stays.
    await page.goto(`/tasks${link}`)
    await page.getByText('The link did not sign in').waitFor()
    expect(page.url()).not.toContain('sign-in')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('The link did not sign in').waitFor({ state: 'detached' })
    await page.getByText('was here', { exact: true }).waitFor()
    await context.close()
  })

  test('a browser that forbids storage shows the page, and another theme until it is closed', async () => {
    const { key } = await newTenant(fixture.api.url, 'keeps nothing')
    const watched = await fixture.open()
    const { page, context } = watched
    await page.addInitScript(
      `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })`,
    )
    await page.goto('/')
    await page.getByLabel('Key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'To the dark theme' }).click()
    await page.getByRole('button', { name: 'To the light theme' }).waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('who cannot be signed out is told so, and is when the service is well again', async () => {
    const { key } = await newTenant(fixture.api.url, 'wants to leave')
    const { page, context, errors } = await fixture.signedIn(key)
    await page.route('**/v1/sign-in', (route) =>
      route.request().method() === 'DELETE' ? route.fulfill({ status: 400, body: 'no' }) : route.continue(),
    )
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are still signed in').waitFor({ timeout: withinMs })
    await page.unroute('**/v1/sign-in')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Key').waitFor()
    expect(errors).toEqual([])
    await context.close()
  })

  test('a page that failed while the service was ill is there when it is well, without a stream and without a click', async () => {
    const { page, context } = await fixture.signedIn(operatorToken)
    await page.route('**/v1/admin/tenants*', (route) => route.fulfill({ status: 500, body: '<h1>Bad</h1>' }))
    await page.getByRole('link', { name: 'Tenants' }).click()
    await page.getByRole('alert').first().waitFor({ timeout: withinMs })
    await page.unroute('**/v1/admin/tenants*')
    await page.getByRole('alert').first().waitFor({ state: 'detached', timeout: withinMs })
    await page.locator('[data-row]').first().waitFor()
    await context.close()
  })

  test('a service that does not answer is said not to, and its answer takes the place of that', async () => {
    const { client, key } = await newTenant(fixture.api.url, 'waits for answers')
    await openSession(client)
    const { page, context } = await fixture.signedIn(key)
    const answers = Promise.withResolvers<void>()
    await page.route('**/v1/sessions?*', (route) => answers.promise.then(() => route.continue()))
    await page.getByRole('link', { name: 'Sessions' }).click()
    await page.getByText('The service has not answered yet').waitFor()
    answers.resolve()
    await page.getByRole('link', { name: 'shown' }).waitFor()
    await page.getByText('The service has not answered yet').waitFor({ state: 'detached' })
    await context.close()
  })

  test('an address that no service could read shows its page', async () => {
    const { key } = await newTenant(fixture.api.url, 'mistypes')
    const { page, context } = await fixture.signedIn(key)
    await page.goto('/tasks?state=x&host=%00&host=%ff&metadata=__proto__%3D1')
    await page.getByRole('heading', { name: 'Tasks' }).waitFor()
    await page.getByText('The text has a NUL').waitFor()
    await context.close()
  })

  test('a hundred thousand tasks are counted, listed and filtered', async () => {
    const { client, key } = await newTenant(fixture.api.url, 'has many')
    await openSession(client)
    const url = fixture.origin.serve('/one-of-many', { bytes: MiB })
    const tasks = Array.from({ length: 1000 }, () => ({ url, earliestBeginDate: inAnHour() }))
    for (let batch = 0; batch < 100; batch++) await client.ok('POST', '/v1/sessions/shown/tasks/batch', { tasks })
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.getByText('100,000', { exact: true }).first().waitFor({ timeout: withinMs })
    await page.getByRole('link', { name: /not before its begin date/ }).click()
    await page.getByRole('link', { name: '/one-of-many' }).first().waitFor({ timeout: withinMs })
    expect(new URL(page.url()).search).toBe('?waitingFor=earliestBeginDate')
    expectQuiet(watched)
    await context.close()
  })
})
