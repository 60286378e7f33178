import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Announcer } from '#core/kernel/announcer.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { newSession, newTask } from '#support/builders/api-fixtures.ts'
import { type ApiUnderTest, openApi, type TestTenant } from '#support/client/api.ts'

let api: ApiUnderTest
let port: number
/** What is listened to. */
let waiting: string[]
let closed: boolean
beforeEach(async () => {
  waiting = []
  closed = false
  const announcer: Announcer = {
    on(kind) {
      waiting.push(kind)
      return () => void waiting.splice(waiting.indexOf(kind), 1)
    },
  }
  api = await openApi({ announcer })
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  port = (api.app.server.address() as AddressInfo).port
})
afterEach(async () => {
  if (!closed) await api.close()
})

/** Sends raw bytes and reads until the server closes the connection. */
async function exchange(bytes: string): Promise<{ status: number; body: string }> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  const response = await text(socket)
  const [head = '', body = ''] = response.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), body }
}

describe('what is not a request', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['headers without an end', `GET /livez HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'a length and chunks',
      'POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na',
      400,
    ],
  ])('is refused with a problem: %s', async (_what, bytes, status) => {
    const response = await exchange(bytes)
    expect(response.status).toBe(status)
    api.check.component('Problem', JSON.parse(response.body))
  })

  it('is a connection over which nothing comes at all: it is closed, and nothing said', async () => {
    api.app.server.headersTimeout = 100
    expect(await exchange('')).toEqual({ status: Number.NaN, body: '' })
  })

  it('is a body that never comes: the time is limited', async () => {
    api.app.server.headersTimeout = 100
    api.app.server.requestTimeout = 200
    const { key } = await api.tenant()
    const head = `POST /v1/webhook-endpoints HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json`
    const response = await exchange(`${head}\r\nContent-Length: 100\r\n\r\n{`)
    expect(response.status).toBe(408)
    expect(JSON.parse(response.body).code).toBe('request_timeout')
  })
})

describe('a request with two keys', () => {
  it('is refused, whichever of them is good and however the field is written', async () => {
    const { key } = await api.tenant()
    const good = `Authorization: Bearer ${key}`
    const head = (...fields: string[]) =>
      ['GET /v1/tasks HTTP/1.1', 'Host: a', 'Connection: close', ...fields].join('\r\n')
    expect((await exchange(`${head(good)}\r\n\r\n`)).status).toBe(200)
    for (const fields of [
      [good, 'Authorization: Bearer bh_unknown'],
      ['Authorization: Bearer bh_unknown', good],
      [good, good],
      [good, `AUTHORIZATION: Bearer ${key}`],
      [good, 'authorization:'],
      [good, 'Accept: */*', 'authorization: Basic x'],
    ]) {
      const response = await exchange(`${head(...fields)}\r\n\r\n`)
      expect([response.status, JSON.parse(response.body).code]).toEqual([400, 'invalid_request'])
      api.check.component('Problem', JSON.parse(response.body))
    }
  })
})

describe('a connection', () => {
  it('over which nothing comes and nothing goes is closed, later than the longest wait for a task ends', async () => {
    expect(api.app.server.timeout).toBeGreaterThan(60_000)
    api.app.server.timeout = 100
    const tenant = await api.tenant()
    const path = `/v1/tasks/${await newTask(tenant, await newSession(tenant))}?wait=60`
    expect(
      await exchange(`GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${tenant.key}\r\n\r\n`),
    ).toMatchObject({ body: '' })
  })

  it('beyond the most there may be is closed at once, and the others go on', async () => {
    api.app.server.maxConnections = 2
    const { key } = await api.tenant()
    const held = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
    await Promise.all(held.map((socket) => once(socket, 'connect')))
    await once(connect(port, '127.0.0.1').resume(), 'close')
    held[0]!.write(`GET /v1/tasks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`)
    expect(await text(held[0]!)).toMatch(/^HTTP\/1.1 200 /)
    held[1]!.destroy()
  })
})

describe('closing', () => {
  it('does not wait for a request that never comes whole', async () => {
    const { key } = await api.tenant()
    const socket = connect(port, '127.0.0.1')
    const head = `POST /v1/webhook-endpoints HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json`
    socket.write(`${head}\r\nContent-Length: 100\r\n\r\n{`)
    const cut = once(socket, 'close')
    await eventually('the request has begun', async () => {
      const connections = await new Promise<number>((resolve) =>
        api.app.server.getConnections((_error, n) => resolve(n)),
      )
      return connections === 1
    })
    closed = true
    await api.close()
    await cut
  })
})

describe('waiting for a task', () => {
  let tenant: TestTenant
  let path: string
  beforeEach(async () => {
    tenant = await api.tenant()
    path = `/v1/tasks/${await newTask(tenant, await newSession(tenant))}?wait=60`
  })
  const authorized = () => ({ headers: { authorization: `Bearer ${tenant.key}` } })

  it('ends when the client goes away', async () => {
    const away = new AbortController()
    const response = fetch(`http://127.0.0.1:${port}${path}`, { ...authorized(), signal: away.signal })
    const refused = expect(response).rejects.toThrow()
    await eventually('the request waits', () => waiting.includes('ended'))
    away.abort()
    await refused
    await eventually('nobody waits', () => waiting.length === 0)
  })

  it('ends when the server stops, with the task as it is', async () => {
    const response = fetch(`http://127.0.0.1:${port}${path}`, authorized())
    await eventually('the request waits', () => waiting.includes('ended'))
    closed = true
    await api.close()
    expect(((await (await response).json()) as { state: string }).state).toBe('waiting')
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'error')
  })
})
