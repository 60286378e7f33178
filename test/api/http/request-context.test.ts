import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildServer } from '#api/server.ts'
import { currentRequest } from '#core/kernel/request-context.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { newSession, newTask } from '#support/builders/api-fixtures.ts'
import type { TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'
import { followEvents } from '#support/receivers/event-reader.ts'

const api = useApi()
let app: Awaited<ReturnType<typeof buildServer>>
let port: number
let tenants: TestTenant[]
/** Calls of stores: the verb, the tenant that it names, and the tenant and the action of the request that it belongs to. */
let calls: { verb: string; named: unknown; tenantId: string | null | undefined; action: string | undefined }[]

beforeAll(async () => {
  calls = []
  app = await buildServer({ ...api.deps, stores: watched(api.stores) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
  tenants = await Promise.all([api.tenant(), api.tenant()])
})
afterAll(() => app.close())

function watched(stores: Stores): Stores {
  const watch = (room: object) =>
    Object.fromEntries(
      Object.entries(room).map(([verb, call]) => [
        verb,
        (...args: unknown[]) => {
          const request = currentRequest()
          calls.push({ verb, named: args[0], tenantId: request?.tenantId, action: request?.action })
          return call(...args)
        },
      ]),
    )
  return Object.fromEntries(Object.entries(stores).map(([room, verbs]) => [room, watch(verbs)])) as unknown as Stores
}
const callsOf = (verb: string) => calls.filter((call) => call.verb === verb)

describe('a request', () => {
  it('is known behind its body, however slowly that comes, beside others on the same connection', async () => {
    const sessions = await Promise.all(tenants.map((tenant) => newSession(tenant)))
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.setEncoding('utf8')
    let received = ''
    socket.on('data', (text: string) => {
      received += text
    })
    const answers = () => received.split('HTTP/1.1 201').length - 1
    // The second request is there before the first is answered, and its body is not.
    const body = JSON.stringify({ url: 'https://origin.example.com/' })
    for (let n = 0; n < 6; n++) {
      const { key } = tenants[n % 2]!
      socket.write(
        `POST /v1/sessions/${sessions[n % 2]}/tasks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
      )
      await sleep(5)
      socket.write(body.slice(5))
    }
    await eventually('all are answered', () => answers() === 6)
    socket.destroy()
    const created = callsOf('createTasks')
    expect(created).toHaveLength(6)
    for (const { named, tenantId, action } of created) expect([tenantId, action]).toEqual([named, 'createTask'])
    const ids = tenants.map(({ id }) => id)
    expect(created.map(({ named }) => named).toSorted()).toEqual([...ids, ...ids, ...ids].toSorted())
    // Authentication comes before there is a context.
    expect(callsOf('findPrincipal').every(({ tenantId }) => tenantId === undefined)).toBe(true)
  })

  it('is known while its stream lasts, and not by the looks that serve all streams', async () => {
    const readers = await Promise.all(tenants.map(({ key }) => followEvents(`http://127.0.0.1:${port}`, key)))
    for (const tenant of tenants) {
      const id = await newTask(tenant, await newSession(tenant))
      await tenant.call('POST', `/v1/tasks/${id}/cancel`, {})
    }
    for (const reader of readers) await eventually('the event has come', () => reader.of('task.completed')[0])
    // The first are of the opening, the later ones of the watch.
    await eventually('the watch has looked', () =>
      callsOf('holdStreams').some(({ tenantId }) => tenantId === undefined),
    )
    await Promise.all(readers.map((reader) => reader.close()))
    expect(callsOf('readFeed').length).toBeGreaterThan(0)
    for (const { named, tenantId } of callsOf('readFeed')) expect(tenantId).toBe(named)
  })
})
