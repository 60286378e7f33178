import { spawn } from 'node:child_process'
import { url as inspectorUrl } from 'node:inspector'
import { fileURLToPath } from 'node:url'
import type { Log } from '@backhaul/core'

/** More often than the watchdog looks: bash can lose a character that comes at the moment at which its wait is over. */
const signEveryMs = 400
const program = fileURLToPath(new URL('watchdog.bash', import.meta.url))

/**
 * Has a small process of its own end this one (SIGKILL) when its event loop has been blocked for `afterSeconds`, and log
 * `worker.hung` with `workerId`. So its supervisor starts it anew; its leases end by themselves, and others go on with its
 * tasks. It counts its own looks, one a second, and none while this process is stopped or can be debugged.
 *
 * A process, because a thread of Node costs ten times as much memory. Where there is no bash it logs `watchdog.off`.
 */
export function startWatchdog(
  log: Pick<Log, 'warn'>,
  workerId: string,
  afterSeconds = 30,
): { pid: number | undefined; stop(): void } {
  const seconds = String(afterSeconds)
  const fields = { event: 'worker.hung', workerId, seconds: afterSeconds }
  const line = JSON.stringify({ level: 60, ...fields, msg: `the event loop was blocked for ${seconds} s: ending` })
  // Nothing of the environment, which has secrets; the shell finds times in UTC.
  const child = spawn('bash', [program, seconds, line], { stdio: ['pipe', 'inherit', 'ignore'], env: { TZ: 'UTC' } })
  let isOver = false
  const end = (error?: unknown) => {
    if (isOver) return
    isOver = true
    clearInterval(timer)
    log.warn({ event: 'watchdog.off', error }, 'nothing ends this process when it hangs')
  }
  const sign = () => void child.stdin.write(inspectorUrl() === undefined ? '.' : 'd')
  const timer = setInterval(sign, signEveryMs)
  timer.unref()
  child.on('error', end)
  child.on('exit', () => end())
  child.stdin.on('error', () => {})
  child.unref()
  sign()
  return {
    pid: child.pid,
    stop() {
      isOver = true
      clearInterval(timer)
      child.stdin.end()
    },
  }
}
