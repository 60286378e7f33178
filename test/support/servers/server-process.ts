import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { eventually } from '../assertions/eventually.ts'

/** A real server that a test run has started or found. `stop` ends only what was started. */
export interface TestServer<Address> {
  address: Address
  stop(): Promise<void>
}

export interface ServerProcess {
  readonly pid: number
  kill(signal: NodeJS.Signals): void
  /** Waits for a fact about the server; fails at once, with the end of its log, when the process has ended. */
  ready(what: string, check: () => Promise<unknown>, withinMs: number): Promise<void>
  /** Kills it and waits until it is gone. Its data is thrown away anyway. */
  stop(): Promise<void>
}

const keptLogBytes = 4_000

/** Starts a server in the foreground of a child process, which ends when this process ends in any way (Linux). */
export function startProcess(command: string, args: readonly string[]): ServerProcess {
  const leash = process.platform === 'linux' ? findProgram('setpriv') : null
  const child = leash
    ? spawn(leash, ['--pdeathsig', 'SIGKILL', command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    : spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  const keep = (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-keptLogBytes)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  let ended: string | null = null
  const gone = new Promise<void>((resolve) => {
    const end = (why: string) => {
      ended = why
      resolve()
    }
    child.on('error', (error) => end(error.message))
    child.on('exit', (code, signal) => end(`exit ${code ?? signal}`))
  })
  return {
    pid: child.pid ?? -1,
    kill: (signal) => void child.kill(signal),
    ready: async (what, check, withinMs) => {
      const outcome = await eventually(what, async () => (ended ? 'ended' : (await check()) !== false), {
        withinMs,
      }).catch((error: unknown) => {
        throw new Error(`${command} did not get ready. The end of its log:\n${log}`, { cause: error })
      })
      if (outcome === 'ended') throw new Error(`${command} has ended (${ended}). The end of its log:\n${log}`)
    },
    stop: async () => {
      if (ended) return
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** Where a program is on the PATH (or in the sbin folders, which a user's PATH may lack), or null. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  for (const folder of folders) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder.
    }
  }
  return null
}
