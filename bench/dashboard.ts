/**
 * The dashboard in Chromium: the first paint on the standalone, the scripts of the first screen, frames a second while 10,000 events
 * come in ten seconds to a page with a thousand tasks that run, and the memory of the tab over as many events as an hour has. Ends by itself.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '#support/assertions/eventually.ts'
import { openBrowser } from '#support/client/browser.ts'
import { newTenant, startStandalone } from '#support/processes/service.ts'
import { runMeasure } from './closing.ts'
import { startFeed } from './dashboard-feed.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    hour: { type: 'string', default: '360000' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log('Usage: node bench/dashboard.ts [--seconds 10] [--hour 360000]\n--hour: how many events an hour has')
  process.exit(0)
}
const seconds = Math.min(Number(values.seconds), 60)
const hourEvents = Math.min(Number(values.hour), 2_000_000)
const eventsPerSecond = 1_000
/** An hour in this many parts, with the heap behind each. */
const parts = 6
const partSeconds = 15
const running = 1_000
const tasksOfAnHour = 20_000
const runs = 5
const most = { paintMs: 1_000, scriptBytes: 180_000, heapGrowth: 1.1 }
const leastFrames = 30

await runMeasure('dashboard', async ({ folder, closes }) => {
  const browser = await openBrowser()
  closes(() => browser.close())
  const service = await startStandalone(`${folder}/data`, { OPERATIONS_PORT: '0' })
  closes(() => service.end('SIGTERM'))
  const { client, key } = await newTenant(service.url)
  await client.ok('PUT', '/v1/sessions/bench', { configuration: { delegate: { kind: 'pull' } } })
  const given = Array.from({ length: running }, (_, n) => ({ url: `https://example.com/file-${n}`, suspended: true }))
  const { tasks } = await client.ok<{ tasks: { id: string }[] }>('POST', '/v1/sessions/bench/tasks/batch', {
    tasks: given,
  })
  const first = await measureFirstScreen(browser, service.url, key)
  console.log(`first contentful paint ${first.paintMs.toFixed(0)} ms, median of ${runs} (at most ${most.paintMs})`)
  console.log(
    `scripts of the first screen ${(first.scriptBytes / 1000).toFixed(1)} kB by gzip (at most ${most.scriptBytes / 1000})`,
  )

  const feed = await startFeed(service.url, 'running')
  closes(() => feed.close())
  const page = await signedIn(browser, feed.url, key)
  await page.goto('/tasks')
  await page.getByRole('cell').getByText('running', { exact: true }).first().waitFor()
  await sleep(2_000)
  const idle = await frames(page, () => sleep(2_000))
  const busy = await frames(page, () => feed.tell(seconds * eventsPerSecond, seconds, messageOf(tasks)))
  // The last that was told is what is shown: nothing has been left behind.
  await feed.tell(1, 1, () => progressOf(tasks.at(-1)!.id, 0.77))
  await eventually('the page shows what was told last', () => page.getByText(/^77 %/).isVisible())
  console.log(
    `${seconds * eventsPerSecond} events in ${busy.seconds.toFixed(1)} s over ${running} running tasks: ${busy.perSecond.toFixed(0)} frames a second, ` +
      `${busy.worst} in the worst second (at least ${leastFrames}); ${idle.perSecond.toFixed(0)} at rest`,
  )

  const heap = [await heapOf(page)]
  for (let part = 0; part < parts; part++) {
    const count = Math.ceil(hourEvents / parts)
    await feed.tell(count, partSeconds, (n) => messageOf(tasks)(part * count + n))
    await sleep(1_500)
    heap.push(await heapOf(page))
  }
  const MiB = heap.map((bytes) => (bytes / 1024 / 1024).toFixed(1))
  console.log(
    `${hourEvents} events of an hour: heap ${MiB.join(', ')} MiB (the end at most ${most.heapGrowth} x the first sixth)`,
  )
  return (
    first.paintMs <= most.paintMs &&
    first.scriptBytes <= most.scriptBytes &&
    busy.perSecond >= leastFrames &&
    heap.at(-1)! <= most.heapGrowth * heap[1]!
  )
})

async function signedIn(browser: Browser, url: string, key: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  await page.goto('/')
  await page.getByLabel('Key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  return page
}

/** With nothing in the browser's cache, each time. */
async function measureFirstScreen(browser: Browser, url: string, key: string) {
  const paints: number[] = []
  let scriptBytes = 0
  const cookies = await (await signedIn(browser, url, key)).context().cookies()
  for (let n = 0; n < runs; n++) {
    const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 900 } })
    await context.addCookies(cookies)
    const page = await context.newPage()
    await page.goto('/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    const paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    paints.push(await eventually('it was painted', () => page.evaluate<number>(paint)))
    await page.waitForLoadState('networkidle').catch(() => {})
    scriptBytes = await page.evaluate<number>(
      "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)",
    )
    await context.close()
  }
  return { paintMs: paints.sort((a, b) => a - b)[Math.floor(runs / 2)]!, scriptBytes }
}

function messageOf(tasks: readonly { id: string }[]) {
  return (n: number) => {
    // A tenth tells of states; of tasks that come and go in an hour, most are not on the page.
    const id = n % 2 === 0 ? tasks[n % tasks.length]!.id : `tsk_${String(n % tasksOfAnHour).padStart(26, '0')}`
    if (n % 10 === 9) return { type: 'task.state', data: { taskId: id, sessionIdentifier: 'bench', state: 'running' } }
    return progressOf(id, (n % 997) / 997)
  }
}

function progressOf(taskId: string, fractionCompleted: number) {
  const countOfBytesExpectedToReceive = 100_000_000
  const progress = {
    countOfBytesReceived: Math.floor(fractionCompleted * countOfBytesExpectedToReceive),
    ...{ countOfBytesExpectedToReceive, fractionCompleted, bytesPerSecond: 1_234_567, estimatedSecondsRemaining: 12 },
  }
  return { type: 'task.progress', data: { taskId, sessionIdentifier: 'bench', progress } }
}

/** How many frames the page painted meanwhile. */
async function frames(page: Page, meanwhile: () => Promise<unknown>) {
  await page.evaluate(
    'window.framesAt = []; (function next(at) { window.framesAt.push(at); window.counting = requestAnimationFrame(next) })(performance.now())',
  )
  await meanwhile()
  const at = await page.evaluate<number[]>('cancelAnimationFrame(window.counting); window.framesAt')
  const took = (at.at(-1)! - at[0]!) / 1000
  const bySecond = Array.from({ length: Math.floor(took) }, (_, second) => {
    const from = at[0]! + second * 1000
    return at.filter((each) => each >= from && each < from + 1000).length
  })
  return { perSecond: at.length / took, worst: Math.min(...bySecond), seconds: took }
}

/** In use by scripts, behind a collection. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.enable')
  await session.send('HeapProfiler.collectGarbage')
  await session.send('Performance.enable')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.detach()
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value
}
