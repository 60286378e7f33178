/**
 * The load of small files on two services that differ in one thing, in turn: off, on, off, on. Both run all the time, each on a database
 * of its own, so that none is ever cold; only CPU during its own runs is charged to each. CPU of short runs differs by a tenth and more
 * while other work runs on the machine: run it alone.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '#core/database/database.ts'
import { operationsOf } from '#support/processes/service.ts'
import { freePort } from '#support/servers/free-port.ts'
import { callsOf, restCost, scrapeCost } from './metrics-share.ts'
import { cpuOf } from './resource-usage.ts'
import { startServers, startService } from './service-fixture.ts'
import { type Load, loadFiles } from './small-files-load.ts'

const loadedBefore = (file: string) => ({ NODE_OPTIONS: `--import=${new URL(file, import.meta.url)}` })

/** What is compared, and by how much CPU it may cost more. */
const subjects = {
  traces: { maximum: 1.05, env: { off: {}, on: {} } },
  metrics: { maximum: 1.02, env: { off: loadedBefore('without-metrics.ts'), on: loadedBefore('time-metrics.ts') } },
}
export type Subject = keyof typeof subjects
type Mode = 'off' | 'on'

interface Measured {
  told: number
  /** CPU milliseconds a file. */
  api: number
  worker: number
  /** Of them in calls of metrics, of both together; 0 where they are not timed. */
  calls: number
  /** Of the run: spans or scrapes. */
  seen: number
}

export interface Comparison {
  subject: Subject
  folder: string
  /** Of both services. */
  env: Record<string, string>
  load: Load
  runs: number
}

/** The last spans of a run are sent within this time after it. Both modes wait, and it is charged to both. */
const afterMs = 2_000
/** Sooner than the default of 5 s: short runs follow each other. */
const sendEveryMs = '1000'
const scrapeEveryMs = 5_000

/** Prints what each mode costs; throws when nothing was traced or scraped. Returns whether the cost is within the maximum. */
export async function compare({ subject, folder, env, load, runs }: Comparison): Promise<boolean> {
  const stops: (() => unknown)[] = []
  try {
    const servers = await startServers(folder)
    stops.push(servers.close)
    const counter = await startSpanCounter()
    stops.push(counter.close)
    const tracesTo =
      subject === 'traces' ? { OTEL_EXPORTER_OTLP_ENDPOINT: counter.url, OTEL_BSP_SCHEDULE_DELAY: sendEveryMs } : {}
    const open = async (mode: Mode, more: Record<string, string>) => {
      const port = await freePort()
      const service = await startService(servers, folder, { ...env, OPERATIONS_PORT: `${port}`, ...more })
      stops.push(service.close)
      const worker = await service.startWorker({ OPERATIONS_PORT: '0' })
      const database = openDatabase(service.databaseUrl)
      stops.push(database.close)
      const pids = { api: service.pids().find((pid) => pid !== worker.child.pid)!, worker: worker.child.pid! }
      const operations = [`http://127.0.0.1:${port}`, await operationsOf(worker)]
      return { mode, url: service.url, database, operations, pids, measured: [] as Measured[] }
    }
    const off = await open('off', subjects[subject].env.off)
    const timesFolder = await mkdtemp(join(folder, 'times-'))
    const on = await open('on', { ...subjects[subject].env.on, METRICS_TIMES: timesFolder, ...tracesTo })
    // The first runs compile the code, and count for nothing.
    for (let run = 0; run <= runs; run++)
      for (const side of [off, on]) {
        const measured = await measure(side, `${side.mode}-${run}`)
        console.log(`${run === 0 ? 'warm-up' : `run ${run}`} ${line(side.mode, measured)}`)
        if (run > 0) side.measured.push(measured)
      }
    const [without, withIt] = [summary(off.measured), summary(on.measured)]
    console.log(`${load.urls.length} files, medians of ${runs}`)
    for (const [mode, one] of [
      ['off', without],
      ['on', withIt],
    ] as const)
      console.log(line(mode, one))
    const { maximum } = subjects[subject]
    const medians = [withIt.api / without.api, withIt.worker / without.worker].map((each) => each.toFixed(3))
    console.log(`CPU on/off of the medians: API ${medians[0]}, worker ${medians[1]}`)
    const cheapest = least(on.measured) / least(off.measured)
    console.log(`CPU on/off of the cheapest runs, both together: ${cheapest.toFixed(3)}`)
    if (on.measured.some(({ seen }) => seen === 0)) throw new Error(`nothing came of the ${subject}`)
    const ratio = subject === 'metrics' ? await insideRatio(withIt) : cheapest
    console.log(`decided by: ${ratio.toFixed(3)} (at most ${maximum})`)
    return ratio <= maximum

    /** With metrics against without them, from the inside: calls, scrapes, and what is measured all the time. */
    async function insideRatio({ told, api, worker, calls }: Measured): Promise<number> {
      const pids = [on.pids.api, on.pids.worker]
      const scraped: number[] = []
      for (const [n, pid] of pids.entries()) scraped.push(await scrapeCost(pid, on.operations[n]!))
      const atRest: number[] = []
      for (const { pids } of [on, off]) atRest.push((await restCost(pids.api)) + (await restCost(pids.worker)))
      const scrapes = (sum(scraped) * 1000) / scrapeEveryMs / told
      const watching = Math.max(0, atRest[0]! - atRest[1]!) / told
      console.log(
        `CPU ms a file: calls ${calls.toFixed(4)}, scrapes ${scrapes.toFixed(4)} (${scraped.map((ms) => ms.toFixed(1)).join(' and ')} ms each), at rest ${watching.toFixed(4)} more`,
      )
      const cost = calls + scrapes + watching
      return (api + worker) / (api + worker - cost)
    }

    async function measure(
      { mode, url, database, operations, pids }: Awaited<ReturnType<typeof open>>,
      name: string,
    ): Promise<Measured> {
      const timed = subject === 'metrics' && mode === 'on'
      const scraping = timed ? startScraping(operations) : null
      const spansBefore = await counter.spans()
      const callsSoFar = async () =>
        timed ? sum(await Promise.all(Object.values(pids).map((pid) => callsOf(pid, timesFolder)))) : 0
      const [before, callsBefore] = [{ api: cpuOf(pids.api), worker: cpuOf(pids.worker) }, await callsSoFar()]
      const { told } = await loadFiles({ url, database }, load, name)
      await sleep(afterMs)
      const cpu = (of: 'api' | 'worker') => ((cpuOf(pids[of]) - before[of]) * 1000) / load.urls.length
      const [api, worked] = [cpu('api'), cpu('worker')]
      const seen = scraping ? await scraping.end() : (await counter.spans()) - spansBefore
      const calls = ((await callsSoFar()) - callsBefore) / load.urls.length
      return { told, api, worker: worked, calls, seen }
    }
  } finally {
    for (const stop of stops.toReversed()) await stop()
  }

  function line(mode: Mode, { told, api, worker, seen }: Measured): string {
    const what = subject === 'traces' ? `${(seen / load.urls.length).toFixed(1)} spans a file` : `${seen} scrapes`
    return `${subject} ${mode.padEnd(3)} ${told.toFixed(0).padStart(5)} files/s   CPU ms a file: API ${api.toFixed(3)}, worker ${worker.toFixed(3)}   ${what}`
  }
}

/** `GET /metrics` of each, every 5 s, the first at once. `end` resolves with how many were answered. */
function startScraping(operations: readonly string[]) {
  const over = new AbortController()
  const scraping = (async () => {
    let scrapes = 0
    while (!over.signal.aborted) {
      for (const url of operations) {
        const response = await fetch(`${url}/metrics`)
        if (response.ok && (await response.text()).includes('backhaul_claimed_tasks_total')) scrapes += 1
      }
      await sleep(scrapeEveryMs, undefined, { signal: over.signal }).catch(() => {})
    }
    return scrapes
  })()
  return {
    end() {
      over.abort()
      return scraping
    },
  }
}

async function startSpanCounter() {
  const child = fork('bench/span-counter.ts', { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const [chunk] = await once(child.stdout!, 'data')
  const url = `${chunk}`.trim()
  return {
    url,
    spans: async () => Number(await (await fetch(url)).text()),
    async close() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/** CPU of API and worker in the cheapest run: what disturbs a run only ever adds to it. */
function least(measured: readonly Measured[]): number {
  return Math.min(...measured.map(({ api, worker }) => api + worker))
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)

function summary(measured: readonly Measured[]): Measured {
  const median = (of: keyof Measured) => {
    const sorted = measured.map((one) => one[of]).toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)]!
  }
  return {
    told: median('told'),
    api: median('api'),
    worker: median('worker'),
    calls: median('calls'),
    seen: median('seen'),
  }
}
