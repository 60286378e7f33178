import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { runProgram } from '#cli/program.ts'
import type { Terminal } from '#cli/terminal.ts'
import { type SdkUnderTest, useSdk } from './sdk.ts'

export interface CliRun {
  /** Its exit code, once it has ended. */
  ended: Promise<number>
  stdout(): string
  stderr(): string
  /** As Ctrl-C does. */
  interrupt(): void
  /** What was shown in a browser. */
  browsed: string[]
}

export interface Surroundings {
  /** Variables besides those of a user who has logged in by environment; undefined takes one away. */
  env?: Record<string, string | undefined>
  /** What is piped in, or typed when the program asks. */
  input?: string
  /** Whether somebody sits in front of it. */
  isTerminal?: boolean
  columns?: number
}

export interface CliUnderTest extends SdkUnderTest {
  /** Of the user, where the program is called: empty for each test. */
  folder: string
  /** Begins `backhaul` with these arguments in this process. */
  start(args: readonly string[], surroundings?: Surroundings): CliRun
  /** The same to its end. */
  run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>
}

/** The command line against the API in process, for a user with a folder of its own and the key of a new tenant. */
export function useCli(): CliUnderTest {
  const cli = useSdk() as CliUnderTest
  beforeEach(async () => {
    cli.folder = await mkdtemp(join(tmpdir(), 'backhaul-cli-'))
  })
  afterEach(() => rm(cli.folder, { recursive: true, force: true }))
  cli.start = (args, surroundings = {}) =>
    startProgram(args, {
      ...surroundings,
      folder: cli.folder,
      env: {
        HOME: cli.folder,
        BACKHAUL_URL: cli.url,
        BACKHAUL_API_KEY: cli.tenant.key,
        ...surroundings.env,
      },
    })
  cli.run = async (...args) => {
    const { ended, stdout, stderr } = cli.start(args)
    return { code: await ended, stdout: stdout(), stderr: stderr() }
  }
  return cli
}

/** Begins `backhaul` in this process, called in a folder. */
export function startProgram(args: readonly string[], surroundings: Surroundings & { folder: string }): CliRun {
  const { folder, env = {}, input = '', isTerminal = false, columns = 80 } = surroundings
  const said = { stdout: '', stderr: '' }
  const browsed: string[] = []
  const stopping = new AbortController()
  const size = () => (isTerminal ? { columns, rows: 24 } : null)
  const terminal: Terminal = {
    env,
    directory: folder,
    stdout: (text) => (said.stdout += text),
    stderr: (text) => (said.stderr += text),
    stdoutSize: size,
    stderrSize: size,
    stdin: {
      isTerminal,
      read: async () => input,
      async ask(question) {
        said.stderr += question
        return input
      },
    },
    async browse(url) {
      browsed.push(url)
      return true
    },
    stopping: stopping.signal,
  }
  return {
    ended: runProgram(args, terminal),
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    interrupt: () => stopping.abort(),
    browsed,
  }
}
