import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { createClient } from '#support/client/client.ts'
import {
  type DashboardFixture,
  expectAccessible,
  expectQuiet,
  hostileName,
  openDashboardFixture,
} from '#support/client/dashboard.ts'
import { newTenant, operatorToken } from '#support/processes/service.ts'

const MiB = 1024 * 1024
const withinMs = 60_000

let fixture: DashboardFixture
beforeAll(async () => {
  fixture = await openDashboardFixture()
})
afterAll(() => fixture?.close())

const pull = { configuration: { delegate: { kind: 'pull' } } }
const call = async (key: string, method: string, path: string, body?: object) =>
  (
    await fetch(`${fixture.api.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
  ).status

/** A tenant with a task that runs for long. */
async function tenantAtWork(name: string) {
  const { client, tenantId } = await newTenant(fixture.api.url, name)
  await client.ok('PUT', '/v1/sessions/works', pull)
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  fixture.origin.serve('/works', { bytes: 64 * MiB, bytesPerSecond: MiB })
  const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/works/tasks', {
    url: `${fixture.origin.url}/works`,
  })
  const isRunning = async () => (await client.ok<{ state: string }>('GET', `/v1/tasks/${id}`)).state === 'running'
  await eventually('the task runs', isRunning, { withinMs })
  return { client, tenantId }
}

describe('operators in the dashboard', () => {
  test('a tenant is created, limited, suspended, activated and deleted', async () => {
    const watched = await fixture.signedIn(operatorToken)
    const { page, context } = watched
    await page.getByRole('link', { name: 'Tenants' }).click()
    await page.getByRole('button', { name: 'Create a tenant' }).click()
    await page.getByRole('form', { name: 'A new tenant' }).getByLabel('Name').fill(hostileName)
    await page.getByRole('button', { name: 'Create it' }).click()
    const key = await page.locator('[data-secret]').innerText()
    expect(await call(key, 'PUT', '/v1/sessions/one', pull)).toBe(201)
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.getByLabel('Name or id').fill('<SCRIPT>')
    await page.getByRole('link', { name: '<script>' }).click()
    await page.getByRole('heading', { level: 1 }).getByText('<script>').waitFor()
    const id = new URL(page.url()).pathname.replace('/tenants/', '')
    expect(id).toMatch(/^ten_/)

    const limits = page.getByRole('form', { name: 'Limits' })
    await limits.getByLabel('Sessions').fill('few')
    await limits.getByRole('button', { name: 'Save' }).click()
    await limits.getByText('Give a whole number, or none.').waitFor()
    await limits.getByLabel('Sessions').fill('1')
    await limits.getByLabel('Stored bytes').fill('1.5 GiB')
    await limits.getByRole('button', { name: 'Save' }).click()
    const operator = createClient(fixture.api.url, operatorToken)
    const limitsOf = async () => (await operator.ok<{ limits: object }>('GET', `/v1/admin/tenants/${id}`)).limits
    await eventually('it is limited', async () => 'maximumSessions' in (await limitsOf()), { withinMs })
    expect(await limitsOf()).toEqual({ maximumSessions: 1, maximumStoredBytes: 1_610_612_736 })
    expect(await call(key, 'PUT', '/v1/sessions/two', pull)).toBe(429)
    await limits.getByLabel('Sessions').fill('')
    await limits.getByRole('button', { name: 'Save' }).click()
    await eventually('one limit is gone', async () => !('maximumSessions' in (await limitsOf())), { withinMs })

    const settings = page.getByRole('form', { name: 'Settings' })
    await settings.getByLabel('Weight').fill('0')
    await settings.getByRole('button', { name: 'Save' }).click()
    await settings.locator('[aria-invalid]').waitFor()
    await settings.getByLabel('Weight').fill('2.5')
    await settings.getByRole('button', { name: 'Save' }).click()
    const hours = page.getByRole('form', { name: 'Preferred hours' })
    await hours.getByRole('button', { name: 'Add hours' }).click()
    await hours.getByLabel('Time zone').fill('Europe/Nowhere')
    await hours.getByRole('button', { name: 'Save' }).click()
    await hours.locator('[aria-invalid]').waitFor()
    await hours.getByLabel('Time zone').fill('Europe/Berlin')
    await hours.getByLabel('sun').uncheck()
    await hours.getByRole('button', { name: 'Save' }).click()
    type Settings = { preferredHours: object | null }
    const settingsOf = () => operator.ok<Settings>('GET', `/v1/admin/tenants/${id}`)
    await eventually('it has hours', async () => (await settingsOf()).preferredHours !== null, { withinMs })
    expect(await settingsOf()).toMatchObject({
      weight: 2.5,
      preferredHours: {
        timeZone: 'Europe/Berlin',
        windows: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '22:00', to: '06:00' }],
      },
    })

    await page.getByRole('button', { name: 'Suspend' }).click()
    await page.getByText('Nothing is deleted').waitFor()
    await page.getByRole('button', { name: 'Suspend this tenant' }).click()
    await page.getByText('suspended', { exact: true }).waitFor()
    expect(await call(key, 'GET', '/v1/sessions')).toBe(403)
    await page.getByRole('button', { name: 'Activate' }).click()
    await page.getByRole('button', { name: 'Activate this tenant' }).click()
    await page.getByText('active', { exact: true }).waitFor()
    expect(await call(key, 'GET', '/v1/sessions')).toBe(200)

    await page.getByRole('button', { name: 'Delete…' }).click()
    const gone = page.getByRole('button', { name: 'Delete it for good' })
    expect(await gone.isDisabled()).toBe(true)
    await page.getByLabel('Type its id').fill(id)
    await gone.click()
    await page.getByText('It is being deleted').waitFor()
    expect(await call(key, 'GET', '/v1/sessions')).toBe(401)
    await page.getByText('is gone, with all that it had').waitFor({ timeout: 150_000 })
    await page.getByRole('link', { name: 'To the audit' }).click()
    await page.getByRole('cell', { name: id }).waitFor()
    expect(await page.title()).not.toBe('taken')
    expectQuiet(watched)
    await context.close()
  }, 300_000)

  test('the queue and the shares show who is at work, and the audit is narrowed to a tenant', async () => {
    const { tenantId } = await tenantAtWork(hostileName)
    const watched = await fixture.signedIn(operatorToken)
    const { page, context } = watched
    await page.goto('/queue')
    await page
      .getByRole('row')
      .filter({ hasText: 'wrk_' })
      .getByText(/^[1-9]\d* of \d+$/)
      .waitFor({ timeout: withinMs })
    await page.getByText('Why tasks wait').waitFor()
    await page.goto('/fairness')
    const row = page.getByRole('row').filter({ hasText: '<script>' })
    await row.getByText(/^100 % · by weight 100 %$/).waitFor({ timeout: withinMs })
    await page.getByRole('button', { name: 'files' }).click()
    expect(new URL(page.url()).search).toBe('?of=tasksEnded')
    await row.getByRole('link').click()
    await page.getByRole('link', { name: 'in the audit' }).click()
    await page.getByRole('row').filter({ hasText: 'createTask' }).waitFor()
    expect(new URL(page.url()).search).toBe(`?tenant=${tenantId}`)
    expectQuiet(watched)
    await context.close()
  })

  test.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)(
    'the pages of operators are accessible and no wider than the screen, %s at %i px',
    async (theme, width) => {
      const { client, tenantId } = await tenantAtWork(`${hostileName} ${theme}`)
      await client.ok('POST', '/v1/api-keys', { name: hostileName, scopes: ['read'] })
      const watched = await fixture.signedIn(operatorToken, { theme, width })
      const paths = ['/workers', '/queue', '/fairness', '/tenants', `/tenants/${tenantId}`, '/audit']
      await expectAccessible(watched, paths)
      expectQuiet(watched)
      await watched.context.close()
    },
  )

  test('a worker is drained, which says what it does before', async () => {
    const watched = await fixture.signedIn(operatorToken)
    const { page, context } = watched
    await page.goto('/workers')
    await page.getByText(/of \d+ slots/).waitFor()
    await page.getByRole('button', { name: 'Drain' }).click()
    await page.getByText('It is the last one that takes tasks').waitFor()
    await page.getByRole('button', { name: 'Drain this worker' }).click()
    await page.getByText('draining', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Drain' }).count()).toBe(0)
    expectQuiet(watched)
    await context.close()
  })
})
