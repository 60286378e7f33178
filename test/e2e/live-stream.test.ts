import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { startTcpProxy, type TcpProxy } from '#support/faults/tcp-proxy.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { openProcessPair, type ProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, type Service, type ServiceProcess } from '#support/processes/service.ts'
import { type EventReader, followEvents, ignoreEvents } from '#support/receivers/event-reader.ts'

const MiB = 1024 * 1024
const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
const pull = { configuration: { delegate: { kind: 'pull' } } }

let origin: Origin
let network: TcpProxy
beforeAll(async () => {
  origin = await startOrigin()
  network = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(origin.url).port) })
})
afterAll(async () => {
  await network?.close()
  await origin?.close()
})

const statesOf = (reader: EventReader, id: string) =>
  reader.of('task.state').flatMap(({ data }) => (data.taskId === id ? [data.state as string] : []))

describe.each(embeddedOnly ? (['PostgreSQL'] as const) : (['PostgreSQL', 'Redis'] as const))(
  'API and workers as processes of their own, with the queue on %s',
  (queue) => {
    let pair: ProcessPair
    let api: Service
    let other: Service
    let worker: ServiceProcess
    beforeAll(async () => {
      pair = (await openProcessPair(queue))!
      ;[api, other, worker] = await Promise.all([pair.startApi(), pair.startApi(), pair.startWorker()])
    })
    afterAll(() => pair?.dispose())

    test('a download is followed as it goes, through a connection that breaks, to its end', async () => {
      const { client, key } = await newTenant(api.url)
      await client.ok('PUT', '/v1/sessions/followed', pull)
      const path = `/followed-${queue}`
      const resource = { bytes: 16 * MiB, bytesPerSecond: 5 * MiB }
      // It cannot be through before the connection is cut.
      origin.serve(path, { ...resource, holdAfter: 12 * MiB })
      const reader = await followEvents(other.url, key, { query: 'session=followed' })
      const startedAt = Date.now()
      const { id } = await client.ok<TaskView>('POST', '/v1/sessions/followed/tasks', {
        url: `http://127.0.0.1:${network.port}${path}`,
      })
      const bytes = () => reader.of('task.progress').map(({ data }) => data.progress.countOfBytesReceived as number)
      await eventually('the first part is stored', () => bytes().some((received) => received > 7 * MiB), {
        withinMs: 60_000,
      })
      await network.cut()
      origin.serve(path, resource)
      // Short enough, and the attempt would go on.
      await eventually('the attempt has failed', () => statesOf(reader, id).at(-1) === 'waiting')
      await network.restore()
      await eventually('it has completed', () => reader.of('task.completed').length === 1, { withinMs: 90_000 })
      await eventually('its last state has come', () => statesOf(reader, id).at(-1) === 'completed')
      expect(statesOf(reader, id).join(' ')).toMatch(/^waiting running( waiting running)+ completed$/)
      const [resumed] = reader.of('task.resumed_at_offset')
      expect(resumed!.data).toMatchObject({ taskId: id, expectedTotalBytes: 16 * MiB })
      expect([5 * MiB, 10 * MiB]).toContain(resumed!.data.offset)
      // It falls once, back to what is stored: when the attempt fails or when the next one begins, whichever is told of first.
      const falls = bytes().filter((received, n) => received < (bytes()[n - 1] ?? 0))
      expect(falls.length).toBeLessThanOrEqual(1)
      for (const received of falls) expect(received).toBeGreaterThanOrEqual(resumed!.data.offset)
      expect(bytes().length).toBeLessThanOrEqual(1 + (2 * (Date.now() - startedAt)) / 1000)
      expect(reader.stored().map(({ event }) => event)).toEqual(['task.finished_downloading', 'task.completed'])
      await reader.close()
    })

    test('nothing is left out while 200 tasks end, readers come and go, and one does not read', async () => {
      const { client, key } = await newTenant(api.url)
      await client.ok('PUT', '/v1/sessions/many', pull)
      const url = origin.serve('/small', { bytes: 1_000 })
      const lazy = await ignoreEvents(api.url, key)
      const steady = await Promise.all([api, other].map((each) => followEvents(each.url, key)))
      const tasks = Array.from({ length: 200 }, () => ({ url }))
      await client.ok('POST', '/v1/sessions/many/tasks/batch', { tasks })
      const seen: string[] = []
      let lastEventId: string | null = Buffer.from('0').toString('base64url')
      for (let turn = 0; seen.length < 400; turn++) {
        // Each time by another process.
        const reader: EventReader = await followEvents([api, other][turn % 2]!.url, key, { lastEventId })
        await eventually('it has read something', () => reader.stored().length > 0, { withinMs: 60_000 })
        await reader.close()
        seen.push(...reader.stored().map(({ data }) => data.id))
        lastEventId = reader.lastId()
      }
      const all: string[] = []
      for (let after = ''; all.length < 400; ) {
        const page = await client.ok<{ data: { id: string }[]; nextCursor: string }>(
          'GET',
          `/v1/events?limit=200${after && `&after=${after}`}`,
        )
        all.push(...page.data.map(({ id }) => id))
        after = page.nextCursor
      }
      expect(seen).toEqual(all)
      for (const reader of steady) {
        await eventually('the others have read it all', () => reader.stored().length === 400)
        expect(reader.stored().map(({ data }) => data.id)).toEqual(all)
        await reader.close()
      }
      lazy.destroy()
    })

    test('a process that stops ends its streams whole, and another goes on behind them', async () => {
      const { client, key } = await newTenant(api.url)
      await client.ok('PUT', '/v1/sessions/after', pull)
      const before = await followEvents(other.url, key)
      await eventually('it is connected', () => before.lastId() !== null)
      expect(await other.end('SIGTERM')).toBe(0)
      expect(await before.ended).toBe('whole')
      await client.ok('POST', '/v1/sessions/after/tasks', { url: origin.serve('/after', { bytes: 10 }) })
      const after = await followEvents(api.url, key, { lastEventId: before.lastId() })
      await eventually('what happened meanwhile has come', () => after.stored().length === 2, { withinMs: 60_000 })
      await after.close()
      expect(worker.output()).not.toContain('transfer.internal_error')
    })
  },
)
