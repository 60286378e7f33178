import { runProcess } from '@backhaul/core'
import { startWorker } from './worker.ts'

await runProcess(process, 'worker', async (runtime) => startWorker(runtime).stop)
