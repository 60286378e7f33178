/** Runs a Node program of this repository as a child that reports its own resource usage. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ResourceUsage } from './resource-usage.ts'

interface OwnReport extends ResourceUsage {
  /** CPU seconds of the start-up, which a worker pays once and not per file. Not included in `cpuSeconds`. */
  startCpuSeconds: number
}

/** In the child: runs the work and prints its resource usage. The peak is the whole process's. */
export async function reportWork(work: () => Promise<void>): Promise<void> {
  const { user, system } = process.cpuUsage()
  const from = performance.now()
  await work()
  const usage = process.cpuUsage({ user, system })
  const report: OwnReport = {
    wallSeconds: (performance.now() - from) / 1000,
    cpuSeconds: (usage.user + usage.system) / 1e6,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    startCpuSeconds: (user + system) / 1e6,
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

/** In the child: its arguments. */
export function givenInput<Input>(): Input {
  return JSON.parse(process.argv[2]!) as Input
}

export async function measureOwn(script: string, input: unknown, env: Record<string, string>): Promise<OwnReport> {
  const { PATH = '', HOME = '' } = process.env
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [path, JSON.stringify(input)], { env: { PATH, HOME, ...env } })
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${script} ended with ${code}\n${errors}`)
  return JSON.parse(output) as OwnReport
}
