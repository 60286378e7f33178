import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiUnderTest, TestTenant } from '../support/api.ts'
import { costlyBodies } from '../support/costly-bodies.ts'
import { costlyHeads } from '../support/costly-heads.ts'
import { type OperationUnderTest, openOperations, rightBodies } from '../support/every-operation.ts'
import { newSession } from '../support/stages.ts'
import { longestTurnMs, threadCpuMs } from '../support/thread-cpu.ts'

/** What any request may cost, in milliseconds of CPU: for so long nobody else is served. */
const budgetMs = 250

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

/** The CPU that a request costs, in milliseconds. It is answered, and not with a fault of ours. */
async function cost({ method, key }: OperationUnderTest, { url, headers, body }: Request): Promise<number> {
  const sent = body === undefined ? {} : { payload: Buffer.from(body) }
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  let status = 0
  const ms = await threadCpuMs(async () => {
    const answer = await api.app.inject({
      method: method as 'POST',
      url,
      headers: { authorization: `Bearer ${key}`, ...type, ...headers },
      ...sent,
      payloadAsStream: true,
    })
    status = answer.statusCode
    if (/^text\/event-stream/.test(String(answer.headers['content-type']))) answer.raw.res.destroy()
    else await text(answer.stream())
  })
  expect(status, `${method} ${url.slice(0, 200)}`).toBeLessThan(500)
  return ms
}

/** Which ones were over the budget, also when asked again: the first time, code may just have been compiled. */
async function overBudget(operation: OperationUnderTest, requests: Iterable<Request & { why: string }>) {
  const over: string[] = []
  for (const { why, ...request } of requests) {
    if ((await cost(operation, request)) < budgetMs) continue
    const ms = await cost(operation, request)
    if (ms >= budgetMs) over.push(`${Math.round(ms)} ms: ${why}`)
  }
  return over
}

describe('a request costs less than 250 ms of CPU', () => {
  it.each(Object.keys(rightBodies))('of %s, whatever its body is', async (name) => {
    const operation = operations.find((each) => each.name === name)!
    const size = (name === 'createTasks' ? 4 : 1) * 1024 * 1024
    const bodies = costlyBodies(api.document, operation.$ref!, rightBodies[name]!, size)
    const requests = bodies.map(({ why, text }) => {
      expect(Buffer.byteLength(text), why).toBeLessThanOrEqual(size)
      return { why, url: operation.path, body: text }
    })
    expect(await overBudget(operation, requests)).toEqual([])
  })

  it('whatever its address and its head are', async () => {
    const over = []
    for (const operation of operations) over.push(...(await overBudget(operation, costlyHeads(operation))))
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
      let answer = ''
      const ms = await threadCpuMs(async () => {
        socket.on('data', (data) => (answer += String(data))).write(request)
        await new Promise((resolve) => socket.once('close', resolve))
      })
      return { ms, answer }
    }
    expect((await send(10_000)).answer).toContain('/tasks')
    const { ms, answer } = await send(4_000_000)
    expect(ms).toBeLessThan(budgetMs)
    // It may be lost: the server closes while the client still sends.
    if (answer !== '') expect(answer).toContain('more than 16384 pieces')
    // What is answered before the body is read does not have it read to its end.
    const others = ['GET /livez HTTP/1.1\r\nHost: a\r\n', right.replace(key, 'unknown'), right.replace('json', 'xml')]
    for (const head of others) expect((await send(1_000_000, head)).ms, head).toBeLessThan(budgetMs)
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
  it('of any size leave others their turn within 250 ms of CPU', async () => {
    const create = operations.find(({ name }) => name === 'createTasks')!
    const list = operations.find(({ name }) => name === 'listTasks')!
    const url = `/v1/sessions/${await newSession(tenant)}/tasks/batch`
    const body = largestBatch()
    const turns: Record<string, number> = {}
    const turn = async (what: string, operation: OperationUnderTest, request: Request) => {
      const ms = await longestTurnMs(() => cost(operation, request))
      // The first of a kind is not counted: its code may just have been compiled.
      if (Object.hasOwn(turns, what)) expect(ms, what).toBeLessThan(budgetMs)
      turns[what] = ms
    }
    for (const key of ['first', 'second']) {
      await turn('a batch', create, { url, body })
      for (const what of ['a batch with a key', 'the same again'])
        await turn(what, create, { url, body, headers: { 'idempotency-key': key } })
      await turn('a list', list, { url: `${list.path}?limit=200` })
    }
    expect((await api.database.first<{ n: bigint }>('select count(*) as n from task'))!.n).toBeGreaterThan(4000n)
  })
})
