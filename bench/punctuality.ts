/**
 * How late tasks begin behind their earliestBeginDate, by the database's clock: 1,000 tasks at random times in a minute,
 * created in the background and so discretionary, on an otherwise idle service on embedded parts. Loopback only; ends by
 * itself.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { newTenant, startStandalone } from '#support/processes/service.ts'

const usage = 'Usage: node bench/punctuality.ts [--tasks 1000] [--seconds 60] [--connections 6]'
const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '6' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const tasks = Math.min(Number(values.tasks), 1_000)
const withinMs = Number(values.seconds) * 1_000
/** From the batch to the first begin date, so that all of them are dated when it is created. */
const leadMs = 5_000
const waitTimeoutMs = 60_000

const folder = await mkdtemp(join(tmpdir(), 'backhaul-bench-'))
const origin = await startOrigin()
const url = origin.serve('/file', { bytes: 1_000 })
const service = await startStandalone(folder)
const { client } = await newTenant(service.url)
await client.ok('PUT', '/v1/sessions/dates', {
  configuration: { delegate: { kind: 'pull' }, httpMaximumConnectionsPerHost: Number(values.connections) },
})
const from = Date.now() + leadMs
await client.ok('POST', '/v1/sessions/dates/tasks/batch', {
  tasks: Array.from({ length: tasks }, () => ({
    url,
    earliestBeginDate: new Date(from + Math.floor(Math.random() * withinMs)).toISOString(),
  })),
})
const until = from + withinMs + waitTimeoutMs
let ended: TaskView[] = []
while (ended.length < tasks && Date.now() < until) {
  await new Promise((resolve) => setTimeout(resolve, Math.max(2_000, from + withinMs - Date.now())))
  ended = (await client.tasks('dates')).filter(({ endedAt }) => endedAt !== null)
}
await service.end('SIGTERM')
await origin.close()
await rm(folder, { recursive: true, force: true })

const late = ended
  .map(({ beganAt, earliestBeginDate }) => Date.parse(beganAt!) - Date.parse(earliestBeginDate!))
  .toSorted((a, b) => a - b)
const at = (share: number) => late[Math.min(late.length - 1, Math.floor(share * late.length))]!
const early = late.filter((ms) => ms < 0).length
console.log(`${late.length} of ${tasks} tasks at random times in ${withinMs / 1000} s: early ${early}`)
console.log(`late by p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${late.at(-1)} ms`)
if (late.length < tasks || early > 0 || at(0.99) > 500) process.exitCode = 1
