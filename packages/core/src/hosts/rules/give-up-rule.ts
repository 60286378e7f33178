import { type HostHealth, type HostScheme, isBlocked } from './host-health.ts'

/** Minimum time (ms) the host must be down and the task ready before the task is failed. */
export const hostPatienceMs = 120_000

/**
 * Whether a task that waits for a host fails with the error that others got there, so that a mistyped name is reported
 * in minutes. Otherwise each task would have to fail by itself, and behind an open circuit their turns come minutes
 * apart.
 *
 * Only while the circuit is open: then the newest try has just failed. When the block is over, the next try is owed
 * first. Errors that pass with time (a silence, a lost connection) are waited for until the deadline.
 */
export function givenUp(
  health: HostHealth,
  task: { scheme: HostScheme; readySinceMs: number },
  nowMs: number,
): boolean {
  const { halfOpen, downSinceMs, errorName, errorScheme } = health
  if (!halfOpen || !isBlocked(health, nowMs) || downSinceMs === null) return false
  if (errorName === null || errorScheme !== task.scheme) return false
  return nowMs - Math.max(downSinceMs, task.readySinceMs) >= hostPatienceMs
}

/** For people: no tenant and no address in it. */
export function verdictDetail({ failures, errorName }: HostHealth): string {
  return `the host could not be reached: ${failures} connections in a row failed, the newest with ${errorName}; this task was not tried once more`
}
