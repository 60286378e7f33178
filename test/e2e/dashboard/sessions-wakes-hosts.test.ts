import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import {
  type DashboardFixture,
  expectAccessible,
  expectQuiet,
  hostileName,
  openDashboardFixture,
} from '#support/client/dashboard.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'

const withinMs = 60_000

let fixture: DashboardFixture
let receiver: Receiver
let busy: Origin
beforeAll(async () => {
  fixture = await openDashboardFixture()
  receiver = await startReceiver()
  busy = await startOrigin()
})
afterAll(async () => {
  await fixture?.close()
  await receiver?.close()
  await busy?.close()
})

interface Woken {
  client: Client
  key: string
  wakeId: string
}

/** A tenant whose session was woken, and has a task that waits out the delay; and one that goes to a host that asked for time. */
async function wokenTenant(name: string): Promise<Woken> {
  const { client, key } = await newTenant(fixture.api.url, name)
  const create = (session: string, url: string, more: object = {}) =>
    client.ok<{ id: string }>('POST', `/v1/sessions/${session}/tasks`, { url, ...more })
  const configuration = { delegate: { url: receiver.url }, wakeCompletion: 'explicit', fileRetention: 'permanent' }
  await client.ok('PUT', '/v1/sessions/nightly-mirror', { configuration })
  await client.ok('PUT', '/v1/sessions/other', { configuration: { delegate: { kind: 'pull' } } })
  await create('nightly-mirror', fixture.origin.serve('/told', { bytes: 1000 }), { taskDescription: hostileName })
  const wake = await eventually(
    'the client is woken',
    async () => (await client.ok<{ data: { id: string }[] }>('GET', '/v1/wakes')).data[0],
    { withinMs },
  )
  await create('nightly-mirror', fixture.origin.serve('/gated', { bytes: 1000 }))
  const refusing = busy.serve('/busy', {
    bytes: 0,
    respond: (_request, response) => void response.writeHead(503, { 'retry-after': '600' }).end(),
  })
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 5 })
  await create('other', refusing)
  await create('other', refusing)
  const rests = async () => (await client.ok<{ data: unknown[] }>('GET', '/v1/hosts?healthy=false')).data.length === 1
  await eventually('the host rests', rests, { withinMs })
  return { client, key, wakeId: wake.id }
}

describe('sessions, wakes and hosts in a browser', () => {
  test('a session is found, says why its tasks wait and what was chosen for it, and is ended', async () => {
    const { key } = await wokenTenant('sessions')
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.getByRole('link', { name: 'Sessions' }).click()
    await page.getByRole('link', { name: 'other', exact: true }).waitFor()
    await page.getByLabel('Begins with').fill('night')
    await page.getByRole('link', { name: 'other', exact: true }).waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('?name=night')
    await page.getByRole('link', { name: 'nightly-mirror', exact: true }).click()
    await page.getByRole('heading', { name: 'nightly-mirror' }).waitFor()
    expect(await page.locator('[data-setting="wakeCompletion"]').innerText()).toContain('default: by a 2xx')
    expect(await page.locator('[data-setting="isDiscretionary"]').innerText()).not.toContain('default:')
    const compared = page.getByRole('textbox', { name: 'Configuration as JSON' })
    await compared.fill(
      JSON.stringify({
        configuration: {
          delegate: { url: receiver.url },
          wakeCompletion: 'explicit',
          [hostileName]: 1,
        },
      }),
    )
    await page.getByText('1 field differs: it would be refused.').waitFor()
    await page.getByRole('cell', { name: 'fileRetention' }).waitFor()
    await page.getByText('is no setting.').waitFor()
    expect(await page.title()).toBe('nightly-mirror · Backhaul')
    await page.getByRole('link', { name: /^\d completed/ }).waitFor()
    await page.getByRole('button', { name: 'Cancel all' }).click()
    await page.getByRole('button', { name: 'Cancel all this session' }).click()
    await page.getByText('It takes no new tasks, and ends with the last one.').waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test("a session's tasks that wait for the limiter are one click away", async () => {
    const { client, key } = await wokenTenant('limiter')
    const later = { earliestBeginDate: new Date(Date.now() + 86_400_000).toISOString() }
    await client.ok('POST', '/v1/sessions/other/tasks', { url: `${fixture.origin.url}/told`, ...later })
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/sessions/other')
    const reason = page.getByRole('link', { name: 'not before its begin date' })
    expect(await reason.getAttribute('href')).toBe('/tasks?session=other&waitingFor=earliestBeginDate')
    expectQuiet(watched)
    await context.close()
  })

  test('a wake stands in the past of the limiter, opens to what it delivered, and is completed', async () => {
    const { key, wakeId } = await wokenTenant('wakes')
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.getByRole('link', { name: 'Wake limiter' }).click()
    await page.getByRole('link', { name: /^Wake of nightly-mirror/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: wakeId }).waitFor()
    await page.getByRole('link', { name: 'session.wake', exact: true }).waitFor()
    await page.getByRole('link', { name: 'task.completed' }).first().waitFor()
    await page.getByRole('button', { name: 'Extend' }).click()
    await page.getByRole('button', { name: 'Extend this wake' }).click()
    await page.getByRole('button', { name: 'Extend this wake' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Complete' }).click()
    await page.getByRole('button', { name: 'Complete this wake' }).click()
    await page.getByText('completed', { exact: true }).waitFor()
    await page.goto('/wakes?state=completed&session=nightly-mirror')
    await page.getByRole('link', { name: 'nightly-mirror' }).waitFor()
    await page.goto('/wakes?state=expired')
    await page.getByText('No wake fits.').waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('a pattern is chosen, compared, and drawn by mouse and by keyboard', async () => {
    const { key } = await newTenant(fixture.api.url, 'simulates')
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.goto('/limiter')
    await page.getByText('There was no wake yet').waitFor()
    await page.getByText(/^8 tasks in .*, with 8 wakes;/).waitFor()
    await page.getByText('Handed over at once, the same tasks need 7 fewer wakes.').waitFor()
    const tasks = page.getByRole('spinbutton', { name: 'Tasks' })
    await tasks.fill('12')
    await page.getByText(/^12 tasks in .*, with 12 wakes;/).waitFor()
    await tasks.fill('99')
    await tasks.blur()
    expect(await tasks.inputValue()).toBe('12')
    await page.getByRole('link', { name: 'Wake limiter' }).click()
    await page.getByText(/^8 tasks in .*, with 8 wakes;/).waitFor()
    expect(await tasks.inputValue()).toBe('8')
    await page.getByRole('group', { name: 'Pattern' }).getByRole('button', { name: 'Batch' }).click()
    await page.getByText(/^8 tasks in 11 s, with 1 wake;/).waitFor()
    await page.getByRole('group', { name: 'Pattern' }).getByRole('button', { name: 'Drawn' }).click()
    await page.getByText(/^3 tasks in .* with 2 wakes;/).waitFor()
    const line = page.locator('[data-time-line]')
    const { width } = (await line.boundingBox())!
    await line.click({ position: { x: width / 2, y: 20 } })
    await page.getByText(/^4 tasks in .* with 3 wakes;/).waitFor()
    const marks = page.getByRole('slider', { name: 'Tasks on the time line' })
    await marks.nth(1).dragTo(line, { targetPosition: { x: width / 4, y: 40 } })
    expect(Number(await marks.nth(1).getAttribute('aria-valuenow'))).toBeGreaterThan(130)
    await marks.nth(1).focus()
    await page.keyboard.press('ArrowUp')
    await page.getByText(/^5 tasks in /).waitFor()
    await page.keyboard.press('Delete')
    await page.getByText(/^3 tasks in .* with 2 wakes;/).waitFor()
    expect(new URL(page.url()).searchParams.get('drawn')).toMatch(/^0x2x11,(29\d|30\d)x1x11$/)
    await page.reload()
    await page.getByText(/^3 tasks in .* with 2 wakes;/).waitFor()
    expectQuiet(watched)
    await context.close()
  })

  test('the host that rests comes first, with why and until when, and the others open to how their tasks went', async () => {
    const { key } = await wokenTenant('hosts')
    const watched = await fixture.signedIn(key)
    const { page, context } = watched
    await page.getByRole('link', { name: 'Hosts' }).click()
    const host = new URL(busy.url).host
    const trouble = page.getByRole('region', { name: 'Hosts in trouble' })
    await trouble.getByRole('heading', { name: host }).waitFor()
    await trouble.getByText('503 with Retry-After: 600 s').waitFor()
    await trouble.getByText(/^over in /).waitFor()
    expect(await trouble.getByRole('link', { name: 'its tasks' }).getAttribute('href')).toBe(
      `/tasks?host=${encodeURIComponent(host)}`,
    )
    const well = new URL(fixture.origin.url).host
    await page.getByRole('button', { name: well }).click()
    await page.getByRole('list', { name: `The newest tasks for ${well}` }).waitFor()
    expect(new URL(page.url()).searchParams.get('open')).toBe(well)
    expectQuiet(watched)
    await context.close()
  })

  test.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)('every page is accessible and no wider than the screen, %s at %i px', async (theme, width) => {
    const { key, wakeId } = await wokenTenant(`accessible ${theme}`)
    const watched = await fixture.signedIn(key, { theme, width })
    await expectAccessible(watched, [
      '/sessions',
      '/sessions/nightly-mirror',
      '/wakes',
      `/wakes/${wakeId}`,
      '/limiter',
      '/limiter?pattern=drawn',
      `/hosts?open=${encodeURIComponent(new URL(fixture.origin.url).host)}`,
    ])
    expectQuiet(watched)
    await watched.context.close()
  })
})
