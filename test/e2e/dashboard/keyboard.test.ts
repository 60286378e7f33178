import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type DashboardFixture, expectQuiet, openDashboardFixture } from '#support/client/dashboard.ts'
import { newTenant } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'

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

/** A key press waits for the focus: what is pressed goes to this. */
async function press(at: Locator, key = 'Enter'): Promise<void> {
  await at.focus()
  await at.page().keyboard.press(key)
}

/** Waits until it has the focus: what opened took it, or it came back. */
const hasFocus = (at: Locator) => at.and(at.page().locator(':focus')).waitFor()
const isSaid = (page: Page, words: string) => page.getByRole('status').getByText(words).waitFor()

describe('the dashboard by keyboard', () => {
  test('the focus goes to what an action opens and back where it was, and what came of it is said', async () => {
    const { client, key } = await newTenant(fixture.api.url, 'focus')
    const configuration = { delegate: { kind: 'pull' } }
    await client.ok('PUT', '/v1/sessions/one', { configuration })
    await client.ok('PUT', '/v1/sessions/other', { configuration })
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/sessions/one')
    const finish = page.getByRole('button', { name: 'Finish', exact: true })
    const group = page.getByRole('group', { name: 'Finish' })
    await press(finish)
    await hasFocus(group)
    await press(group.getByRole('button', { name: 'Leave it' }))
    await hasFocus(finish)
    await press(finish)
    await press(group.getByRole('button', { name: 'Finish this session' }))
    await isSaid(page, 'Finish this session: done.')
    await finish.waitFor({ state: 'detached' })
    await hasFocus(page.getByRole('heading', { name: 'Tasks', exact: true }))

    await page.goto('/keys')
    const create = page.getByRole('button', { name: 'Create a key' })
    await press(create)
    const name = page.getByRole('form', { name: 'A new key' }).getByLabel('Name')
    await hasFocus(name)
    await name.fill('by keyboard')
    await press(name)
    await hasFocus(page.getByRole('heading', { name: 'The new key' }))
    await press(page.getByRole('button', { name: 'I have it' }))
    await hasFocus(create)
    const row = page.getByRole('listitem').filter({ hasText: 'by keyboard' })
    await press(row.getByRole('button', { name: 'Revoke' }))
    await hasFocus(page.getByRole('group', { name: 'Revoke by keyboard' }))
    await press(row.getByRole('button', { name: 'Revoke this key' }))
    await isSaid(page, 'by keyboard is revoked.')
    await hasFocus(page.getByRole('heading', { name: 'Keys', exact: true }).last())

    const url = fixture.origin.serve('/later', { bytes: 1000 })
    const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/other/tasks', { url, suspended: true })
    await page.goto('/tasks')
    await page.getByLabel(`Select ${id}`).check()
    const cancel = page.getByRole('button', { name: /^Cancel/ })
    await press(cancel)
    await hasFocus(page.getByRole('group', { name: 'Cancel' }))
    await press(page.getByRole('button', { name: 'Cancel 1 task' }))
    await isSaid(page, 'Cancel: 1 of 1 task done')
    await hasFocus(page.getByRole('region', { name: 'Results' }))
    await press(page.getByRole('button', { name: 'New task' }))
    await hasFocus(page.getByRole('textbox', { name: 'URL' }))

    await page.goto('/webhooks')
    await press(page.getByRole('button', { name: 'New endpoint' }))
    await hasFocus(page.getByRole('textbox', { name: 'URL' }))
    expectQuiet(watched)
    await context.close()
  })

  test('the wakes of the chart and the tasks of a host are one stop each, and the arrow keys go from one to the next', async () => {
    const { client, key } = await newTenant(fixture.api.url, 'arrows')
    const configuration = { delegate: { url: receiver.url }, wakeCompletion: 'explicit' }
    const sessions = ['one', 'two', 'three']
    for (const session of sessions) await client.ok('PUT', `/v1/sessions/${session}`, { configuration })
    // The limiter holds what is created behind a wake: no file ends before all are there.
    const created = Promise.withResolvers<void>()
    const url = fixture.origin.serve('/arrows', {
      bytes: 4,
      respond: async (_, response) => {
        await created.promise
        response.end('file')
      },
    })
    for (const session of sessions) await client.ok('POST', `/v1/sessions/${session}/tasks`, { url })
    created.resolve()
    const wakes = async () => (await client.ok<{ data: unknown[] }>('GET', '/v1/wakes')).data.length === sessions.length
    await eventually('each session is woken', wakes, { withinMs })
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/limiter')
    const marks = page.getByRole('link', { name: /^Wake of/ })
    await marks.nth(2).waitFor()
    const stops = page.locator('a[aria-label^="Wake of"]:not([tabindex="-1"])')
    expect([await marks.count(), await stops.count()]).toEqual([3, 1])
    await press(stops, 'ArrowLeft')
    await hasFocus(marks.nth(1))
    expect(await stops.count()).toBe(1)
    await page.keyboard.press('Home')
    await hasFocus(marks.nth(0))
    await page.keyboard.press('Enter')
    await hasFocus(page.getByRole('heading', { level: 1, name: 'wak_' }))

    const host = new URL(fixture.origin.url).host
    await page.goto('/hosts')
    await press(page.getByRole('button', { name: host }))
    await hasFocus(page.getByRole('heading', { name: host }))
    const tasks = page.getByRole('list', { name: `The newest tasks for ${host}` }).getByRole('link')
    await tasks.nth(2).focus()
    await page.keyboard.press('ArrowLeft')
    await hasFocus(tasks.nth(1))
    await press(page.getByRole('button', { name: 'Close' }))
    await hasFocus(page.getByRole('button', { name: host }))
    expectQuiet(watched)
    await context.close()
  })
})
