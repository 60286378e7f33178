import { ConfigError, type ProcessKind, readConfig } from './config.ts'
import { createLogger, type Logger } from './log.ts'
import { openRuntime, type Runtime } from './runtime.ts'

/** What a main file hands over of `process`. */
export interface HostProcess {
  env: NodeJS.ProcessEnv
  exit(code: number): never
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
  stderr: { write(text: string): unknown }
}

/** One Ctrl-C can arrive twice, from the terminal and from npm: only a later signal means impatience. */
const sameSignalMs = 1_000

/** How to stop what was started. */
export type Stop = () => Promise<void>

/**
 * The life of a process: read the environment, open the runtime, start, and stop in order at the first signal; a second
 * one ends it at once, and so does one while it waits for its database. What keeps it from starting is told in plain lines on stderr, exit code 1, with nothing left open.
 */
export async function runProcess(
  host: HostProcess,
  kind: ProcessKind,
  start: (runtime: Runtime) => Promise<Stop>,
): Promise<void> {
  const stopping = new AbortController()
  const starting = startProcess(host, kind, start, stopping.signal)
  let firstAt: number | null = null
  const onSignal = async () => {
    if (firstAt !== null && performance.now() - firstAt > sameSignalMs) host.exit(1)
    if (firstAt !== null) return
    firstAt = performance.now()
    stopping.abort()
    const running = await starting
    try {
      await running.stop()
      host.exit(0)
    } catch (error) {
      running.log.error({ error }, 'could not stop in order')
      host.exit(1)
    }
  }
  host.on('SIGTERM', onSignal)
  host.on('SIGINT', onSignal)
  await starting
}

async function startProcess(
  host: HostProcess,
  kind: ProcessKind,
  start: (runtime: Runtime) => Promise<Stop>,
  stopping: AbortSignal,
): Promise<{ stop: Stop; log: Logger }> {
  try {
    const config = readConfig(host.env, kind)
    const log = createLogger(config.logLevel)
    const runtime = await openRuntime(config, log, { signal: stopping })
    try {
      const stop = await start(runtime)
      return { log, stop: () => stop().finally(runtime.close) }
    } catch (error) {
      await runtime.close()
      throw error
    }
  } catch (error) {
    if (stopping.aborted && (error as Error).name === 'AbortError') host.exit(0)
    host.stderr.write(`${explain(error)}\n`)
    host.exit(1)
  }
}

function explain(error: unknown): string {
  if (error instanceof ConfigError)
    return `Backhaul cannot start, its environment has faults:\n${error.faults.map((fault) => `  - ${fault}`).join('\n')}`
  if (!(error instanceof Error)) return `Backhaul cannot start: ${String(error)}`
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string }
  if (code === 'EADDRINUSE') return `Backhaul cannot start: ${address}:${port} is in use; set PORT to another one`
  if (code === 'EACCES' && port !== undefined) return `Backhaul cannot start: it may not listen on port ${port}`
  return `Backhaul cannot start: ${error.message}`
}
