import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../assertions/eventually.ts'
import { userEnvironment } from './user-environment.ts'

export interface ReaderShell {
  /** Everything that it and its commands have printed. */
  output(): string
  /**
   * Runs these lines; what they have printed. Throws with it when a command of them fails, or with `mustFail` when none does. With
   * `until` it does not wait for their end, but until they have printed that.
   */
  run(block: string, options?: { mustFail?: boolean; until?: RegExp }): Promise<string>
  /** Runs these lines and does not wait for them. */
  start(block: string): void
  /** Runs these lines beside those that follow, with the variables as they are now, in place of what was started so before. */
  startBeside(block: string): Promise<void>
  /** What the newest of those have printed so far. */
  outputBeside(): Promise<string>
  /** Ctrl-C, and the end of what has not ended by that after some seconds. */
  end(): Promise<void>
}

/** A folder in which a reader follows a document: it finds packages as in the checkout. The caller removes it. */
export async function readerFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backhaul-reader-'))
  await writeFile(join(folder, 'package.json'), '{"type": "module"}')
  await symlink(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  return folder
}

/** A bash that a failing command ends. Its blocks and what runs beside it are files of the folder `notes`, which is the reader's own by default. */
export function openReaderShell(folder: string, env: Record<string, string>, notes = folder): ReaderShell {
  const shell = spawn('bash', ['-euo', 'pipefail'], {
    cwd: folder,
    env: { ...userEnvironment, ...env },
    detached: true,
  })
  const closed = once(shell, 'close')
  let output = ''
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
  let blocks = 0
  /** From a file, because what the block starts would otherwise read the rest of what is typed. */
  const source = (block: string) => {
    const file = join(notes, `block-${shell.pid}-${++blocks}.sh`)
    writeFileSync(file, block)
    return `. '${file}' < /dev/null`
  }
  const type = (line: string) => void shell.stdin.write(`${line}\n`)
  const hasEnded = () => shell.exitCode !== null || shell.signalCode !== null

  async function run(block: string, { mustFail = false, until }: { mustFail?: boolean; until?: RegExp } = {}) {
    const from = output.length
    // A subshell that is a condition would go on behind a failure.
    const line = source(mustFail ? `set +e; ( set -e\n${block}\n); ended=$?; set -e; [ $ended -ne 0 ]` : block)
    const done = `--- block ${blocks} is done`
    type(`${line}; echo '${done}'`)
    const printed = () => output.slice(from)
    const isShown = () => (until ? until.test(printed()) : printed().includes(done))
    await eventually(`this has run: ${block}`, () => isShown() || hasEnded() || printed().includes(done), {
      withinMs: 180_000,
      everyMs: 20,
    })
    if (!isShown()) throw new Error(`this failed: ${block}\n${printed()}`)
    return printed().replace(`${done}\n`, '')
  }

  const besideLog = join(notes, `beside-${shell.pid}.log`)
  /** The group of processes that runs beside the shell. */
  let beside: number | null = null
  const endBeside = () => {
    if (beside !== null) signal(beside, 'SIGKILL')
    beside = null
  }

  return {
    output: () => output,
    run,
    start: (block) => type(source(block)),
    async startBeside(block) {
      endBeside()
      // Job control gives it a group of its own.
      const printed = await run(`set -m\n{\n${block}\n} > '${besideLog}' 2>&1 < /dev/null &\nset +m; echo "group $!"`)
      beside = Number(/group (\d+)/.exec(printed)![1])
    },
    outputBeside: () => readFile(besideLog, 'utf8'),
    async end() {
      endBeside()
      shell.stdin.end()
      if (!hasEnded()) signal(shell.pid!, 'SIGINT')
      const late = setTimeout(() => signal(shell.pid!, 'SIGKILL'), 10_000)
      await closed
      clearTimeout(late)
    },
  }
}

/** To a group of processes, unless it has ended by itself. */
function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error
  }
}
