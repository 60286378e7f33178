import { createHash } from 'node:crypto'
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

const withinMs = 60_000
const soon = { timeout: withinMs }
const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString()

let fixture: DashboardFixture
beforeAll(async () => {
  fixture = await openDashboardFixture()
  fixture.origin.serve('/short', { bytes: 1000 })
})
afterAll(() => fixture?.close())

/** A tenant with tasks that wait until tomorrow. */
async function tenantWithTasks(name: string, count: number, more: (n: number) => object = () => ({})) {
  const { client, key } = await newTenant(fixture.api.url, name)
  await client.ok('PUT', '/v1/sessions/many', { configuration: { delegate: { kind: 'pull' } } })
  for (let from = 0; from < count; from += 1000) {
    const tasks = Array.from({ length: Math.min(1000, count - from) }, (_, n) => ({
      url: `${fixture.origin.url}/file-${from + n}`,
      earliestBeginDate: tomorrow(),
      ...more(from + n),
    }))
    await client.ok('POST', '/v1/sessions/many/tasks/batch', { tasks })
  }
  return { client, key }
}

describe('the tasks in a browser', () => {
  test('one is created in a new session from the page, and watched to its end', async () => {
    const { key } = await newTenant(fixture.api.url, 'creates')
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/tasks')
    await page.getByText('No task yet').waitFor()
    await page.getByRole('button', { name: 'New task' }).click()
    await page.getByLabel('URL').fill('ftp://example.com/x')
    await page.getByLabel('Name of the session').fill('by-hand')
    await page.getByLabel('SHA-256').fill('abc')
    await page.getByRole('button', { name: 'Create the task' }).click()
    const faultAt = (name: string) => page.locator('div:has(> label)', { hasText: name }).getByRole('alert')
    await faultAt('SHA-256').waitFor()
    const sha256 = createHash('sha256').update(fixture.origin.content('/short')).digest('hex')
    await page.getByLabel('SHA-256').fill(sha256)
    await page.getByRole('button', { name: 'Create the task' }).click()
    await faultAt('URL').waitFor()
    await page.getByLabel('URL').fill(`${fixture.origin.url}/short`)
    await page.getByRole('textbox', { name: /^Metadata/ }).fill('made=by hand\nfor=a test')
    await page.getByRole('button', { name: 'Create the task' }).click()
    await page.waitForURL(/\/tasks\/tsk_/)
    await page.getByText('completed', { exact: true }).first().waitFor({ timeout: withinMs })
    await page.getByText('by hand', { exact: true }).waitFor()
    await page.getByText(sha256).first().waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('filters by session and metadata are in the address, and lead to the same tasks again', async () => {
    const { client, key } = await tenantWithTasks('filters', 3, (n) => ({
      metadata: { job: n === 1 ? 'one of them' : 'others' },
    }))
    await client.ok('PUT', '/v1/sessions/other', { configuration: { delegate: { kind: 'pull' } } })
    await client.ok('POST', '/v1/sessions/other/tasks', {
      url: `${fixture.origin.url}/elsewhere`,
      earliestBeginDate: tomorrow(),
    })
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/tasks')
    const rows = page.locator('[data-row]')
    await expect.poll(() => rows.count(), soon).toBe(4)
    await page.getByRole('searchbox', { name: 'Metadata' }).fill('job=one of them')
    await expect.poll(() => rows.allInnerTexts(), soon).toEqual([expect.stringContaining('/file-1')])
    await page.reload()
    await expect.poll(() => rows.allInnerTexts(), soon).toEqual([expect.stringContaining('/file-1')])
    await page.goto('/tasks?session=other')
    await expect.poll(() => rows.allInnerTexts(), soon).toEqual([expect.stringContaining('/elsewhere')])
    await page.getByRole('searchbox', { name: 'Session' }).fill('nobody-has-it')
    await page.getByText('There is no session of this name.').waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('selected ones are canceled together, with a result for each', async () => {
    const { client, key } = await tenantWithTasks('cancels', 20)
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/tasks')
    await page.getByLabel('All shown').check()
    await page.getByRole('button', { name: 'Cancel 20' }).click()
    // One of them has gone another way meanwhile, which only its own result tells.
    const { data } = await client.ok<{ data: { id: string }[] }>('GET', '/v1/tasks?limit=1')
    await page.route(`**/v1/tasks/${data[0]!.id}/cancel`, (route) =>
      route.fulfill({
        status: 409,
        contentType: 'application/problem+json',
        json: {
          ...{ type: 'about:blank', title: 'ended', status: 409, detail: 'It has ended already.' },
          ...{ instance: '/v1', code: 'task_already_ended', requestId: 'req_1' },
        },
      }),
    )
    await page.getByRole('button', { name: 'Cancel 20 tasks' }).click()
    await page.getByText('19 of 20 tasks done, 1 refused').waitFor()
    await page.getByText('It has ended already.').waitFor()
    const counts = await client.ok<{ taskCounts: { canceled: number } }>('GET', '/v1/tasks/summary')
    expect(counts.taskCounts.canceled).toBe(19)
    await expect.poll(() => page.getByRole('cell').getByText('canceled', { exact: true }).count(), soon).toBe(19)
    expectQuiet(watched)
    await context.close()
  })

  test('thousands are read as one scrolls, with few rows at a time, and by keyboard', async () => {
    const { client, key } = await tenantWithTasks('scrolls', 2500)
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/tasks')
    await page.getByRole('link', { name: '/file-2499' }).waitFor()
    const end = page.getByRole('status').filter({ hasText: /^2,500 tasks$/ })
    await eventually('the end is reached', async () => {
      await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
      return (await end.count()) === 1
    })
    const last = page.locator(`[data-row][title="${fixture.origin.url}/file-0"]`)
    await last.waitFor()
    expect(await page.locator('[data-row]').count()).toBeLessThan(60)
    // What comes at the top does not move what is looked at.
    await client.ok('POST', '/v1/sessions/many/tasks', {
      url: `${fixture.origin.url}/newest`,
      earliestBeginDate: tomorrow(),
    })
    await page.keyboard.press('Home')
    await page.getByRole('link', { name: '/newest' }).waitFor()
    for (let n = 0; n < 50; n++) await page.keyboard.press('j')
    const focused = () => page.evaluate<string>('document.activeElement.title')
    await expect.poll(focused, soon).toBe(`${fixture.origin.url}/file-2451`)
    await page.keyboard.press('k')
    await page.keyboard.press('Enter')
    await page.getByText(`${fixture.origin.url}/file-2452`).first().waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)('is accessible and no wider than the screen, %s at %i px', async (theme, width) => {
    const { key } = await tenantWithTasks(`accessible ${theme}`, 3, () => ({
      url: `${fixture.origin.url}/${encodeURIComponent(hostileName)}`,
      taskDescription: hostileName,
      metadata: { name: hostileName },
    }))
    const watched = await fixture.signedIn(key, { theme, width })
    await expectAccessible(watched, ['/tasks', '/tasks?new=task', '/tasks?state=failed'])
    await watched.page.goto('/tasks')
    await watched.page.getByLabel('All shown').check()
    await watched.page.getByRole('button', { name: 'Cancel 3' }).click()
    expect(await watched.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    expectQuiet(watched)
    await watched.context.close()
  })
})
