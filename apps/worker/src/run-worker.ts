import { type HostProcess, runProcess } from '@backhaul/core'
import type { HeldSignal } from '@backhaul/core/hold-signal'
import { startHeartbeat } from './heartbeat.ts'
import { startWatchdog } from './watchdog.ts'
import { startWorker } from './worker.ts'

/** Runs a worker as a process of its own, with what shows and ends one that hangs. */
export function runWorker(host: HostProcess, levelSignal: HeldSignal): Promise<void> {
  return runProcess(
    host,
    'worker',
    async (runtime) => {
      const cameRound = await startHeartbeat(runtime.config.workerHeartbeatFile, runtime.nowMs)
      const worker = startWorker(runtime, cameRound)
      const watchdog = startWatchdog(runtime.log, worker.workerId)
      return { ...worker, stop: () => worker.stop().finally(watchdog.stop) }
    },
    levelSignal,
  )
}
