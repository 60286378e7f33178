import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { eventually } from '#support/assertions/eventually.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'

const withinMs = 90_000

/** One bash, in which the blocks of a page run one after the other. */
export interface GuideShell {
  /** Runs a block; gives what it has printed. Throws when a command of it fails, or none does with `mustFail`. */
  run(block: string, options?: { mustFail?: boolean }): Promise<string>
  /** Starts a block that goes on beside the others, in the place of the one before it, and waits until something listens on the port. */
  runBeside(block: string, port: number): Promise<void>
  /** What the newest of those has printed so far. */
  printedBeside(): Promise<string>
  /** Ends the shell and what it has started. */
  end(): Promise<void>
}

export function startGuideShell(folder: string, env: Record<string, string>): GuideShell {
  const path = `${dirname(process.execPath)}${delimiter}${userEnvironment.PATH}`
  const shell = spawn('bash', ['-euo', 'pipefail'], { cwd: folder, env: { ...userEnvironment, PATH: path, ...env } })
  const gone = once(shell, 'exit')
  let output = ''
  shell.stdout.on('data', (chunk: Buffer) => (output += chunk))
  shell.stderr.on('data', (chunk: Buffer) => (output += chunk))
  let ran = 0
  /** Process groups, which job control makes. */
  const groups: number[] = []

  async function run(block: string): Promise<string> {
    const before = output.length
    const done = `--- block ${++ran} is done`
    // A command that reads its input must not read the blocks that follow.
    shell.stdin.write(`{\n${block}\n} < /dev/null\necho '${done}'\n`)
    const ended = () => shell.exitCode !== null || shell.signalCode !== null
    await eventually(`this has run: ${block}`, () => ended() || output.includes(done), { withinMs })
    const [printed = ''] = output.slice(before).split(done)
    if (!output.includes(done)) throw new Error(`this failed: ${block}\n${printed}`)
    return printed
  }

  function endGroups(): void {
    for (const group of groups.splice(0))
      try {
        process.kill(-group, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
  }

  return {
    run(block, { mustFail = false } = {}) {
      // A subshell that is a condition would go on behind a failure.
      return run(mustFail ? `set +e; ( set -e\n${block}\n); ended=$?; set -e; [ $ended -ne 0 ]` : block)
    },
    async runBeside(block, port) {
      endGroups()
      const printed = await run(`set -m\n{\n${block}\n} > beside.log 2>&1 < /dev/null &\nset +m; echo "group $!"`)
      groups.push(Number(/group (\d+)/.exec(printed)![1]))
      await eventually(`something listens: ${block}`, () => listens(port), { withinMs })
    },
    printedBeside: () => readFile(join(folder, 'beside.log'), 'utf8'),
    async end() {
      endGroups()
      shell.kill('SIGKILL')
      await gone
    },
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
