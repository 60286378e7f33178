import { readReadiness, readWorkerReadiness, type WorkerHealth } from '../operations/readiness.ts'
import { type ProcessKind, readConfig } from './config.ts'
import { explainStart } from './explain-start.ts'
import { freeStartMemory } from './free-start-memory.ts'
import { type HeldSignal, holdSignal } from './hold-signal.ts'
import { createLogger, type Logger } from './log.ts'
import { openOperations } from './open-operations.ts'
import { watchParent } from './parent-watch.ts'
import { openRuntime, type Runtime } from './runtime.ts'
import { switchLogLevel } from './switch-log-level.ts'

/** The members of `process` that a main file passes on. */
export interface HostProcess {
  readonly env: NodeJS.ProcessEnv
  readonly ppid: number
  exit(code: number): never
  on(signal: 'SIGTERM' | 'SIGINT' | 'SIGUSR2', listener: () => void): unknown
  stdout: Output & { isTTY?: boolean }
  stderr: Output
}
interface Output {
  write(text: string): unknown
  on(event: 'error', listener: () => void): unknown
}

/** One Ctrl-C can arrive twice, from the terminal and from npm: only a later signal means impatience. */
const sameSignalMs = 1_000

/** Stops what the process has started. */
export type Stop = () => Promise<void>

/** What a process has started. */
export interface Started {
  stop: Stop
  /** How its worker is, which `/readyz` for operators says. Absent: it has none, or more than that. */
  worker?: WorkerHealth
}

/**
 * Runs a process: reads the environment, opens the runtime, starts, and stops in order at the first signal, or when the
 * npm that has started it is gone. A second signal ends it at once, and so does one while it waits for its database.
 * SIGUSR2, which the main file holds from its first line on, switches the level of its log. An error at the start is printed in plain lines on stderr, exit code 1, with nothing left open.
 */
export async function runProcess(
  host: HostProcess,
  kind: ProcessKind,
  start: (runtime: Runtime) => Promise<Started>,
  levelSignal: HeldSignal = holdSignal(host),
): Promise<void> {
  // The reader may be gone, or the disk may be full: no reason to end.
  host.stdout.on('error', () => {})
  host.stderr.on('error', () => {})
  const stopping = new AbortController()
  const starting = startProcess(host, kind, start, levelSignal, stopping.signal)
  let firstAt: number | null = null
  const stopFor = async (reason: string) => {
    if (firstAt !== null && performance.now() - firstAt > sameSignalMs) host.exit(1)
    if (firstAt !== null) return
    firstAt = performance.now()
    stopping.abort()
    const { stop, log } = await starting
    log.info({ event: 'process.stopping', reason }, 'stopping')
    try {
      await stop()
      host.exit(0)
    } catch (error) {
      log.error({ event: 'process.not_stopped', error }, 'could not stop in order')
      host.exit(1)
    }
  }
  host.on('SIGTERM', () => stopFor('SIGTERM'))
  host.on('SIGINT', () => stopFor('SIGINT'))
  watchParent(host, () => stopFor('npm is gone'))
  await starting
}

async function startProcess(
  host: HostProcess,
  kind: ProcessKind,
  start: (runtime: Runtime) => Promise<Started>,
  levelSignal: HeldSignal,
  stopping: AbortSignal,
): Promise<{ stop: Stop; log: Logger }> {
  try {
    const config = readConfig(host.env, kind)
    const log = await createLogger(config.logLevel, { pretty: host.stdout.isTTY === true })
    levelSignal.handle(() => switchLogLevel(log, config.logLevel))
    // First: it says that the process lives while that waits for its database.
    const operations = await openOperations(config, log)
    stopping.addEventListener('abort', operations.stopping)
    try {
      const runtime = await openRuntime(config, log, { signal: stopping })
      runtime.listensAt(operations.at)
      try {
        const { stop, worker } = await start(runtime)
        const readiness = () => (worker ? readWorkerReadiness(runtime.health, worker) : readReadiness(runtime.health))
        operations.serve({ metrics: runtime.metrics, readiness })
        void freeStartMemory()
        return { log, stop: () => stop().finally(runtime.close).finally(operations.close) }
      } catch (error) {
        await runtime.close()
        throw error
      }
    } catch (error) {
      await operations.close()
      throw error
    }
  } catch (error) {
    if (stopping.aborted && (error as Error).name === 'AbortError') host.exit(0)
    host.stderr.write(`${explainStart(error)}\n`)
    host.exit(1)
  }
}
