import { createTenant, type HostProcess, runProcess } from '@backhaul/core'
import type { HeldSignal } from '@backhaul/core/hold-signal'
import { firstWords, laterWords } from './greeting.ts'
import { startStandalone } from './standalone.ts'

/** Runs API and worker as one process, and greets whoever has started it. */
export function runStandalone(host: HostProcess, levelSignal: HeldSignal): Promise<void> {
  return runProcess(
    host,
    'standalone',
    async (runtime) => {
      const { config, adminTokens, isNew } = runtime
      const { url, stop } = await startStandalone(runtime)
      if (isNew) {
        const { key } = await createTenant(runtime, 'default')
        host.stdout.write(firstWords(config, { url, adminToken: adminTokens[0]!, apiKey: key }))
      } else host.stdout.write(laterWords(config, { url }))
      return { stop }
    },
    levelSignal,
  )
}
