import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { errorOf, lines, loopback, open, read, type source } from '#support/client/source.ts'
import { type Scenario, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import { type RawRequest, rawResponse } from '#support/origins/raw-origin.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import { createHttpSource } from '#transfer/source/http-source.ts'

const serving = async (script: Scenario | ((request: RawRequest) => Scenario)) => {
  const origin = await startHostileOrigin(script)
  onTestFinished(() => origin.close())
  return origin
}
/** A source of its own, so that no other test has connections in it. */
const ownSource = () => {
  const own = createHttpSource(createEgressGuard({ allowed: loopback, lookup: async () => ['127.0.0.1'] }))
  onTestFinished(() => own.close())
  return own
}
const get = async (url: string, connectionScope: string, from: typeof source) =>
  (await read(await open(url, { connectionScope }, from))).toString()

describe('a connection whose response was read', () => {
  it('serves the same tenant again, and no other tenant, host or port', async () => {
    const own = ownSource()
    const origin = await serving([{ send: rawResponse(200, {}, 'hello') }])
    const other = await serving([{ send: rawResponse(200, {}, 'other') }])
    for (let n = 0; n < 5; n++) expect(await get(origin.url(`/${n}`), 'ten_1', own)).toBe('hello')
    expect(origin.connections()).toBe(1)
    expect(await get(origin.url(), 'ten_2', own)).toBe('hello')
    expect(origin.connections()).toBe(2)
    expect(await get(`http://files.example.com:${origin.port}/`, 'ten_1', own)).toBe('hello')
    expect(origin.connections()).toBe(3)
    expect(await get(other.url(), 'ten_1', own)).toBe('other')
    expect([origin.connections(), other.connections()]).toEqual([3, 1])
  })

  it('is not used by two at once', async () => {
    const own = ownSource()
    const origin = await serving([{ waitMs: 50 }, { send: rawResponse(200, {}, 'hello') }])
    await get(origin.url(), 'ten_1', own)
    await Promise.all([1, 2, 3].map(() => get(origin.url(), 'ten_1', own)))
    expect(origin.connections()).toBe(3)
  })

  it.each<[string, Scenario]>([
    ['says that it closes', [{ send: rawResponse(200, { Connection: 'close' }, 'hello') }]],
    ['ends with the body', [{ send: `${lines('HTTP/1.1 200 OK')}hello` }, 'end']],
    ['is of HTTP/1.0', [{ send: `${lines('HTTP/1.0 200 OK', 'Content-Length: 5')}hello` }]],
    [
      'has bytes behind its body',
      [{ send: `${rawResponse(200, {}, 'hello')}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil` }],
    ],
    ['gets bytes later', [{ send: rawResponse(200, {}, 'hello') }, { waitMs: 20 }, { send: 'HTTP/1.1 200 OK\r\n' }]],
  ])('is closed when it %s', async (_, script) => {
    const own = ownSource()
    const origin = await serving(script)
    for (let n = 1; n <= 2; n++) {
      expect(await get(origin.url(), 'ten_1', own)).toBe('hello')
      await eventually('it is closed', () => origin.openConnections() === 0)
      expect(origin.connections()).toBe(n)
    }
  })

  it('is replaced, unnoticed, when the origin closes it just then', async () => {
    const own = ownSource()
    const origin = await serving(({ index }) => (index === 1 ? ['reset'] : [{ send: rawResponse(200, {}, 'hello') }]))
    for (let n = 0; n < 2; n++) expect(await get(origin.url(), 'ten_1', own)).toBe('hello')
    expect([origin.connections(), origin.requests.length]).toEqual([2, 3])
  })

  it('is not replaced when a response had begun, or when it was a new one', async () => {
    const own = ownSource()
    const origin = await serving(({ index }) =>
      index === 0
        ? [{ send: rawResponse(200, {}, 'hello') }]
        : index === 1
          ? [{ send: 'HTTP/1.1 200' }, 'reset']
          : ['reset'],
    )
    await get(origin.url(), 'ten_1', own)
    for (const requests of [2, 3]) {
      expect(await errorOf(open(origin.url(), { connectionScope: 'ten_1' }, own))).toMatchObject({
        failure: 'networkConnectionLost',
      })
      expect(origin.requests).toHaveLength(requests)
    }
  })

  it('is not kept when its response was not read, or the source is closed', async () => {
    const own = ownSource()
    const origin = await serving([{ send: rawResponse(200, {}, 'hello') }])
    ;(await open(origin.url(), { connectionScope: 'ten_1' }, own)).discard()
    await eventually('it is closed', () => origin.openConnections() === 0)
    await get(origin.url(), 'ten_1', own)
    expect(origin.openConnections()).toBe(1)
    await own.close()
    await eventually('it is closed too', () => origin.openConnections() === 0)
    await get(origin.url(), 'ten_1', own)
    await eventually('and so are later ones', () => origin.openConnections() === 0)
  })

  it('is closed when nobody uses it for a while', async () => {
    const own = ownSource()
    const origin = await serving([{ send: rawResponse(200, {}, 'hello') }])
    await get(origin.url(), 'ten_1', own)
    expect(origin.openConnections()).toBe(1)
    await eventually('it is closed', () => origin.openConnections() === 0, { withinMs: 10_000 })
  })
})
