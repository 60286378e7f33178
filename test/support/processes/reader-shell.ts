import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../assertions/eventually.ts'
import { userEnvironment } from './user-environment.ts'

export interface ReaderShell {
  /** Everything that it and its commands have printed. */
  output(): string
  /** Runs these lines; what they have printed. Throws with it when a command of them fails. */
  run(block: string): Promise<string>
  /** Runs these lines and does not wait for them. */
  start(block: string): void
  /** Ends it with everything that was started in it. */
  end(): Promise<void>
}

/** A folder in which a reader follows a document: it finds packages as in the checkout. The caller removes it. */
export async function readerFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backhaul-reader-'))
  await writeFile(join(folder, 'package.json'), '{"type": "module"}')
  await symlink(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  return folder
}

/** A bash that a failing command ends. */
export function openReaderShell(folder: string, env: Record<string, string>): ReaderShell {
  const shell: ChildProcess = spawn('bash', ['-euo', 'pipefail'], {
    cwd: folder,
    env: { ...userEnvironment, ...env },
    detached: true,
  })
  let output = ''
  for (const stream of [shell.stdout!, shell.stderr!]) stream.on('data', (chunk: Buffer) => (output += chunk))
  let files = 0
  /** From a file, because what the block starts would otherwise read the rest of what is typed. */
  const source = (block: string) => {
    const file = join(folder, `block-${shell.pid}-${++files}.sh`)
    writeFileSync(file, block)
    return `. '${file}' < /dev/null`
  }
  const type = (line: string) => void shell.stdin!.write(`${line}\n`)
  return {
    output: () => output,
    start: (block) => type(source(block)),
    async run(block) {
      const before = output.length
      const line = source(block)
      const done = `--- block ${files} is done`
      type(`${line}; echo '${done}'`)
      const settled = () => shell.exitCode !== null || output.includes(done)
      await eventually(`this has run: ${block}`, settled, { withinMs: 90_000 })
      const printed = output.slice(before)
      if (!printed.includes(done)) throw new Error(`this failed: ${block}\n${printed}`)
      return printed
    },
    async end() {
      const gone = shell.exitCode === null && shell.signalCode === null ? once(shell, 'exit') : null
      try {
        process.kill(-shell.pid!, 'SIGKILL')
      } catch {
        // All of them have ended.
      }
      await gone
    },
  }
}
