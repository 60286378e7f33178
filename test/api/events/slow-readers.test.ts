import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { type ApiUnderTest, openApi, type TestTenant } from '#support/client/api.ts'
import { followEvents, ignoreEvents } from '#support/receivers/event-reader.ts'

let api: ApiUnderTest
let url: string
let tenant: TestTenant
let closed: boolean
let aheadMs: number
/** The server's ends, in the order they were opened. */
let sockets: Socket[]
beforeEach(async () => {
  closed = false
  aheadMs = 0
  sockets = []
  api = await openApi({ nowMs: () => Date.now() + aheadMs })
  api.app.server.on('connection', (socket) => sockets.push(socket))
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
  tenant = await api.tenant()
})
afterEach(async () => {
  if (!closed) await api.close()
})

/** More than the network buffers for a client that does not read. */
const many = 3_000
const fromTheFirst = `after=${Buffer.from('0').toString('base64url')}`

/** A feed of many large events, written all at once. */
async function fillFeed(): Promise<void> {
  const session = await newSession(tenant)
  await api.database.run(
    `with feed as (update feed set last_sequence = $2 where tenant_id = $1)
     insert into event (id, tenant_id, session_id, type, sequence, tenant_sequence, data, created_at)
     select 'evt_' || lpad(n::text, 26, '0'), $1, (select id from session where tenant_id = $1 and identifier = $3),
       'session.wake', n, n, json_build_object('eventCount', n, 'filling', repeat('x', 12000)), clock_timestamp()
     from generate_series(1, $2::int) as n`,
    [tenant.id, many, session],
  )
}

/** What a stream has shown, from the raw bytes of its response. */
function countsIn(text: string): number[] {
  return [...text.matchAll(/"eventCount":(\d+)/g)].map(([, n]) => Number(n))
}

describe('a reader that does not read', () => {
  it('costs no memory, slows no other, and finds everything when it reads on', async () => {
    await fillFeed()
    const lazy = await ignoreEvents(url, tenant.key, fromTheFirst)
    const [server] = sockets
    await eventually('its connection takes no more', () => server!.writableNeedDrain)
    const other = await followEvents(url, tenant.key, { query: fromTheFirst })
    let held = 0
    await eventually(
      'the other has read it all',
      () => {
        held = Math.max(held, server!.writableLength)
        return other.stored().length === many
      },
      { withinMs: 50_000 },
    )
    expect(other.stored().map(({ data }) => data.data.eventCount)).toEqual(
      Array.from({ length: many }, (_, n) => n + 1),
    )
    expect(held).toBeLessThan(128 * 1024)
    let taken = ''
    lazy.setEncoding('latin1').on('data', (chunk: string) => (taken += chunk))
    lazy.resume()
    await eventually('it has read it all', () => taken.includes(`"eventCount":${many},`), { withinMs: 50_000 })
    expect(countsIn(taken)).toEqual(Array.from({ length: many }, (_, n) => n + 1))
    lazy.destroy()
    await other.close()
  })

  it('is cut off after a minute, others are not, and its place is free', async () => {
    await fillFeed()
    const lazy = await ignoreEvents(url, tenant.key, fromTheFirst)
    const [server] = sockets
    await eventually('its connection takes no more', () => server!.writableNeedDrain)
    const idle = await followEvents(url, tenant.key)
    await eventually('the other is connected', () => idle.lastId() !== null)
    aheadMs += 61_000
    await eventually('it is cut off', () => server!.destroyed)
    const session = await newSession(tenant)
    await finish(api, tenant, await newTask(tenant, session))
    await eventually('the other goes on', () => idle.stored().length === 2)
    lazy.destroy()
    await idle.close()
  })
})

describe('when the server stops', () => {
  it('every stream ends whole, and a reader that does not read holds nobody up', async () => {
    await fillFeed()
    const lazy = await ignoreEvents(url, tenant.key, fromTheFirst)
    lazy.on('error', () => {})
    await eventually('its connection takes no more', () => sockets[0]!.writableNeedDrain)
    const readers = await Promise.all(Array.from({ length: 5 }, () => followEvents(url, tenant.key)))
    closed = true
    const gone = api.close().then(() => 'closed')
    expect(await Promise.all(readers.map(({ ended }) => ended))).toEqual(readers.map(() => 'whole'))
    // The stopping time of requests in hand, and what a loaded machine adds.
    expect(await Promise.race([gone, sleep(30_000)])).toBe('closed')
    lazy.destroy()
  })
})
