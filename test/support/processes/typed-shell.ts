import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from '../assertions/eventually.ts'

/** A terminal in which lines are typed. */
export interface TypedShell {
  /** Types a line and waits until it has ended, or until its output has what is wanted; the output of the line. Throws when it fails. */
  type(line: string, until?: RegExp): Promise<string>
  /** All that is shown. */
  output(): string
  /** Ctrl-C, and the end of the shell and of all that it has started. */
  close(): Promise<void>
}

/** A bash of its own, which a failing line ends. */
export function openShell({ cwd, env }: { cwd: string; env: Record<string, string> }): TypedShell {
  const child = spawn('bash', ['-euo', 'pipefail'], { cwd, env, detached: true })
  const closed = once(child, 'close')
  let output = ''
  let typed = 0
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
  return {
    output: () => output,
    async type(line, until) {
      const from = output.length
      const prompt = `--- line ${++typed} has ended`
      child.stdin.write(`${line}\necho '${prompt}'\n`)
      const shown = () => output.slice(from)
      await eventually(
        line,
        () => child.exitCode !== null || shown().includes(prompt) || (until?.test(shown()) ?? false),
        { withinMs: 180_000, everyMs: 20 },
      )
      const said = shown()
      if (until ? until.test(said) : said.includes(prompt)) return said.replace(`${prompt}\n`, '')
      throw new Error(`this failed: ${line}\n${said}`)
    },
    async close() {
      child.stdin.end()
      try {
        if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT')
      } catch {
        // It has just ended.
      }
      await closed
    },
  }
}
