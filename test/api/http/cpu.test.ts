import { connect } from 'node:net'
import { finished } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newSession } from '#support/builders/api-fixtures.ts'
import type { ApiUnderTest, TestTenant } from '#support/client/api.ts'
import { type CostlyBody, costlyBodies, costlyTexts } from './costly-bodies.ts'
import { costlyHeads, costlyParameter } from './costly-heads.ts'
import { type OperationUnderTest, openOperations, rightBodies } from './every-operation.ts'
import { slowness, threadCpuMs } from './thread-cpu.ts'

/** The CPU limit for any request, in milliseconds: no other request is served meanwhile. */
const budgetMs = 250
const isOver = async (ms: number) => ms >= budgetMs && ms >= budgetMs * (await slowness())

let api: ApiUnderTest
let tenant: TestTenant
let operations: OperationUnderTest[]
beforeAll(async () => {
  const opened = await openOperations()
  api = opened.api
  tenant = opened.tenant
  operations = opened.operations
})
afterAll(() => api.close())

interface Request {
  url: string
  headers?: Record<string, string>
  body?: string
}

let addresses = 0

/** The CPU that a request costs, in milliseconds, without reading its response. Fails unless it gets one, and not one of 500 or more. */
async function cost({ method, key }: OperationUnderTest, { url, headers, body }: Request): Promise<number> {
  const sent = body === undefined ? {} : { payload: Buffer.from(body) }
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  let status = 0
  const ms = await threadCpuMs(async () => {
    const response = await api.app.inject({
      // Each from elsewhere: wrong keys to sign in with are counted by address.
      remoteAddress: `2001:db8:0:${(addresses++).toString(16)}::1`,
      method: method as 'POST',
      url,
      headers: { authorization: `Bearer ${key}`, ...type, ...headers },
      ...sent,
      payloadAsStream: true,
    })
    status = response.statusCode
    if (/^text\/event-stream/.test(String(response.headers['content-type']))) response.raw.res.destroy()
    else await finished(response.stream().resume())
  })
  expect(status, `${method} ${url.slice(0, 200)}`).toBeLessThan(500)
  return ms
}

/** Which ones were over the budget, also when asked again: the first time, code may just have been compiled. */
async function overBudget(operation: OperationUnderTest, requests: Iterable<Request & { why: string }>) {
  const over: string[] = []
  for (const { why, ...request } of requests) {
    if (!(await isOver(await cost(operation, request)))) continue
    const ms = await cost(operation, request)
    if (await isOver(ms)) over.push(`${Math.round(ms)} ms: ${why}`)
  }
  return over
}

function* requestsOf(operation: OperationUnderTest, bodies: Iterable<CostlyBody>) {
  for (const { why, text } of bodies) {
    expect(Buffer.byteLength(text), why).toBeLessThanOrEqual(sizeOf(operation))
    yield { why: `${operation.name}: ${why}`, url: operation.path, body: text }
  }
}

/** Those that differ in `of`: the others are alike in what matters here. */
function distinct<T>(all: readonly T[], of: (each: T) => string): T[] {
  return [...new Map(all.map((each) => [of(each), each])).values()]
}

const sizeOf = ({ name }: OperationUnderTest) => (name === 'createTasks' ? 4 : 1) * 1024 * 1024

describe('a request costs less than 250 ms of CPU', () => {
  // One reader of JSON serves all operations; of a batch, the errors are attached instead of thrown.
  it.each(['createTask', 'createTasks'])('whatever the text of its body is: %s', async (name) => {
    const operation = operations.find((each) => each.name === name)!
    expect(await overBudget(operation, requestsOf(operation, costlyTexts(sizeOf(operation))))).toEqual([])
  })

  it('whatever is at any place of its body', async () => {
    const over = []
    const taking = operations.filter(({ name }) => name in rightBodies)
    expect(taking).toHaveLength(Object.keys(rightBodies).length)
    for (const operation of distinct(taking, ({ $ref }) => $ref!)) {
      const bodies = costlyBodies(api.document, operation.$ref!, rightBodies[operation.name]!, sizeOf(operation))
      over.push(...(await overBudget(operation, requestsOf(operation, bodies))))
    }
    expect(over).toEqual([])
  })

  // One operation per method and access rule is enough: the code that reads a head differs by nothing else.
  it('whatever its address and its head are', async () => {
    const over = []
    for (const operation of distinct(operations, ({ method, told }) => `${method} ${JSON.stringify(told.security)}`))
      over.push(...(await overBudget(operation, costlyHeads(operation))))
    expect(over).toEqual([])
  })

  it('whatever its parameters are', async () => {
    const over = []
    const named = operations.flatMap((operation) =>
      (operation.told.parameters ?? []).map((parameter) => ({ operation, parameter })),
    )
    for (const { operation, parameter } of distinct(named, ({ parameter }) => JSON.stringify(parameter)))
      over.push(...(await overBudget(operation, costlyParameter(operation, parameter))))
    expect(over).toEqual([])
  })
})

describe('a body in pieces of one byte each', () => {
  it('is refused before they cost much', async () => {
    const { method, path, key } = operations.find(({ name }) => name === 'createTasks')!
    const { port } = new URL(await api.app.listen({ port: 0, host: '127.0.0.1' }))
    const right = `${method} ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`
    const pieces = (count: number) => `${'1\r\n \r\n'.repeat(count)}2\r\n{}\r\n0\r\n\r\n`
    const send = async (count: number, head = `${right}Connection: close\r\n`) => {
      const request = Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n${pieces(count)}`)
      const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
      let response = ''
      const ms = await threadCpuMs(async () => {
        socket.on('data', (data) => (response += String(data))).write(request)
        await new Promise((resolve) => socket.once('close', resolve))
      })
      return { ms, response }
    }
    expect((await send(10_000)).response).toContain('/tasks')
    const { ms, response } = await send(4_000_000)
    expect(await isOver(ms), `${ms} ms`).toBe(false)
    // It may be lost: the server closes while the client still sends.
    if (response !== '') expect(response).toContain('more than 16384 pieces')
    // What is answered before the body is read does not have it read to its end.
    const others = ['GET /livez HTTP/1.1\r\nHost: a\r\n', right.replace(key, 'unknown'), right.replace('json', 'xml')]
    for (const head of others) {
      const { ms } = await send(1_000_000, head)
      expect(await isOver(ms), `${ms} ms: ${head}`).toBe(false)
    }
  })
})

/** A thousand tasks with everything that may be said about them, in almost 4 MiB. */
function largestBatch(): string {
  const texts = (prefix: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, 'some text']))
  const request = { url: 'https://origin.example.com/', headers: texts('x-', 30) }
  const task = { request, metadata: texts('key-', 20), priority: 0.5, expected: { bytes: 9, mimeTypes: ['a/b'] } }
  const room = Math.floor((4 * 1024 * 1024) / 1000) - 2
  request.url += 'a'.repeat(room - JSON.stringify(task).length)
  return JSON.stringify({ tasks: Array.from({ length: 1000 }, () => task) })
}

describe('right requests', () => {
  it('of any size cost less too', async () => {
    const create = operations.find(({ name }) => name === 'createTasks')!
    const list = operations.find(({ name }) => name === 'listTasks')!
    const url = `/v1/sessions/${await newSession(tenant)}/tasks/batch`
    const body = largestBatch()
    const least: Record<string, number> = {}
    const look = async (what: string, operation: OperationUnderTest, request: Request) => {
      const ms = await cost(operation, request)
      least[what] = Math.min(ms, least[what] ?? ms)
    }
    // The first time, code may just have been compiled.
    for (const key of ['first', 'second', 'third']) {
      await look('a batch', create, { url, body })
      for (const what of ['a batch with a key', 'the same again'])
        await look(what, create, { url, body, headers: { 'idempotency-key': key } })
      await look('a list', list, { url: `${list.path}?limit=200` })
    }
    for (const [what, ms] of Object.entries(least)) expect(await isOver(ms), `${ms} ms: ${what}`).toBe(false)
    expect((await api.database.first<{ n: bigint }>('select count(*) as n from task'))!.n).toBeGreaterThan(4000n)
  })
})
