import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'

let dataDir: string
let service: Service
let origin: Origin
let receiver: Receiver
/** Takes everything and answers nothing. */
let silence: Server

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-neighbours-'))
  silence = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silence, 'listening')
  ;[service, origin, receiver] = await Promise.all([
    startStandalone(dataDir, { WORKER_CONCURRENCY: '8', WAKE_DELAY_BASE_SECONDS: '0' }),
    startOrigin(),
    startReceiver(),
  ])
})

afterAll(async () => {
  silence?.closeAllConnections()
  silence?.close()
  await Promise.all([service?.end('SIGTERM'), origin?.close(), receiver?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

const silentUrl = () => `http://127.0.0.1:${(silence.address() as AddressInfo).port}/`

async function session(client: Client, name: string, delegate: object = { kind: 'pull' }): Promise<void> {
  await client.ok('PUT', `/v1/sessions/${name}`, {
    configuration: { delegate, timeoutIntervalForRequest: 600, httpMaximumConnectionsPerHost: 20 },
  })
}

test('a tenant whose origins keep silent does not keep another one from downloading', async () => {
  const [slow, quick] = await Promise.all([newTenant(service.url), newTenant(service.url)])
  await session(slow.client, 'slow')
  await slow.client.ok('POST', '/v1/sessions/slow/tasks/batch', { tasks: Array(60).fill({ url: silentUrl() }) })
  const running = async () =>
    (await slow.client.ok<{ taskCounts: { running: number } }>('GET', '/v1/sessions/slow')).taskCounts.running
  // Created in the background they are discretionary: 70 % of the eight places are theirs.
  await eventually('every place that it can have is taken', async () => (await running()) >= 5)
  await session(quick.client, 'quick')
  const url = origin.serve('/quick', { bytes: 1_000 })
  const { id } = await quick.client.ok<TaskView>('POST', '/v1/sessions/quick/tasks', { url })
  expect(await quick.client.ended(id)).toMatchObject({ state: 'completed' })
  // The silent ones still have all these places, and none of the reserve.
  expect(await running()).toBe(5)
})

test('a tenant whose receivers keep silent does not keep another one from being woken', async () => {
  const [slow, quick] = await Promise.all([newTenant(service.url), newTenant(service.url)])
  const url = origin.serve('/told', { bytes: 100 })
  const names = Array.from({ length: 40 }, (_, n) => `silent-${n}`)
  for (const name of names) {
    await session(slow.client, name, { url: `${silentUrl()}${name}` })
    await slow.client.ok('POST', `/v1/sessions/${name}/tasks`, { url })
  }
  await eventually('its wakes are on their way', async () => {
    const { data } = await slow.client.ok<{ data: { attempts: number }[] }>('GET', '/v1/deliveries?limit=200')
    return data.filter(({ attempts }) => attempts > 0).length >= 8
  })
  const before = receiver.posts.length
  await session(quick.client, 'quick', { url: receiver.url })
  await quick.client.ok('POST', '/v1/sessions/quick/tasks', { url })
  await eventually('the other is told everything', () =>
    receiver.types().slice(before).includes('session.events_finished'),
  )
  const { data } = await slow.client.ok<{ data: { attempts: number; sessionIdentifier: string }[] }>(
    'GET',
    '/v1/deliveries?limit=200',
  )
  // Each lane has all its heads in hand; only eight lanes are.
  const inHand = data.filter(({ attempts }) => attempts > 0).map(({ sessionIdentifier }) => sessionIdentifier)
  expect(new Set(inHand).size).toBe(8)
})
