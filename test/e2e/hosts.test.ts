import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { HostView } from '#core/hosts/rules/host-view.ts'
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
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-hosts-'))
  service = await startStandalone(dataDir, { WAKE_DELAY_BASE_SECONDS: '0' })
  client = await tenant()
})
afterAll(async () => {
  await service?.end('SIGTERM')
  await rm(dataDir, { recursive: true, force: true })
})
// Another port is another host.
beforeEach(async () => {
  origin = await startOrigin()
})
afterEach(() => origin.close())

async function tenant(): Promise<Client> {
  const { client } = await newTenant(service.url)
  await client.ok('PUT', '/v1/sessions/s', { configuration: { delegate: { kind: 'pull' } } })
  return client
}
const create = (by: Client, url: string, more = {}) => by.ok<TaskView>('POST', '/v1/sessions/s/tasks', { url, ...more })
const read = (by: Client, url: string) => by.ok<HostView>('GET', `/v1/hosts/${new URL(url).host}`)

test('a host that asks one tenant for time is left alone for all, and is well again when it has answered', async () => {
  const url = origin.serve('/busy', {
    bytes: 0,
    respond: (_request, response) => void response.writeHead(503, { 'retry-after': '600' }).end(),
  })
  await create(client, url)
  const other = await tenant()
  await create(other, url, { earliestBeginDate: new Date(Date.now() + 3_600_000).toISOString() })
  const busy = await eventually('the host is left alone', async () => {
    const host = await read(other, url)
    return host.state === 'backingOff' && host
  })
  expect(busy).toMatchObject({ reason: '503 with Retry-After: 600 s', waitingTasks: 1, connections: { yours: 0 } })
  expect(Date.parse(busy.blockedUntil!) - Date.parse(busy.decidedAt!)).toBe(600_000)
})

test('a host that names a short time is well again after it', async () => {
  let asked = 0
  const url = origin.serve('/short', {
    bytes: 0,
    respond: (_request, response) => {
      asked += 1
      if (asked === 1) response.writeHead(503, { 'retry-after': '1' }).end()
      else response.writeHead(200).end('there')
    },
  })
  const { id } = await create(client, url)
  expect(await client.ended(id)).toMatchObject({ state: 'completed', attempts: 2 })
  expect(await read(client, url)).toMatchObject({ state: 'healthy', reason: 'it answered again', blockedUntil: null })
})

test('nobody at a port opens its circuit', async () => {
  const gone = await startOrigin()
  const url = gone.serve('/', { bytes: 1 })
  await gone.close()
  for (let count = 0; count < 5; count++) await create(client, url)
  const host = await eventually('the circuit is open', async () => {
    const now = await read(client, url)
    return now.state === 'circuitOpen' && now
  })
  expect(host).toMatchObject({ reason: '5 connections in a row failed: cannotConnectToHost' })
  expect(Date.parse(host.blockedUntil!) - Date.parse(host.decidedAt!)).toBe(5_000)
})

test('a path that is not there is no trouble of its host', async () => {
  const { id } = await create(client, `${origin.url}/not-here`)
  expect(await client.ended(id)).toMatchObject({ state: 'failed' })
  expect(await read(client, origin.url)).toMatchObject({ state: 'healthy', reason: null })
})

test('the rate of a host is measured by what it sends', async () => {
  const url = origin.serve('/large', { bytes: 2_097_152, bytesPerSecond: 4_194_304 })
  const { id } = await create(client, url)
  await client.ended(id)
  const { bytesPerSecond } = await eventually('the rate is known', async () => {
    const host = await read(client, url)
    return host.bytesPerSecond !== null && host
  })
  expect(bytesPerSecond).toBeGreaterThan(100_000)
  expect(bytesPerSecond).toBeLessThan(10_000_000)
})

test("while a host rests, another tenant's task for it does not begin, and then it does", async () => {
  const asked = new Map<string, number[]>()
  const serve = (path: string, asksForPause: boolean) =>
    origin.serve(path, {
      bytes: 0,
      respond: (_request, response) => {
        const times = asked.get(path) ?? []
        asked.set(path, [...times, Date.now()])
        if (asksForPause && times.length === 0) response.writeHead(503, { 'retry-after': '2' }).end()
        else response.writeHead(200).end('there')
      },
    })
  const first = await create(client, serve('/resting', true))
  const resting = await eventually(
    'the host rests',
    async () => {
      const host = await read(client, origin.url)
      return host.state === 'backingOff' && host
    },
    { everyMs: 10 },
  )
  const other = await tenant()
  const { id } = await create(other, serve('/wanted', false))
  expect(Date.now()).toBeLessThan(Date.parse(resting.blockedUntil!))
  const ended = await other.ended(id)
  expect(ended).toMatchObject({ state: 'completed', attempts: 1 })
  expect(Date.parse(ended.beganAt!)).toBeGreaterThanOrEqual(Date.parse(resting.blockedUntil!))
  expect(asked.get('/wanted')![0]).toBeGreaterThanOrEqual(Date.parse(resting.blockedUntil!))
  await client.ended(first.id)
})
