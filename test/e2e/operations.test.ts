import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, operationsOf, startProcess } from '#support/processes/service.ts'
import { startReceiver } from '#support/receivers/receiver.ts'

const bytes = 100_000

/** The samples of a scrape, by name and labels. */
async function scrape(url: string): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

test('API and worker tell operators that they live, that they are ready, and what they do', async ({
  onTestFinished,
}) => {
  const [origin, receiver] = await Promise.all([startOrigin(), startReceiver()])
  const pair = (await openProcessPair('PostgreSQL'))!
  onTestFinished(async () => void (await Promise.all([pair.dispose(), origin.close(), receiver.close()])))
  const [api, worker] = [await pair.startApi(), await pair.startWorker()]
  const [ofApi, ofWorker] = await Promise.all([operationsOf(api), operationsOf(worker)])
  expect(ofApi).not.toBe(ofWorker)
  for (const url of [ofApi, ofWorker]) {
    expect(await (await fetch(`${url}/livez`)).json()).toEqual({ status: 'ok' })
    // On a busy machine a part may not answer in time at first.
    const ready = await eventually('it is ready', async () => {
      const response = await fetch(`${url}/readyz`)
      const body = (await response.json()) as { degraded?: string[] }
      return response.ok && body.degraded?.length === 0 && body
    })
    expect(ready).toEqual({ status: 'ok', degraded: [] })
    expect((await fetch(`${url}/v1/tasks`)).status).toBe(404)
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405)
  }

  const { client, tenantId } = await newTenant(api.url)
  await client.ok('PUT', '/v1/sessions/observed', { configuration: { delegate: { url: receiver.url } } })
  const url = origin.serve('/observed', { bytes })
  const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/observed/tasks', { url })
  const missing = await client.ok<{ id: string }>('POST', '/v1/sessions/observed/tasks', {
    url: `${origin.url}/missing`,
  })
  await Promise.all([client.ended(id), client.ended(missing.id)])
  await eventually('it is told', () => receiver.types().includes('session.events_finished'), { withinMs: 60_000 })

  const worked = await eventually('all of it is counted', async () => {
    const found = await scrape(ofWorker)
    return found.get('backhaul_delivery_attempts_total{outcome="2xx"}')! >= 4 && found
  })
  expect(Object.fromEntries(worked)).toMatchObject({
    'backhaul_transfers_total{outcome="completed",error="none"}': 1,
    'backhaul_transfers_total{outcome="failed",error="fileDoesNotExist"}': 1,
    backhaul_transfer_completed_bytes_total: bytes,
    'backhaul_source_requests_total{outcome="2xx"}': 1,
    'backhaul_source_requests_total{outcome="4xx"}': 1,
    'backhaul_storage_operation_duration_seconds_count{operation="openObject",outcome="ok"}': 1,
    backhaul_transfers_running: 0,
    backhaul_claimed_tasks_total: 2,
  })
  expect(worked.get('backhaul_transfer_received_bytes_total')).toBeGreaterThanOrEqual(bytes)
  expect(worked.get('backhaul_wakes_total')).toBeGreaterThanOrEqual(1)
  expect(worked.get('backhaul_delivery_first_attempt_lag_seconds_count')).toBeGreaterThanOrEqual(4)

  const route = '{method="POST",route="/v1/sessions/:identifier/tasks",status="201"}'
  const served = await scrape(ofApi)
  expect(served.get(`backhaul_http_request_duration_seconds_count${route}`)).toBe(2)
  const fleet = await eventually(
    'the fleet is counted, and the API shows it too',
    async () => {
      const found = await scrape(ofApi)
      return found.get('backhaul_fleet_workers') === 1 && found
    },
    { withinMs: 60_000 },
  )
  expect(fleet.get('backhaul_fleet_sample_age_seconds')).toBeLessThan(60)
  // Their number has no bound.
  for (const name of [...served.keys(), ...worked.keys()])
    for (const value of [tenantId, id, '127.0.0.1', 'observed"']) expect(name).not.toContain(value)
})

test('bytes that come a second time are counted, and how long the wake limiter keeps tasks waiting', async ({
  onTestFinished,
}) => {
  const [origin, receiver] = await Promise.all([startOrigin(), startReceiver()])
  const pair = (await openProcessPair('PostgreSQL', { env: { WAKE_DELAY_BASE_SECONDS: '600' } }))!
  onTestFinished(async () => void (await Promise.all([pair.dispose(), origin.close(), receiver.close()])))
  const [api, worker] = [await pair.startApi(), await pair.startWorker()]
  const [ofApi, ofWorker] = await Promise.all([operationsOf(api), operationsOf(worker)])
  const { client } = await newTenant(api.url)
  await client.ok('PUT', '/v1/sessions/again', { configuration: { delegate: { url: receiver.url } } })
  // Without a validator, so that the second attempt has to start over.
  const whole = Buffer.alloc(bytes, 7)
  const cut = Promise.withResolvers<void>()
  let requests = 0
  const url = origin.serve('/cut', {
    bytes: 0,
    async respond(_request, response) {
      requests += 1
      response.writeHead(200, { 'content-length': `${bytes}` })
      if (requests > 1) return void response.end(whole)
      response.write(whole.subarray(0, bytes / 2))
      await cut.promise
      response.destroy()
    },
  })
  const create = () => client.ok<{ id: string }>('POST', '/v1/sessions/again/tasks', { url })
  const { id } = await create()
  await eventually('half of it has been received', async () => {
    const task = await client.ok<{ progress: { countOfBytesReceived: number } }>('GET', `/v1/tasks/${id}`)
    return task.progress.countOfBytesReceived === bytes / 2
  })
  expect((await scrape(ofApi)).get('backhaul_limiter_delay_seconds_count')).toBe(0)
  cut.resolve()
  expect(await client.ended(id)).toMatchObject({ state: 'completed' })
  await eventually('the half that came again is counted', async () => {
    return (await scrape(ofWorker)).get('backhaul_transfer_refetched_bytes_total') === bytes / 2
  })

  await eventually('the client was woken', () => receiver.types().includes('session.wake'), { withinMs: 60_000 })
  await create()
  const delayed = await scrape(ofApi)
  expect(delayed.get('backhaul_limiter_delay_seconds_count')).toBe(1)
  const seconds = delayed.get('backhaul_limiter_delay_seconds_sum')!
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(600)
})

test('a port for operators that is taken is refused in one sentence', async ({ onTestFinished }) => {
  const pair = (await openProcessPair('PostgreSQL'))!
  onTestFinished(pair.dispose)
  const api = await pair.startApi()
  const port = new URL(await operationsOf(api)).port
  const second = startProcess('apps/standalone/src/main.ts', { OPERATIONS_PORT: port, DATA_DIR: '/nonexistent' })
  await eventually('it has ended', () => second.child.exitCode !== null, { withinMs: 60_000 })
  expect(second.child.exitCode).toBe(1)
  expect(second.output()).toMatch(/OPERATIONS_PORT \(127\.0\.0\.1:\d+\): another process has it/)
})

test('a REDIS_URL that leads to something else is said at /readyz and once in the log, and the service goes on', async ({
  onTestFinished,
}) => {
  let asked = 0
  const web = createServer((_, response) => response.end('hello')).on('connection', () => (asked += 1))
  await once(web.listen(0, '127.0.0.1'), 'listening')
  const { port } = web.address() as AddressInfo
  const pair = (await openProcessPair('PostgreSQL', { env: { REDIS_URL: `redis://127.0.0.1:${port}` } }))!
  onTestFinished(async () => {
    await pair.dispose()
    web.closeAllConnections()
    web.close()
  })
  const services = [await pair.startApi(), await pair.startWorker()]
  const reason = 'what answers at REDIS_URL is no Redis: it speaks another protocol'
  for (const service of services) {
    // A process that starts on a busy machine may not hear it at first.
    const ready = await eventually('it says why', async () => {
      const response = await fetch(`${await operationsOf(service)}/readyz`)
      expect(response.status).toBe(200)
      const body = (await response.json()) as { reasons?: object }
      return body.reasons && body
    })
    expect(ready).toEqual({ status: 'ok', degraded: ['queue'], reasons: { queue: reason } })
  }
  const before = asked
  await eventually('it is asked again and again', () => asked > before + 50, { withinMs: 60_000 })
  for (const { output, child } of services) {
    expect(output().split('"event":"redis.refused"')).toHaveLength(2)
    expect(output().split('"event":"queue.trouble"').length).toBeLessThan(10)
    expect(child.exitCode).toBeNull()
  }
})
