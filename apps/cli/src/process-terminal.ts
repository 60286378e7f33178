import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Terminal, TerminalSize } from './terminal.ts'

/** The terminal of this process. */
export function openTerminal(stopping: AbortSignal): Terminal {
  const { stdin, stdout, stderr, env, platform } = process
  return {
    env,
    directory: process.cwd(),
    stdout: (text) => void stdout.write(text),
    stderr: (text) => void stderr.write(text),
    stdoutSize: () => sizeOf(stdout),
    stderrSize: () => sizeOf(stderr),
    stdin: {
      isTerminal: stdin.isTTY === true,
      read: () => text(stdin),
      ask: (question) => askHidden(question, stopping),
    },
    browse: (url) => browse(url, platform),
    stopping,
  }
}

function sizeOf({ isTTY, columns, rows }: NodeJS.WriteStream): TerminalSize | null {
  // Some terminals do not know how large they are.
  return isTTY ? { columns: columns || 80, rows: rows || 24 } : null
}

/** What is typed is not shown. */
async function askHidden(question: string, stopping: AbortSignal): Promise<string> {
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  const closed = new AbortController()
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  lines.on('close', () => closed.abort())
  try {
    const [line] = (await once(lines, 'line', { signal: AbortSignal.any([stopping, closed.signal]) })) as [string]
    return line.trim()
  } catch (error) {
    if (stopping.aborted) throw stopping.reason
    // Ctrl-D: nothing was typed.
    if (closed.signal.aborted) return ''
    throw error
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** The address is never part of a command line that a shell reads. */
async function browse(url: string, platform: NodeJS.Platform): Promise<boolean> {
  const [program, ...args] =
    platform === 'darwin' ? ['open', url] : platform === 'win32' ? ['explorer.exe', url] : ['xdg-open', url]
  const child = spawn(program!, args, { stdio: 'ignore', detached: true })
  try {
    await once(child, 'spawn')
    child.unref()
    return true
  } catch {
    return false
  }
}
