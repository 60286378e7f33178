/** Two APIs and two workers, which are started again whenever they end, as by a supervisor. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '#support/assertions/eventually.ts'
import { operatorToken, type ServiceProcess, startProcess } from '#support/processes/service.ts'
import { aptInstall } from '#support/servers/apt.ts'
import { freePort } from '#support/servers/free-port.ts'
import type { History } from './history.ts'
import { type ProcessName, processes } from './plan-faults.ts'

export interface Fleet {
  urls: string[]
  /** Sends a signal; a process that ends stays away until `bringBack`. */
  end(name: ProcessName, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  bringBack(name: ProcessName): void
  pause(name: ProcessName): void
  resume(name: ProcessName): void
  /** Null: there is no libfaketime here. */
  setClock: ((name: ProcessName, aheadSeconds: number) => Promise<void>) | null
  /** Resolves when all run. */
  allRun(): Promise<void>
  deaths: History['deaths']
  /** Of every start, in order: which process, and all it has said. */
  outputs(): { process: ProcessName; output: string }[]
  close(): Promise<void>
}

/** The processes whose clocks can be moved. libfaketime reads the file again every second. */
export const skewable: readonly ProcessName[] = ['api-2', 'worker-2']
const libfaketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
const restartMs = 1_000
const lastWordsLength = 2_000

export async function startFleet(folder: string, env: Record<string, string>): Promise<Fleet> {
  if (!existsSync(libfaketime)) await aptInstall(['libfaketime']).catch(() => {})
  const canSkew = existsSync(libfaketime)
  const ports = new Map(await Promise.all(processes.map(async (name) => [name, await freePort()] as const)))
  const all = {
    ADMIN_TOKEN: operatorToken,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    HOST: '127.0.0.1',
    OPERATIONS_PORT: '0',
    ...env,
  }
  const clockFile = (name: ProcessName) => join(folder, `clock-${name}`)
  const clockOf = (name: ProcessName): Record<string, string> =>
    canSkew && skewable.includes(name)
      ? {
          LD_PRELOAD: libfaketime,
          FAKETIME_TIMESTAMP_FILE: clockFile(name),
          FAKETIME_CACHE_DURATION: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        }
      : {}
  for (const name of skewable) await writeFile(clockFile(name), '+0')

  const deaths: History['deaths'] = []
  const members = new Map<ProcessName, { process: ServiceProcess; isReady: boolean; isAway: boolean }>()
  const started: { name: ProcessName; process: ServiceProcess }[] = []
  let closed = false
  const start = (name: ProcessName) => {
    if (closed) return
    const isApi = name.startsWith('api')
    const process = startProcess(`apps/${isApi ? 'api' : 'worker'}/src/main.ts`, {
      ...all,
      ...clockOf(name),
      ...(isApi ? { PORT: String(ports.get(name)) } : {}),
    })
    started.push({ name, process })
    const member = { process, isReady: false, isAway: false }
    members.set(name, member)
    process.child.stdout!.on('data', () => {
      if (!member.isReady) member.isReady = /"msg":"(listening|worker started)"/.test(process.output())
    })
    process.child.once('exit', async (code, signal) => {
      if (closed || member.isAway) return
      // One that starts while its servers are away says so and ends; a supervisor tries again.
      if (member.isReady)
        deaths.push({ process: name, lastWords: `${code ?? signal}: ${process.output().slice(-lastWordsLength)}` })
      await sleep(restartMs)
      if (!closed && !member.isAway) start(name)
    })
  }
  const memberOf = (name: ProcessName) => members.get(name)!
  const allRun = async () => {
    const areReady = () => [...members.values()].every(({ isReady }) => isReady)
    await eventually('all processes run', areReady, { withinMs: 120_000 }).catch((error: Error) => {
      const said = [...members].flatMap(([name, { process, isReady }]) =>
        isReady ? [] : `${name} does not run: ${process.output().slice(-lastWordsLength) || 'it has said nothing'}`,
      )
      throw new Error([error.message, ...said].join('\n'))
    })
  }
  // The first API migrates the database.
  start('api-1')
  await allRun()
  for (const name of processes.slice(1)) start(name)
  return {
    urls: processes.filter((name) => name.startsWith('api')).map((name) => `http://127.0.0.1:${ports.get(name)}`),
    async end(name, signal) {
      const member = memberOf(name)
      member.isAway = true
      const patience = sleep(30_000, 'late' as const, { ref: false })
      if ((await Promise.race([member.process.end(signal), patience])) !== 'late') return
      deaths.push({ process: name, lastWords: `it did not end within 30 s of ${signal}` })
      await member.process.end('SIGKILL')
    },
    bringBack: start,
    pause: (name) => void memberOf(name).process.child.kill('SIGSTOP'),
    resume: (name) => void memberOf(name).process.child.kill('SIGCONT'),
    setClock: canSkew ? (name, aheadSeconds) => writeFile(clockFile(name), sign(aheadSeconds)) : null,
    allRun,
    deaths,
    outputs: () => started.map(({ name, process }) => ({ process: name, output: process.output() })),
    async close() {
      closed = true
      for (const { process } of members.values()) process.child.kill('SIGCONT')
      await Promise.all([...members.values()].map(({ process }) => process.end('SIGKILL')))
    },
  }
}

const sign = (seconds: number) => `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}`
