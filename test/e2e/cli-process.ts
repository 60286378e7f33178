import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { userEnvironment } from '#support/processes/user-environment.ts'

const entry = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url))

export interface CliProcess {
  child: ChildProcess
  stdout(): string
  stderr(): string
  /** Its exit code, null when a signal ended it. */
  ended: Promise<number | null>
  /** Resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Runs `backhaul` with these arguments, and no variables of ours but these. */
export function startCli(args: readonly string[], env: Record<string, string>): CliProcess {
  const child = spawn(process.execPath, [entry, ...args], { env: { ...userEnvironment, ...env } })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk))
  const ended = once(child, 'close').then(() => child.exitCode)
  return {
    child,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    ended,
    async end(signal) {
      child.kill(signal)
      return await ended
    },
  }
}
