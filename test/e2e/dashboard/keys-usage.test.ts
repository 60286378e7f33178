import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type Client, createClient } from '#support/client/client.ts'
import {
  type DashboardFixture,
  expectAccessible,
  expectQuiet,
  hostileName,
  openDashboardFixture,
} from '#support/client/dashboard.ts'
import { newTenant, operatorToken } from '#support/processes/service.ts'

const withinMs = 60_000

let fixture: DashboardFixture
beforeAll(async () => {
  fixture = await openDashboardFixture()
})
afterAll(() => fixture?.close())

const openSession = (client: Client, identifier: string) =>
  client.ok('PUT', `/v1/sessions/${identifier}`, { configuration: { delegate: { kind: 'pull' } } })

/** A task that has brought so many bytes. */
async function completedTask(client: Client, bytes: number): Promise<void> {
  await openSession(client, 'used')
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  fixture.origin.serve('/used', { bytes })
  const url = `${fixture.origin.url}/used`
  const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/used/tasks', { url })
  const isThere = async () => (await client.ok<{ state: string }>('GET', `/v1/tasks/${id}`)).state === 'completed'
  await eventually('the task has completed', isThere, { withinMs })
}

const statusBy = async (key: string) =>
  (await fetch(`${fixture.api.url}/v1/sign-in`, { headers: { authorization: `Bearer ${key}` } })).status

/** The key that the page shows this once. */
async function shownKey(page: Page): Promise<string> {
  const key = await page.locator('[data-secret]').innerText()
  expect(key).toMatch(/^bh_/)
  return key
}

describe('keys in the dashboard', () => {
  test('a key is made and shown once, its command works, it is replaced, and revoked', async () => {
    const { key } = await newTenant(fixture.api.url, 'makes keys')
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.getByRole('link', { name: 'Keys' }).click()
    const own = page.getByRole('listitem').filter({ hasText: 'first key' })
    await own.getByText('you are signed in with it').waitFor()
    await page.getByRole('button', { name: 'Create a key' }).click()
    const form = page.getByRole('form', { name: 'A new key' })
    await form.getByLabel('Name').fill(hostileName)
    await form.getByLabel('write:').check()
    await form.getByLabel('It ends').selectOption('in 30 days')
    await form.getByRole('button', { name: 'Create it' }).click()
    const made = await shownKey(page)
    const { stdout } = await promisify(execFile)('bash', ['-c', await page.locator('pre').innerText()])
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'key', scopes: ['read', 'write'] })
    await page.getByRole('button', { name: 'I have it' }).click()
    expect(await page.content()).not.toContain(made)

    const row = page.getByRole('listitem').filter({ hasText: '<script>' })
    await row.getByText('in 29 d').waitFor()
    await row.getByRole('button', { name: 'Replace' }).click()
    await row.getByLabel('The old key goes on').selectOption('for an hour')
    await row.getByRole('button', { name: 'Replace this key' }).click()
    const second = await shownKey(page)
    expect([await statusBy(made), await statusBy(second)]).toEqual([200, 200])
    await page.getByRole('button', { name: 'I have it' }).click()
    const old = row.filter({ hasText: 'replaced, still works' })
    await old.getByText(/in (59 min|1 h)/).waitFor()

    const successor = row.filter({ hasNotText: 'replaced' })
    await successor.getByRole('button', { name: 'Revoke' }).click()
    await successor.getByText('cannot be taken back').waitFor()
    expect(await statusBy(second)).toBe(200)
    await successor.getByRole('button', { name: 'Revoke this key' }).click()
    await page.getByRole('button', { name: 'Show 1 that ended' }).click()
    await page.getByText('revoked', { exact: true }).waitFor()
    expect([await statusBy(made), await statusBy(second)]).toEqual([200, 401])
    expect(new URL(page.url()).search).toBe('?ended=shown')
    expect(await page.title()).not.toBe('taken')
    expectQuiet(watched)
    await context.close()
  })

  test('the last key that manages keys is not revoked, and the page says why', async () => {
    const { key } = await newTenant(fixture.api.url, 'one key')
    const { page, context } = await fixture.signedIn(key)
    await page.goto('/keys')
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('you are signed out').waitFor()
    await page.getByRole('button', { name: 'Revoke this key' }).click()
    await page.getByRole('alert').getByText('nobody but an operator').waitFor()
    expect(await statusBy(key)).toBe(200)
    await context.close()
  })

  test('a key without a scope sees no link to what needs it, and is told which one is missing', async () => {
    const { client } = await newTenant(fixture.api.url, 'few scopes')
    const { apiKey } = await client.ok<{ apiKey: string }>('POST', '/v1/api-keys', { name: 'reads', scopes: ['read'] })
    const watched = await fixture.signedIn(apiKey)
    const { page, context } = watched
    await page.getByRole('link', { name: 'Usage' }).waitFor()
    expect(await page.getByRole('link', { name: 'Keys' }).count()).toBe(0)
    expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0)
    await page.goto('/keys')
    await page.getByText('does not have the scope admin').waitFor()
    expectQuiet(watched)
    await context.close()
  })
})

describe('usage and audit in the dashboard', () => {
  test('what was used is plotted in the range of the address, beside the limits, and saved as CSV', async () => {
    const { client, key, tenantId } = await newTenant(fixture.api.url, 'uses')
    const operator = createClient(fixture.api.url, operatorToken)
    await operator.ok('PATCH', `/v1/admin/tenants/${tenantId}`, {
      limits: { maximumSessions: 4, maximumStreams: null },
    })
    await completedTask(client, 5_000)
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/usage?range=24h')
    await page.getByRole('img', { name: /^Files: at most 1 \(/ }).waitFor()
    await page.getByRole('img', { name: /^Received: at most 4.9 KiB/ }).waitFor()
    await page.getByRole('img', { name: 'Sent: nothing' }).waitFor()
    await page.getByText('1 of 4').waitFor()
    const streams = page.getByRole('listitem').filter({ hasText: 'Streams' })
    await streams.getByText('no limit').waitFor()
    await page.getByRole('button', { name: 'by days' }).click()
    await page.getByRole('button', { name: '7 days' }).click()
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ range: '7d', step: 'day' })
    await page.getByText('whole days, UTC').waitFor()
    await page.getByRole('img', { name: /^Files: at most 1 \(\d+ \w+\)/ }).waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('usage-7d-by-day.csv')
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n')
    expect(lines[0]).toMatch(/^at,tasksCreated,tasksCompleted,/)
    expect(lines).toHaveLength(9)
    expect(lines.at(-1)).toMatch(/^\d{4}-\d\d-\d\dT00:00:00\.000Z,1,1,0,0,5000,0,/)
    expectQuiet(watched)
    await context.close()
  })

  test('the audit says who changed what, is narrowed by what is chosen, and goes on page by page', async () => {
    const { client, key } = await newTenant(fixture.api.url, 'is audited')
    for (let n = 0; n < 102; n++) await openSession(client, `session-${n}`)
    const { key: named } = await client.ok<{ key: { id: string } }>('POST', '/v1/api-keys', {
      name: hostileName,
      scopes: ['read'],
    })
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.getByRole('link', { name: 'Audit' }).click()
    const first = page.getByRole('row').filter({ hasText: 'createApiKey' })
    await first.getByText(named.id).waitFor()
    await first.getByRole('button', { name: 'first key' }).waitFor()
    await first.getByText('127.0.0.1').waitFor()
    expect(await page.getByRole('row').count()).toBe(101)
    await page.getByRole('button', { name: 'Older ones' }).click()
    await page.getByRole('row').filter({ hasText: 'createTenant' }).getByText('an operator').waitFor()
    await first.getByRole('button', { name: 'createApiKey' }).click()
    await eventually('the rest is gone', async () => (await page.getByRole('row').count()) === 2, { withinMs })
    expect(new URL(page.url()).search).toBe('?action=createApiKey')
    await page.getByLabel('Since').fill('2100-01-01T00:00')
    await page.getByText('Nothing fits.').waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)(
    'keys, usage and audit are accessible and no wider than the screen, %s at %i px',
    async (theme, width) => {
      const { client, key } = await newTenant(fixture.api.url, `accessible ${theme}`)
      await completedTask(client, 100_000)
      const created = await client.ok<{ key: { id: string } }>('POST', '/v1/api-keys', {
        name: hostileName.repeat(2).slice(0, 200),
        scopes: ['read', 'write'],
      })
      await client.ok('DELETE', `/v1/api-keys/${created.key.id}`)
      const watched = await fixture.signedIn(key, { theme, width })
      await expectAccessible(watched, ['/keys?ended=shown', '/usage?range=24h', '/usage?range=365d', '/audit'])
      expectQuiet(watched)
      await watched.context.close()
    },
  )
})
