/** How late tasks begin behind their earliestBeginDate on an otherwise idle service, by the database's clock. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskView } from '../packages/core/src/domain/task-view.ts'
import { startOrigin } from '../test/support/origin.ts'
import { newTenant, startStandalone } from '../test/support/service.ts'

const tasks = 100
const withinMs = 20_000

const folder = await mkdtemp(join(tmpdir(), 'backhaul-bench-'))
const origin = await startOrigin()
const url = origin.serve('/file', { bytes: 1_000 })
const service = await startStandalone(folder)
const { client } = await newTenant(service.url)
await client.ok('PUT', '/v1/sessions/dates', { configuration: { delegate: { kind: 'pull' } } })
const from = Date.now() + 1_000
await client.ok('POST', '/v1/sessions/dates/tasks/batch', {
  tasks: Array.from({ length: tasks }, () => ({
    url,
    earliestBeginDate: new Date(from + Math.floor(Math.random() * withinMs)).toISOString(),
  })),
})
let ended: TaskView[] = []
while (ended.length < tasks) {
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  ended = (await client.tasks('dates')).filter(({ endedAt }) => endedAt !== null)
}
const late = ended
  .map(({ beganAt, earliestBeginDate }) => Date.parse(beganAt!) - Date.parse(earliestBeginDate!))
  .toSorted((a, b) => a - b)
await service.end('SIGTERM')
await origin.close()
await rm(folder, { recursive: true, force: true })

const at = (share: number) => late[Math.min(tasks - 1, Math.floor(share * tasks))]
console.log(`${tasks} tasks at random times in ${withinMs / 1000} s: early ${late.filter((ms) => ms < 0).length}`)
console.log(`late by p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${late.at(-1)} ms`)
