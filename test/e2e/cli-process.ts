import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { userEnvironment } from '#support/processes/user-environment.ts'

/** The main file of the command line. */
export const cliEntry = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url))

export interface CliProcess {
  child: ChildProcess
  stdout(): string
  stderr(): string
  /** Its exit code, null when a signal ended it. */
  ended: Promise<number | null>
  /** Resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/**
 * Runs `backhaul` with these arguments, called in a folder, and no variables of ours but these (undefined takes one away). `command` is
 * what the program is given to: by default Node.
 */
export function startCli(
  args: readonly string[],
  env: Record<string, string | undefined>,
  folder?: string,
  [program, ...before]: readonly [string, ...string[]] = [process.execPath],
): CliProcess {
  const child = spawn(program, [...before, cliEntry, ...args], {
    env: { ...userEnvironment, ...env },
    ...(folder === undefined ? {} : { cwd: folder }),
  })
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
