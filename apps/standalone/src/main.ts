import { createTenant, runProcess } from '@backhaul/core'
import { readFlags } from './flags.ts'
import { firstWords, laterWords } from './greeting.ts'
import { startStandalone } from './standalone.ts'
import { startUsage } from './usage.ts'

const flags = readFlags(process.argv.slice(2))
if (flags.kind === 'help') process.stdout.write(startUsage)
else if (flags.kind === 'unknown') {
  process.stderr.write(`Unknown argument ${flags.flag}\n\n${startUsage}`)
  process.exitCode = 2
} else
  await runProcess(process, 'standalone', async (runtime) => {
    const { config, adminTokens, isNew } = runtime
    const { url, stop } = await startStandalone(runtime)
    if (isNew) {
      const { key } = await createTenant(runtime, 'default')
      process.stdout.write(firstWords(config, { url, adminToken: adminTokens[0]!, apiKey: key }))
    } else process.stdout.write(laterWords(config, { url }))
    return { stop }
  })
