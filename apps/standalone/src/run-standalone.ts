import { createSignInLink, createTenant, type HostProcess, type Runtime, runProcess } from '@backhaul/core'
import type { HeldSignal } from '@backhaul/core/hold-signal'
import { firstWords, laterWords } from './greeting.ts'
import { startStandalone } from './standalone.ts'

/** Runs API and worker as one process, and greets whoever has started it. */
export function runStandalone(host: HostProcess, levelSignal: HeldSignal): Promise<void> {
  return runProcess(
    host,
    'standalone',
    async (runtime) => {
      const { url, stop } = await startStandalone(runtime)
      try {
        host.stdout.write(await greeting(runtime, url))
      } catch (error) {
        // What runs on a runtime that is closed never ends.
        await stop()
        throw error
      }
      return { stop }
    },
    levelSignal,
  )
}

/** Makes the first tenant where there was none. */
async function greeting(runtime: Runtime, url: string): Promise<string> {
  const { config, adminTokens, isNew } = runtime
  if (!isNew) return laterWords(config, { url })
  const { key, tenant, apiKey } = await createTenant(runtime, 'default')
  const signInToken = await createSignInLink(runtime, { tenantId: tenant.id, keyId: apiKey.id })
  return firstWords(config, { url, adminToken: adminTokens[0]!, apiKey: key, signInToken })
}
