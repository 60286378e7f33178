import { runProcess } from '@backhaul/core'
import { startHeartbeat } from './heartbeat.ts'
import { startWorker } from './worker.ts'

await runProcess(process, 'worker', async (runtime) => {
  const cameRound = await startHeartbeat(runtime.config.workerHeartbeatFile, runtime.nowMs)
  return startWorker(runtime, cameRound)
})
