import { startApi } from '@backhaul/api'
import type { Runtime, Stop } from '@backhaul/core'
import { startWorker } from '@backhaul/worker'

/** Runs the whole service in one process: the API and a worker on one runtime. */
export async function startStandalone(runtime: Runtime): Promise<{ url: string; stop: Stop }> {
  const api = await startApi(runtime)
  const worker = startWorker(runtime)
  return {
    url: api.url,
    async stop() {
      await Promise.all([api.stop(), worker.stop()])
    },
  }
}
