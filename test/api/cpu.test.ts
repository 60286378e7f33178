import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiUnderTest } from '../support/api.ts'
import { costlyBodies } from '../support/costly-bodies.ts'
import { costlyHeads } from '../support/costly-heads.ts'
import { type OperationUnderTest, openOperations, rightBodies } from '../support/every-operation.ts'
import { threadCpuMs } from '../support/thread-cpu.ts'

/** What any request may cost, in milliseconds of CPU: for so long nobody else is served. */
const budgetMs = 250

let api: ApiUnderTest
let operations: OperationUnderTest[]
beforeAll(async () => {
  const opened = await openOperations()
  api = opened.api
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
  it.each(Object.keys(rightBodies))('of %s, whatever its body is', { timeout: 180_000 }, async (name) => {
    const operation = operations.find((each) => each.name === name)!
    const size = (name === 'createTasks' ? 4 : 1) * 1024 * 1024
    const bodies = costlyBodies(api.document, operation.$ref!, rightBodies[name]!, size)
    const requests = bodies.map(({ why, text }) => {
      expect(Buffer.byteLength(text), why).toBeLessThanOrEqual(size)
      return { why, url: operation.path, body: text }
    })
    expect(await overBudget(operation, requests)).toEqual([])
  })

  it('whatever its address and its head are', { timeout: 180_000 }, async () => {
    const over = []
    for (const operation of operations) over.push(...(await overBudget(operation, costlyHeads(operation))))
    expect(over).toEqual([])
  })
})
