import type { Cluster } from '../processes/cluster.ts'
import type { ServiceProcess } from '../processes/service.ts'

/** A worker that is killed, or stopped, at one failpoint, and works normally until then. */
export interface KilledWorker {
  point: string
  /** Waits until it has reached its failpoint. Throws when it ended otherwise, or has not reached it within `timeoutMs`. */
  isThere(): boolean
  /** All points that it has reached so far. */
  reached(): string[]
  output(): string
  /** SIGCONT. */
  wake(): void
  end: ServiceProcess['end']
}

/**
 * `point`: `<before|during|after> <port>.<verb>[:n]` (failpoints.ts). SIGKILL unless `signal` says SIGSTOP, or BLOCK: its
 * event loop hangs there, and the watchdog ends it.
 */
export function startKilledWorker(
  cluster: Cluster,
  point: string,
  { signal = 'SIGKILL', timeoutMs = 600_000 }: { signal?: 'SIGKILL' | 'SIGSTOP' | 'BLOCK'; timeoutMs?: number } = {},
): KilledWorker {
  const env = { FAILPOINT: point, FAILPOINT_SIGNAL: signal }
  const { child, output, end } = cluster.start('test/support/faults/failpoint-worker.ts', env)
  const startedAt = Date.now()
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  return {
    point,
    isThere() {
      const isThere = /^is at /m.test(output())
      if (isThere && (signal === 'SIGSTOP' || isGone())) return true
      if (isGone()) throw new Error(`"${point}" ended otherwise:\n${output()}`)
      if (Date.now() - startedAt > timeoutMs) throw new Error(`nobody came to "${point}":\n${output()}`)
      return false
    },
    reached: () => [...output().matchAll(/^reached (.*)$/gm)].map(([, name]) => name!),
    output,
    end,
    wake: () => void child.kill('SIGCONT'),
  }
}
