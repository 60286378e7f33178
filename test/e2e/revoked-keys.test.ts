import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, createClient } from '#support/client/client.ts'
import { openProcessPair, type ProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, operatorToken, type Service } from '#support/processes/service.ts'
import { connectEndpoint, type EventReader, followEvents } from '#support/receivers/event-reader.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
/** What the contract promises. */
const deadWithinMs = 5_000
const scopes = ['read', 'write']

interface Shown {
  apiKey: string
  key: { id: string }
}

describe.each(embeddedOnly ? (['PostgreSQL'] as const) : (['PostgreSQL', 'Redis'] as const))(
  'three API processes, with the queue on %s',
  (queue) => {
    let pair: ProcessPair
    let apis: Service[]
    let tenantId: string
    let client: Client
    beforeAll(async () => {
      pair = (await openProcessPair(queue))!
      apis = await Promise.all([pair.startApi(), pair.startApi(), pair.startApi()])
      ;({ tenantId, client } = await newTenant(apis[0]!.url))
    })
    afterAll(() => pair?.dispose())

    /** An event stream, a connection of an endpoint and a waiting request with this key, at each process. */
    async function openAll(
      key: string,
    ): Promise<{ streams: EventReader[]; connections: EventReader[]; waits: Promise<number>[] }> {
      const session = `s-${key.slice(3, 12)}`
      await client.ok('PUT', `/v1/sessions/${session}`, { configuration: { delegate: { kind: 'pull' } } })
      const url = 'https://origin.example.com/'
      const task = await client.ok<{ id: string }>('POST', `/v1/sessions/${session}/tasks`, { url, suspended: true })
      const endpoints = await Promise.all(
        apis.map(() => client.ok<{ id: string }>('POST', '/v1/webhook-endpoints', { kind: 'stream' })),
      )
      const headers = { authorization: `Bearer ${key}` }
      return {
        streams: await Promise.all(apis.map(({ url }) => followEvents(url, key))),
        connections: await Promise.all(apis.map(({ url }, n) => connectEndpoint(url, key, endpoints[n]!.id))),
        waits: apis.map(async ({ url }) => (await fetch(`${url}/v1/tasks/${task.id}?wait=60`, { headers })).status),
      }
    }
    /** All of it ends in time, whole, and every process refuses the key. */
    async function expectDead(key: string, { streams, connections, waits }: Awaited<ReturnType<typeof openAll>>) {
      const startedAt = performance.now()
      const ended = Promise.all([...streams, ...connections].map((reader) => reader.ended))
      expect(await ended).toEqual([...streams, ...connections].map(() => 'whole'))
      expect(await Promise.all(waits)).toEqual(apis.map(() => 401))
      expect(performance.now() - startedAt).toBeLessThan(deadWithinMs)
      for (const connection of connections)
        expect(connection.of('closed')).toMatchObject([{ data: { reason: 'unauthorized' } }])
      for (const { url } of apis)
        expect((await fetch(`${url}/v1/tasks`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(401)
    }
    const newKey = (more: object = {}) => client.ok<Shown>('POST', '/v1/api-keys', { name: 'key', scopes, ...more })

    test('a revoked key is dead in all of them, and what it had open has ended', async () => {
      const { apiKey, key } = await newKey()
      const open = await openAll(apiKey)
      await createClient(apis[1]!.url, operatorToken).ok('DELETE', `/v1/admin/tenants/${tenantId}/api-keys/${key.id}`)
      await expectDead(apiKey, open)
    })

    test('so is one that was rotated without an overlap, and its successor takes over', async () => {
      const { apiKey, key } = await newKey()
      const open = await openAll(apiKey)
      const next = await client.ok<Shown>('POST', `/v1/api-keys/${key.id}/rotate`, { overlapSeconds: 0 })
      await expectDead(apiKey, open)
      const again = await openAll(next.apiKey)
      await client.ok('DELETE', `/v1/api-keys/${next.key.id}`)
      await expectDead(next.apiKey, again)
    })

    test('so is one that expires, though nobody announces it', async () => {
      const expiresAt = new Date(Date.now() + 20_000)
      const { apiKey } = await newKey({ expiresAt: expiresAt.toISOString() })
      const open = await openAll(apiKey)
      await sleep(expiresAt.getTime() - Date.now())
      await expectDead(apiKey, open)
    })

    test('when a key was last used is known, whichever process it was used at', async () => {
      const { apiKey, key } = await newKey()
      for (const { url } of apis) await createClient(url, apiKey).ok('GET', '/v1/tasks')
      const usedAt = Date.now()
      await apis[2]!.end('SIGTERM')
      const shown = await client.ok<{ lastUsedAt: string | null }>('GET', `/v1/api-keys/${key.id}`)
      expect(Math.abs(Date.parse(shown.lastUsedAt!) - usedAt)).toBeLessThan(60_000)
    })
  },
)
