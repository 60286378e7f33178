import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
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

/** A tenant with a task in each state, the running one of a file that never ends by itself. */
async function tenantWithTasks(name: string) {
  const { client, key } = await newTenant(fixture.api.url, name)
  await client.ok('PUT', '/v1/sessions/shown', { configuration: { delegate: { kind: 'pull' } } })
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  const create = (path: string, more: object = {}) =>
    client.ok<{ id: string }>('POST', '/v1/sessions/shown/tasks', { url: `${fixture.origin.url}${path}`, ...more })
  fixture.origin.serve('/long', { bytes: 64 * MiB, bytesPerSecond: 2 * MiB })
  fixture.origin.serve('/short', { bytes: 1000 })
  const tasks = {
    running: await create('/long'),
    completed: await create('/short', { taskDescription: hostileName, metadata: { name: hostileName } }),
    failed: await create('/absent'),
    waiting: await create('/short', { earliestBeginDate: new Date(Date.now() + 86_400_000).toISOString() }),
  }
  for (const [state, { id }] of Object.entries(tasks)) {
    const isThere = async () => (await client.ok<{ state: string }>('GET', `/v1/tasks/${id}`)).state === state
    await eventually(`a task is ${state}`, isThere, { withinMs })
  }
  return { client, key, tasks }
}

describe('the dashboard in a browser', () => {
  test('a key signs in, a wrong one is refused in words, and signing out ends it', async () => {
    const { key } = await newTenant(fixture.api.url, 'signs in')
    const watched = await fixture.open()
    const { page, context } = watched
    await page.goto('/')
    await page.getByLabel('Key').fill('bh_wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('No task yet').waitFor()
    // Scripts cannot read it, and other sites cannot use it.
    const [cookie, ...others] = await context.cookies()
    expect(others).toEqual([])
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
    await page.reload()
    await page.getByText('No task yet').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Key').waitFor()
    expect(await context.cookies()).toEqual([])
    expectQuiet(watched)
    await context.close()
  })

  test('a running task is seen to move without a reload, is suspended and resumed, and says why it waits', async () => {
    const { key, tasks } = await tenantWithTasks('moves')
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.getByText(/^1 of 128$/).waitFor()
    await page.getByRole('link', { name: '/long' }).click()
    await page.getByRole('heading', { name: tasks.running.id }).waitFor()
    const received = async () => Number(await page.getByRole('progressbar').getAttribute('aria-valuenow'))
    const first = await received()
    await eventually('more has come', async () => (await received()) > first, { withinMs })
    await page.getByRole('button', { name: 'Suspend' }).click()
    await page.getByRole('button', { name: 'Suspend this task' }).click()
    await page.getByText('suspended', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Resume this task' }).click()
    await page.getByText('running', { exact: true }).first().waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('filters are in the address, and lead to the same tasks again', async () => {
    const { key, tasks } = await tenantWithTasks('filters')
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.getByRole('link', { name: 'not before its begin date' }).click()
    await page.getByRole('link', { name: '/short' }).waitFor()
    expect(new URL(page.url()).search).toBe('?waitingFor=earliestBeginDate')
    await page.goto('/tasks?state=failed&waitingFor=nonsense')
    await page.getByRole('link', { name: '/absent' }).waitFor()
    expect(await page.locator('[data-row]').count()).toBe(1)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: tasks.failed.id }).waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('a key that is revoked while the page is open leads back to the sign-in', async () => {
    const { client } = await newTenant(fixture.api.url, 'revoked')
    const created = await client.ok<{ apiKey: string; key: { id: string } }>('POST', '/v1/api-keys', {
      name: 'for the page',
      scopes: ['read'],
    })
    await client.ok('PUT', '/v1/sessions/seen', { configuration: { delegate: { kind: 'pull' } } })
    const url = `${fixture.origin.url}/seen-by-one`
    await client.ok('POST', '/v1/sessions/seen/tasks', { url, suspended: true })
    const { page, context } = await fixture.signedIn(created.apiKey)
    await page.goto('/tasks')
    await page.getByRole('link', { name: '/seen-by-one' }).waitFor()
    await client.ok('DELETE', `/v1/api-keys/${created.key.id}`)
    await page.getByLabel('Key', { exact: true }).waitFor({ timeout: withinMs })
    // Somebody else signs in, in the same tab: it stays so, and nothing of the one before is there.
    const { key } = await newTenant(fixture.api.url, 'the next one')
    await page.getByLabel('Key', { exact: true }).fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('the next one').waitFor()
    expect(await page.getByRole('link', { name: '/seen-by-one' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByText('No task yet').waitFor()
    await context.close()
  })

  test('an operator sees the workers', async () => {
    const watched = await fixture.signedIn(operatorToken)
    await watched.page.getByText(/of \d+ slots/).waitFor()
    expectQuiet(watched)
    await watched.context.close()
  })

  test.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)('every page is accessible and no wider than the screen, %s at %i px', async (theme, width) => {
    const { key, tasks } = await tenantWithTasks(`accessible ${theme}`)
    const watched = await fixture.signedIn(key, { theme, width })
    await expectAccessible(watched, [
      '/',
      '/tasks',
      '/limiter',
      ...Object.values(tasks).map(({ id }) => `/tasks/${id}`),
    ])
    expectQuiet(watched)
    await watched.context.close()
  })
})
