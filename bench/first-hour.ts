/**
 * How long it takes from nothing to a verified webhook in an own Express app, and how many commands: types those of
 * docs/guide/quickstart.md into shells, with archives of the packages in the place of their names, a file on loopback, and free ports.
 * Express comes from the registry. Reading and thinking are not in it. Ends by itself.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startOrigin } from '#support/origins/origin.ts'
import { walkQuickstart } from '#support/processes/quickstart.ts'

const mostSeconds = 120
const mostCommands = 6
const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } })
if (values.help) {
  console.log('Usage: node bench/first-hour.ts')
  process.exit(0)
}

const folder = await mkdtemp(join(tmpdir(), 'backhaul-first-hour-'))
const origin = await startOrigin()
try {
  const fileUrl = origin.serve('/file', { bytes: 559 })
  const { commands, webhookSeconds, shown } = await walkQuickstart({ folder, fileUrl })
  for (const { command, seconds } of commands) console.log(`${seconds.toFixed(1).padStart(6)} s  ${command}`)
  console.log(`${webhookSeconds.toFixed(1).padStart(6)} s  until the app shows: ${shown.split('\n')[0]}`)
  const total = commands.reduce((sum, { seconds }) => sum + seconds, webhookSeconds)
  console.log(
    `${commands.length} commands (at most ${mostCommands}), ${total.toFixed(1)} s in all (at most ${mostSeconds})`,
  )
  if (commands.length > mostCommands || total > mostSeconds) process.exitCode = 1
} finally {
  await origin.close()
  await rm(folder, { recursive: true, force: true })
}
