import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import type { Client } from '#support/client/client.ts'
import { type RawOrigin, rawResponse, startRawOrigin } from '#support/origins/raw-origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'

let dataDir: string
let service: Service
let client: Client
let origin: RawOrigin
let target = ''

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-own-places-'))
  service = await startStandalone(dataDir, { EGRESS_DENY_CIDRS: '127.7.0.0/16' })
  origin = await startRawOrigin(({ path }) =>
    path === '/go' ? rawResponse(302, { Location: target }) : rawResponse(200),
  )
  client = (await newTenant(service.url)).client
  await client.ok('PUT', '/v1/sessions/s', { configuration: { delegate: { kind: 'pull' } } })
})

afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

const database = async () => `http://127.0.0.1:${(await readFile(join(dataDir, 'postgres-port'), 'utf8')).trim()}/`

test('the service calls neither itself nor its database, although their address is allowed', async () => {
  for (const url of [`${service.url}/livez`, await database()]) {
    const denied = { status: 422, body: { code: 'destination_denied', errors: [{ code: 'destination_denied' }] } }
    expect(await client.call('POST', '/v1/sessions/s/tasks', { url })).toMatchObject(denied)
    expect(await client.call('POST', '/v1/webhook-endpoints', { url })).toMatchObject(denied)
  }
})

test('nor does a redirect lead there, or into a closed network', async () => {
  const closed = `http://127.7.0.1:${new URL(origin.url()).port}/`
  for (target of [`${service.url}/livez`, await database(), closed]) {
    const { id } = await client.ok<TaskView>('POST', '/v1/sessions/s/tasks', { url: origin.url('/go') })
    const task = await client.ended(id)
    expect(task).toMatchObject({ state: 'failed', error: { name: 'destination_denied' } })
    expect(task.error?.detail).not.toMatch(/\d+\.\d+\.\d+/)
  }
})

test('what else listens on the machine can be reached', async () => {
  const { id } = await client.ok<TaskView>('POST', '/v1/sessions/s/tasks', { url: origin.url() })
  expect(await client.ended(id)).toMatchObject({ state: 'completed' })
})

test('a worker of its own knows the API by PUBLIC_URL', async () => {
  const api = await startRawOrigin(() => rawResponse(200))
  const pair = (await openProcessPair('PostgreSQL', { env: { PUBLIC_URL: new URL(api.url()).origin } }))!
  try {
    const [{ url }] = await Promise.all([pair.startApi(), pair.startWorker()])
    const other = (await newTenant(url)).client
    await other.ok('PUT', '/v1/sessions/s', { configuration: { delegate: { kind: 'pull' } } })
    target = api.url('/livez')
    const { id } = await other.ok<TaskView>('POST', '/v1/sessions/s/tasks', { url: origin.url('/go') })
    expect(await other.ended(id)).toMatchObject({ state: 'failed', error: { name: 'destination_denied' } })
    expect(api.connections()).toBe(0)
  } finally {
    await Promise.all([pair.dispose(), api.close()])
  }
})
