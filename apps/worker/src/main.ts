import { runProcess } from '@backhaul/core'
import { startHeartbeat } from './heartbeat.ts'
import { startWatchdog } from './watchdog.ts'
import { startWorker } from './worker.ts'

await runProcess(process, 'worker', async (runtime) => {
  const cameRound = await startHeartbeat(runtime.config.workerHeartbeatFile, runtime.nowMs)
  const worker = startWorker(runtime, cameRound)
  const watchdog = startWatchdog(runtime.log, worker.workerId)
  return { ...worker, stop: () => worker.stop().finally(watchdog.stop) }
})
