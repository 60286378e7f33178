import type { Runtime } from '@backhaul/core'
import { buildServer } from './server.ts'

/** The HTTP API on a runtime, listening. `url` is where it can be reached from this machine. */
export async function startApi(runtime: Runtime): Promise<{ url: string; stop(): Promise<void> }> {
  const { config, log } = runtime
  const { publicUrl, webhookVerification } = config
  const server = await buildServer({ ...runtime, publicUrl, webhookVerification, log })
  const url = await server.listen({ host: config.host, port: config.port })
  // What port 0 or a name has come to.
  for (const at of server.addresses())
    if (typeof at !== 'string') runtime.listensAt({ host: at.address, port: at.port })
  log.info({ event: 'server.listening', url }, 'listening')
  return { url, stop: () => server.close() }
}
