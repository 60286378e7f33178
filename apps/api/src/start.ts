import type { Runtime } from '@backhaul/core'
import { buildServer } from './server.ts'

/** Starts the HTTP API on a runtime. `url` is its address on this machine. */
export async function startApi(runtime: Runtime): Promise<{ url: string; stop(): Promise<void> }> {
  const { config, log } = runtime
  const { publicUrl, webhookVerification, trustedProxies } = config
  const server = await buildServer({ ...runtime, publicUrl, webhookVerification, trustedProxies, log })
  const url = await server.listen({ host: config.host, port: config.port })
  // The actual port and address, for port 0 or a host name.
  for (const at of server.addresses())
    if (typeof at !== 'string') runtime.listensAt({ host: at.address, port: at.port })
  log.info({ event: 'server.listening', url }, 'listening')
  return { url, stop: () => server.close() }
}
