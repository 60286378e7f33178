import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'

let dataDir: string
let service: Service
let origin: Origin
let client: Client

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-races-'))
  ;[service, origin] = await Promise.all([startStandalone(dataDir), startOrigin()])
  client = (await newTenant(service.url)).client
})

afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

test('suspending and resuming a running task from many sides never says that it has ended', async () => {
  await client.ok('PUT', '/v1/sessions/verbs', { configuration: { delegate: { kind: 'pull' } } })
  const url = origin.serve('/verbs', { bytes: 12 * 1024 * 1024, bytesPerSecond: 4 * 1024 * 1024 })
  const { id } = await client.ok<TaskView>('POST', '/v1/sessions/verbs/tasks', { url })
  await eventually('it runs', async () => (await client.task(id)).state === 'running')
  const verbs = Array.from({ length: 120 }, (_, n) => (n % 2 === 0 ? 'suspend' : 'resume'))
  const responses = await Promise.all(verbs.map((verb) => client.call('POST', `/v1/tasks/${id}/${verb}`)))
  expect([...new Set(responses.map(({ status }) => status))]).toEqual([200])
  await client.ok('POST', `/v1/tasks/${id}/resume`)
  expect(await client.ended(id)).toMatchObject({ state: 'completed' })
  const file = Buffer.from(await (await client.file(id)).arrayBuffer())
  expect(file.equals(origin.content('/verbs'))).toBe(true)
})

test('many sides putting one session with different URLs make one session and one endpoint, whose secret is told', async () => {
  const puts = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      client.call<{ secret?: string }>('PUT', '/v1/sessions/put', {
        configuration: { delegate: { url: `https://hooks.example.com/${n % 10}` } },
      }),
    ),
  )
  const created = puts.filter(({ status }) => status === 201)
  expect(created).toHaveLength(1)
  expect(created[0]!.body.secret).toMatch(/^whsec_/)
  const { data } = await client.ok<{ data: unknown[] }>('GET', '/v1/webhook-endpoints')
  expect(data).toHaveLength(1)
})

test('a failed task tells what the origin answered, over every hop', async () => {
  await client.ok('PUT', '/v1/sessions/failed', { configuration: { delegate: { kind: 'pull' } } })
  const url = origin.serve('/moved', {
    bytes: 0,
    respond: (_, response) => void response.writeHead(302, { location: '/missing' }).end(),
  })
  const { id } = await client.ok<TaskView>('POST', '/v1/sessions/failed/tasks', { url })
  const task = await client.ended(id)
  expect(task).toMatchObject({ state: 'failed', response: { status: 404 }, metrics: { redirectCount: 1 } })
  expect(task.metrics.transactions.map(({ status }) => status)).toEqual([302, 404])
})
