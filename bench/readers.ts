/**
 * What dashboards that are open cost a worker: its CPU for each task, while ten readers follow it, and while none does, in turn. What a
 * reader asks for, and how often, is heard from Chromium first, and repeated without it, because ten tabs would want both cores for
 * themselves. API and worker are processes of their own. Linux, loopback only; ends by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Browser, Request } from 'playwright-core'
import { Backhaul } from '#sdk/index.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { openBrowser } from '#support/client/browser.ts'
import type { Client } from '#support/client/client.ts'
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
const heardMs = 4_000
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
  const backhaul = new Backhaul({ apiKey: key, baseUrl: service.url })
  const whileRead = async (seen: readonly Asked[][]): Promise<number> => {
    const over = new AbortController()
    const reading = Array.from({ length: readers }, (_, n) =>
      readAs(backhaul, client, seen[n % seen.length]!, over.signal),
    )
    const cpu = await work()
    over.abort()
    const counts = await Promise.all(reading)
    if (counts.some(({ events }) => events === 0)) throw new Error('a reader has heard nothing')
    asked += counts.reduce((sum, { requests }) => sum + requests, 0)
    return cpu
  }
  let asked = 0
  const browser = await openBrowser()
  const [seen] = await Promise.all([hearPages(browser, service.url, key), work()])
  await browser.close()
  const alone: number[] = []
  const read: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const first = turn % 2 === 0
    if (first) alone.push(await work())
    read.push(await whileRead(seen))
    if (!first) alone.push(await work())
  }
  const text = (all: readonly number[]) =>
    `${median(all).toFixed(2)} s (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)})`
  const ratio = median(read) / median(alone)
  console.log(
    `CPU of the worker for 1,000 tasks: ${text(read)} with ${readers} readers, ${text(alone)} with none; ${ratio.toFixed(2)} x (at most ${mostRatio})`,
  )
  console.log(`${(asked / turns / readers / seconds).toFixed(1)} requests a second by each reader, beside its stream`)
  return ratio <= mostRatio
})

/** What a page asks for, and every how many milliseconds. */
interface Asked {
  path: string
  everyMs: number
}

/** Hears each page for some seconds, while tasks come and go. */
async function hearPages(browser: Browser, url: string, key: string): Promise<Asked[][]> {
  const page = await browser.newPage({ baseURL: url })
  await page.goto('/')
  await page.getByLabel('Key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  const seen: Asked[][] = []
  for (const path of pages) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    const counts = new Map<string, number>()
    const hear = (request: Request) => {
      const { pathname, search } = new URL(request.url())
      if (!pathname.startsWith('/v1/') || pathname.endsWith('/stream')) return
      counts.set(pathname + search, (counts.get(pathname + search) ?? 0) + 1)
    }
    page.on('request', hear)
    await sleep(heardMs)
    page.off('request', hear)
    seen.push([...counts].map(([path, count]) => ({ path, everyMs: heardMs / count })))
  }
  return seen
}

/** Asks as the page did, and follows the stream. */
async function readAs(backhaul: Backhaul, client: Client, asked: readonly Asked[], signal: AbortSignal) {
  const counts = { requests: 0, events: 0 }
  const follow = async () => {
    for await (const _ of backhaul.events.stream({ signal })) counts.events++
  }
  const ask = async ({ path, everyMs }: Asked) => {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal })
      await client.ok('GET', path)
      counts.requests++
    }
  }
  for (const result of await Promise.allSettled([follow(), ...asked.map(ask)]))
    if (result.status === 'rejected' && result.reason.name !== 'AbortError') throw result.reason
  return counts
}
