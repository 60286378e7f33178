import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { kill, platform } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { serverEnvironment } from './binaries.ts'
import { type Cluster, lastComplaint, ownDirectory } from './cluster.ts'

export type ServerSettings = Readonly<Record<string, string>>

type Folder = Pick<Cluster, 'directory'>

export interface Server {
  readonly pid: number
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<void>
  stop(): Promise<void>
}

const fastShutdownMs = 30_000
const immediateShutdownMs = 10_000

const defaults: ServerSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_min_messages: 'warning',
  log_error_verbosity: 'terse',
  // A failed statement is its caller's to report; its text may hold a tenant's data.
  log_min_error_statement: 'panic',
}

/** Starts the server on `port` and resolves when it takes connections. Errors: the line with which it gave up. */
export async function startServer(
  cluster: Cluster,
  options: { port: number; logPath: string; settings: ServerSettings },
): Promise<Server> {
  const logFile = await open(options.logPath, 'a', 0o600)
  const logStart = (await logFile.stat()).size
  const settings = Object.entries({ ...defaults, ...options.settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const args = ['-D', ownDirectory(cluster), '-p', String(options.port), ...settings]
  const child = spawn(join(cluster.programs, 'bin', 'postgres'), args, {
    ...cluster.user,
    cwd: cluster.directory,
    env: serverEnvironment,
    stdio: ['ignore', logFile.fd, logFile.fd],
    // Its own process group: Ctrl-C in a terminal must reach us first, and the database last.
    detached: true,
  })
  const exited = once(child, 'exit').then(() => {})
  exited.catch(() => {})
  await once(child, 'spawn').finally(() => logFile.close())
  const pid = child.pid!
  while (!(await isReady(cluster, pid))) {
    if (isEnded(child)) {
      const log = await readFile(options.logPath)
      throw new Error(
        `The embedded PostgreSQL did not start: ${lastComplaint(log.subarray(logStart).toString('utf8'))}`,
      )
    }
    await sleep(10)
  }
  // A process that is done, or has failed, need not stay for its database: the next start takes care of that.
  child.unref()
  return {
    pid,
    exited,
    async stop() {
      child.ref()
      if (!isEnded(child)) await stopProcess(pid, () => isEnded(child))
    },
  }
}

function isEnded(child: { exitCode: number | null; signalCode: string | null }): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Whether the server takes connections. As for pg_ctl, line 1 of the pid file is its pid, line 8 its state (PostgreSQL's src/include/utils/pidfile.h). */
async function isReady(cluster: Cluster, pid: number): Promise<boolean> {
  const lines = (await readPidFile(cluster)).split('\n')
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
}

function readPidFile(cluster: Folder): Promise<string> {
  return readFile(join(cluster.directory, 'postmaster.pid'), 'utf8').catch(() => '')
}

/**
 * Ends the server that a killed process of ours has left running; committed data stays. A pid file from before a reboot, whose number
 * now belongs to another process, is removed. Returns the pid of the server it stopped.
 */
export async function stopLeftServer(cluster: Folder): Promise<number | null> {
  const pid = Math.abs(Number.parseInt(await readPidFile(cluster), 10))
  if (!pid) return null
  if (await isServerOf(cluster, pid)) {
    await stopProcess(pid, async () => !(await isServerOf(cluster, pid)))
    return pid
  }
  await unlink(join(cluster.directory, 'postmaster.pid'))
  return null
}

/** Whether process `pid` works in the cluster's folder, as its server does. */
async function isServerOf(cluster: Folder, pid: number): Promise<boolean> {
  if (platform !== 'linux') return commandOf(pid).includes(ownDirectory(cluster))
  const [there, here] = await Promise.all([stat(`/proc/${pid}/cwd`).catch(() => null), stat(cluster.directory)])
  return there?.ino === here.ino && there.dev === here.dev
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

/** Fast shutdown first (connections are cut, data is flushed), then an immediate one, which costs a recovery, not data. */
async function stopProcess(pid: number, isGone: () => boolean | Promise<boolean>): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', fastShutdownMs],
    ['SIGQUIT', immediateShutdownMs],
  ] as const) {
    signalProcess(pid, signal)
    const until = performance.now() + waitMs
    while (performance.now() < until) {
      if (await isGone()) return
      await sleep(10)
    }
  }
  throw new Error(`The embedded PostgreSQL (process ${pid}) does not stop`)
}

function signalProcess(pid: number, signal: 'SIGINT' | 'SIGQUIT'): void {
  try {
    kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
