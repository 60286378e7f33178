import type { Runtime } from '@backhaul/core'
import { buildServer } from './server.ts'

/** The HTTP API on a runtime, listening. `url` is where it can be reached from this machine. */
export async function startApi(runtime: Runtime): Promise<{ url: string; stop(): Promise<void> }> {
  const { config, log } = runtime
  const { egressAllow, publicUrl, webhookVerification } = config
  const server = await buildServer({ ...runtime, egressAllow, publicUrl, webhookVerification, log })
  const url = await server.listen({ host: config.host, port: config.port })
  log.info({ url }, 'listening')
  return { url, stop: () => server.close() }
}
