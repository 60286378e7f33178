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
    await eventually('it is ready', async () => (await fetch(`${url}/readyz`)).ok)
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ok', degraded: [] })
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
