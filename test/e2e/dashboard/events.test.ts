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

let fixture: DashboardFixture
beforeAll(async () => {
  fixture = await openDashboardFixture()
})
afterAll(() => fixture?.close())

async function tenantWithSession(name: string) {
  const { client, key } = await newTenant(fixture.api.url, name)
  fixture.origin.serve('/file', { bytes: 1000 })
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  const open = (session: string) =>
    client.ok('PUT', `/v1/sessions/${session}`, { configuration: { delegate: { kind: 'pull' } } })
  await open('first')
  await open('second')
  /** A task that has completed. */
  const run = async (session: string) => {
    const { id } = await client.ok<{ id: string }>('POST', `/v1/sessions/${session}/tasks`, {
      url: `${fixture.origin.url}/file`,
      metadata: { name: hostileName },
    })
    const isOver = async () => (await client.ok<{ state: string }>('GET', `/v1/tasks/${id}`)).state === 'completed'
    await eventually('the task has completed', isOver, { withinMs })
    return id
  }
  return { client, key, run }
}

describe('the events in the dashboard', () => {
  test('are shown as they happen, the newest first, held while paused, and one as JSON', async () => {
    const { key, run } = await tenantWithSession('tail')
    const before = await run('first')
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.getByRole('link', { name: 'Events' }).click()
    const rows = page.locator('[data-row]')
    const completed = rows.filter({ hasText: 'task.completed' })
    await completed.first().waitFor()
    expect(await completed.count()).toBe(1)
    // What only happens is in no feed: it was not seen by this page.
    expect(await rows.filter({ hasText: 'task.state' }).count()).toBe(0)

    const task = await run('second')
    await completed.nth(1).waitFor()
    expect(await completed.first().innerText()).toContain(task)
    await page.getByRole('button', { name: 'Pause' }).click()
    await run('first')
    await page.getByText(/held: [1-9]/).waitFor()
    expect(await completed.count()).toBe(2)
    await page.getByRole('button', { name: 'Continue' }).click()
    await completed.nth(2).waitFor()

    await page.getByRole('searchbox', { name: 'Task' }).fill(before)
    await eventually('only that task is shown', async () => (await rows.count()) === 2, { withinMs })
    await completed.click()
    const json = page.getByRole('region', { name: 'The event as JSON' })
    const event = JSON.parse(await json.innerText())
    expect([event.type, event.data.task.id, event.data.task.metadata.name]).toEqual([
      'task.completed',
      before,
      hostileName,
    ])
    expect(await page.title()).not.toBe('taken')
    // The address holds the filter and the event.
    expect(new URL(page.url()).search).toBe(`?task=${before}&event=${event.id}`)
    await page.reload()
    await json.waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('are filtered by type and session, and older ones are read page by page', async () => {
    const { key, run } = await tenantWithSession('filters')
    const [first, second] = [await run('first'), await run('second')]
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/events?session=first&type=task.completed&task=nonsense')
    const rows = page.locator('[data-row]')
    await rows.first().waitFor()
    expect(await rows.count()).toBe(1)
    expect(await rows.first().innerText()).toContain(first)
    await page.getByLabel('Type').selectOption('')
    await page.getByRole('searchbox', { name: 'Session' }).fill('')
    await eventually('all are shown', async () => (await rows.count()) === 4, { withinMs })
    await page.getByRole('button', { name: 'Older events' }).click()
    await page.getByText('No event fits').waitFor()
    await page.getByRole('button', { name: 'To what happens now' }).click()
    await rows.filter({ hasText: second }).first().waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)('are accessible and no wider than the screen, %s at %i px', async (theme, width) => {
    const { client, key, run } = await tenantWithSession(`accessible ${theme}`)
    await run('first')
    const { data } = await client.ok<{ data: { id: string }[] }>('GET', '/v1/events')
    const watched = await fixture.signedIn(key, { theme, width })
    await expectAccessible(watched, ['/events', `/events?event=${data[0]!.id}`, `/events?before=${data[0]!.id}`])
    expectQuiet(watched)
    await watched.context.close()
  })
})
