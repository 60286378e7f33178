import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { startReceiver } from '#support/receivers/receiver.ts'

let dataDir: string
let service: Service
let origin: Origin

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-repair-'))
  ;[service, origin] = await Promise.all([startStandalone(dataDir), startOrigin()])
})

afterAll(async () => {
  await Promise.all([service?.end('SIGTERM'), origin?.close()])
  await rm(dataDir, { recursive: true, force: true })
})

interface Listed {
  data: { id: string; type: string }[]
}

test('a receiver that said it was gone gets everything it missed in a new wake, once, in order and with the same ids', async () => {
  const { client } = await newTenant(service.url)
  const receiver = await startReceiver()
  try {
    receiver.respond = () => 410
    const since = new Date(Date.now() - 60_000).toISOString()
    const endpoint = await client.ok<{ id: string; secret: string }>('POST', '/v1/webhook-endpoints', {
      url: receiver.url,
    })
    const path = `/v1/webhook-endpoints/${endpoint.id}`
    const state = async () => (await client.ok<{ state: string }>('GET', path)).state
    await client.ok('PUT', '/v1/sessions/repaired', { configuration: { delegate: { endpointId: endpoint.id } } })
    const fetchOne = async (name: string) => {
      const url = origin.serve(`/${name}`, { bytes: 1024 })
      const { id } = await client.ok<{ id: string }>('POST', '/v1/sessions/repaired/tasks', { url })
      await eventually(`${name} is fetched`, async () => {
        const task = await client.ok<{ state: string }>('GET', `/v1/tasks/${id}?wait=5`)
        return task.state === 'completed'
      })
    }
    await fetchOne('before')
    await eventually('the endpoint is disabled', async () => (await state()) === 'disabled')
    const refused = receiver.posts[0]!
    await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
    await fetchOne('while-disabled')
    await client.ok('DELETE', '/v1/foreground')

    receiver.respond = () => 204
    const early = await client.call<{ code: string }>('POST', `${path}/recover`, { since })
    expect([early.status, early.body.code]).toEqual([409, 'endpoint_disabled'])
    await client.ok('POST', `${path}/enable`, {})
    const recovery = await client.ok<{ id: string }>('POST', `${path}/recover`, { since })
    await eventually('the recovery is done', async () => {
      const { state } = await client.ok<{ state: string }>('GET', `${path}/recoveries/${recovery.id}`)
      return state === 'completed'
    })
    await eventually('the wake is over', () => receiver.posts.at(-1)!.event.type === 'session.events_finished')
    const { data } = await client.ok<Listed>('GET', '/v1/events?session=repaired')
    const feed = data.map(({ id }) => id).filter((id) => id !== refused.event.id)
    const delivered = receiver.posts.slice(1)
    expect(delivered.map(({ event }) => event.id).toSorted()).toEqual(feed.toSorted())
    const taskEvents = ['task.finished_downloading', 'task.completed']
    const types = delivered.map(({ event }) => event.type)
    expect(types).toEqual(['session.wake', ...taskEvents, ...taskEvents, 'session.events_finished'])
    const numbers = delivered.slice(1).map(({ event }) => event.sequence)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    receiver.verifyAll(endpoint.secret)
  } finally {
    await receiver.close()
  }
})
