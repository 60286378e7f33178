import { holdSignal } from '@backhaul/core/hold-signal'
import { readFlags } from './flags.ts'
import { startUsage } from './usage.ts'

const flags = readFlags(process.argv.slice(2))
if (flags.kind === 'help') process.stdout.write(startUsage)
else if (flags.kind === 'unknown') {
  process.stderr.write(`Unknown argument ${flags.flag}\n\n${startUsage}`)
  process.exitCode = 2
} else {
  // First: the rest takes a while to load.
  const levelSignal = holdSignal(process)
  const { runStandalone } = await import('./run-standalone.ts')
  await runStandalone(process, levelSignal)
}
