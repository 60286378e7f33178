/** The resource usage of a program: wall time, CPU, peak memory. Linux only. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'

export interface ResourceUsage {
  wallSeconds: number
  /** User and system. */
  cpuSeconds: number
  /** Resident; of several processes at once, the sum of their peaks. */
  peakBytes: number
}

const peakEveryMs = 20

/** Runs a line of bash with only PATH and HOME of the environment. Throws with its output when it fails. */
export async function measureCommand(line: string, env: Record<string, string> = {}): Promise<ResourceUsage> {
  const { PATH = '', HOME = '' } = process.env
  // bash's `times` has what getrusage(2) says of all children that were waited for, a pipeline's and theirs too.
  const script = `set -o pipefail\n${line}\nstatus=$?\ntimes >&3\nexit $status`
  const from = performance.now()
  const shell = spawn('bash', ['-c', script], {
    env: { PATH, HOME, LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const texts = ['', '', '', '']
  for (const n of [1, 2, 3])
    shell.stdio[n]!.on('data', (chunk: Buffer) => (texts[n] = `${texts[n]}${chunk}`.slice(-4000)))
  const peaks = new Map<number, number>()
  const look = () => {
    for (const pid of descendants(shell.pid!)) peaks.set(pid, peakOf(pid) ?? peaks.get(pid) ?? 0)
  }
  const looking = setInterval(look, peakEveryMs)
  const exit = once(shell, 'exit').then(([code]) => ({ code, at: performance.now() }))
  await once(shell, 'close')
  clearInterval(looking)
  const { code, at } = await exit
  if (code !== 0) throw new Error(`exit ${code}: ${line}\n${texts[1]}${texts[2]}`)
  const ofChildren = texts[3]!.split('\n')[1] ?? ''
  const times = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)]
  return {
    wallSeconds: (at - from) / 1000,
    cpuSeconds: times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0),
    peakBytes: [...peaks.values()].reduce((sum, bytes) => sum + bytes, 0),
  }
}

/** The resource usage of running processes during `work`. Resets their peaks first. */
export async function measureProcesses(pids: readonly number[], work: () => Promise<void>): Promise<ResourceUsage> {
  // proc(5): writing 5 to clear_refs makes the peak what is resident now.
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5')
  const cpu = () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
  const [from, before] = [performance.now(), cpu()]
  await work()
  return {
    wallSeconds: (performance.now() - from) / 1000,
    cpuSeconds: cpu() - before,
    peakBytes: pids.reduce((sum, pid) => sum + (peakOf(pid) ?? 0), 0),
  }
}

/** Seconds of a process and of the children it has waited for. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // Behind the name, which may hold anything: utime, stime, cutime and cstime are fields 14 to 17 of proc(5), in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}

/** VmHWM; null when the process is gone. */
export function peakOf(pid: number): number | null {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return found ? Number(found[1]) * 1024 : null
  } catch {
    return null
  }
}

export function descendants(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean)
    return children.map(Number).flatMap((child) => [child, ...descendants(child)])
  } catch {
    return []
  }
}

/**
 * Waits until the machine is nearly idle, so that the after-effects of one run are not charged to the next; false when
 * that is not so after `withinMs`.
 */
export async function quiet(withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs
  while (performance.now() < until) {
    const before = idleShare()
    await new Promise((resolve) => setTimeout(resolve, 500))
    const after = idleShare()
    if ((after.idle - before.idle) / (after.all - before.all) > 0.9) return true
  }
  return false
}

function idleShare(): { idle: number; all: number } {
  const ticks = readFileSync('/proc/stat', 'latin1').split('\n')[0]!.trim().split(/\s+/).slice(1, 9).map(Number)
  return { idle: ticks[3]! + ticks[4]!, all: ticks.reduce((sum, each) => sum + each, 0) }
}
