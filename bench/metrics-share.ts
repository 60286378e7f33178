/**
 * What metrics cost, measured inside the process that has them: the CPU of two processes differs by a tenth from run to run, which no
 * number of runs brings below a limit of a fiftieth.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuOf } from './resource-usage.ts'

const scrapes = 200
const restMs = 20_000

/** Milliseconds that a process has spent in calls of its metrics so far: see time-metrics.ts, whose folder this is. */
export async function callsOf(pid: number, folder: string): Promise<number> {
  return Number(await readFile(join(folder, `${pid}`), 'utf8'))
}

/** CPU milliseconds of one scrape of a process at rest. */
export async function scrapeCost(pid: number, url: string): Promise<number> {
  const beganAt = performance.now()
  const before = cpuOf(pid)
  for (let n = 0; n < scrapes; n++) await (await fetch(`${url}/metrics`)).text()
  const [used, seconds] = [(cpuOf(pid) - before) * 1000, (performance.now() - beganAt) / 1000]
  const rest = (await restCost(pid)) * seconds
  return Math.max(0, used - rest) / scrapes
}

/** CPU milliseconds a second of a process at rest. */
export async function restCost(pid: number): Promise<number> {
  const before = cpuOf(pid)
  await sleep(restMs)
  return ((cpuOf(pid) - before) * 1000) / (restMs / 1000)
}
