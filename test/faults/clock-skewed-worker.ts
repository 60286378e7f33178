/** A worker whose clock is `CLOCK_AHEAD_MS` ahead of everybody else's. */
import { runProcess } from '@backhaul/core'
import { startWorker } from '#worker/worker.ts'

const aheadMs = Number(process.env.CLOCK_AHEAD_MS)

await runProcess(process, 'worker', async (runtime) => startWorker({ ...runtime, nowMs: () => Date.now() + aheadMs }))
