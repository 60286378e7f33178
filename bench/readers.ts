/**
 * What dashboards that are open cost a worker: its CPU for each task, while ten tabs of Chromium show them live, and while none does, in
 * turn. API and worker are processes of their own. Linux, loopback only; ends by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { eventually } from '#support/assertions/eventually.ts'
import { openBrowser } from '#support/client/browser.ts'
import { newTenant } from '#support/processes/service.ts'
import { runMeasure } from './closing.ts'
import { cpuOf } from './resource-usage.ts'
import { startServers, startService } from './service-fixture.ts'
import { startStaticOrigin } from './static-origin.ts'
import { makeFile, median } from './test-files.ts'

const { values } = parseArgs({
  options: {
    readers: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '30' },
    turns: { type: 'string', default: '4' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log('Usage: node bench/readers.ts [--readers 10] [--seconds 30] [--turns 4]')
  process.exit(0)
}
const readers = Math.min(Number(values.readers), 50)
const seconds = Math.min(Number(values.seconds), 300)
const turns = Math.min(Number(values.turns), 20)
const tasksPerSecond = 20
const fileBytes = 64 * 1024
const mostRatio = 1.05
/** What they show, in turn. */
const pages = ['/', '/tasks', '/wakes', '/hosts', '/events']

await runMeasure('readers', async ({ folder, closes }) => {
  const origin = await startStaticOrigin(folder)
  closes(() => origin.close())
  const { name } = await makeFile(origin.folder, 'file', fileBytes)
  const servers = await startServers(folder)
  closes(() => servers.close())
  const service = await startService(servers, folder, {})
  closes(() => service.close())
  const worker = await service.startWorker()
  const browser = await openBrowser()
  closes(() => browser.close())
  const { client, key } = await newTenant(service.url)
  await client.ok('PUT', '/v1/sessions/bench', { configuration: { delegate: { kind: 'pull' } } })

  /** CPU of the worker for a thousand tasks (s), created at a steady rate. */
  const work = async (): Promise<number> => {
    const before = cpuOf(worker.child.pid!)
    const batch = { tasks: Array.from({ length: tasksPerSecond }, () => ({ url: origin.url(name) })) }
    for (let second = 0; second < seconds; second++)
      await Promise.all([client.ok('POST', '/v1/sessions/bench/tasks/batch', batch), sleep(1000)])
    await eventually('all have ended', async () => {
      const { taskCounts } = await client.ok<{ taskCounts: { waiting: number; running: number } }>(
        'GET',
        '/v1/tasks/summary',
      )
      return taskCounts.waiting + taskCounts.running === 0
    })
    return ((cpuOf(worker.child.pid!) - before) * 1000) / (seconds * tasksPerSecond)
  }
  const whileRead = async (): Promise<number> => {
    // A profile each: a browser has six connections to one service.
    const contexts = await Promise.all(
      Array.from({ length: readers }, () => browser.newContext({ baseURL: service.url })),
    )
    try {
      for (const [n, context] of contexts.entries()) {
        const page = await context.newPage()
        await page.goto('/')
        await page.getByLabel('Key').fill(key)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('button', { name: 'Sign out' }).waitFor()
        await page.goto(pages[n % pages.length]!)
        await page.getByRole('heading', { level: 1 }).waitFor()
      }
      return await work()
    } finally {
      await Promise.all(contexts.map((context) => context.close()))
    }
  }
  await work()
  const alone: number[] = []
  const read: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const first = turn % 2 === 0
    if (first) alone.push(await work())
    read.push(await whileRead())
    if (!first) alone.push(await work())
  }
  const text = (all: readonly number[]) =>
    `${median(all).toFixed(2)} s (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)})`
  const ratio = median(read) / median(alone)
  console.log(
    `CPU of the worker for 1,000 tasks: ${text(read)} with ${readers} readers, ${text(alone)} with none; ${ratio.toFixed(2)} x (at most ${mostRatio})`,
  )
  return ratio <= mostRatio
})
