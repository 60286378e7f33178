import { afterEach, describe, expect, it } from 'vitest'
import { Backhaul, BatchError, type ClientOptions, ConnectionError, ServiceError } from '#sdk/index.ts'
import { freePort } from '#support/servers/free-port.ts'
import {
  breakOff,
  closeServices,
  hangUp,
  json,
  page,
  problem,
  silent,
  startMisbehavingService,
} from './misbehaving-service.ts'

afterEach(closeServices)

const task = { id: 'tsk_1', state: 'waiting', endedAt: null }
const created = json(201, task)
const given = { url: 'https://origin.example.com/' }

describe('a call is repeated', () => {
  it.each([
    ['when the connection is cut', hangUp],
    ['when the body breaks off', breakOff('application/json', '{"id":', 100)],
    ['after 503', problem(503, 'unavailable', { 'retry-after': '0' })],
    ['after 429', problem(429, 'rate_limited', { 'retry-after': '0' })],
    ['while the first attempt is still running', problem(409, 'idempotency_key_in_use', { 'retry-after': '0' })],
    ['after 502 of a proxy', page(502, '<h1>Bad Gateway</h1>')],
  ])('%s, with the same key and body', async (_when, failure) => {
    const service = await startMisbehavingService([failure, created])
    expect(await service.backhaul.tasks.create('s', given)).toEqual(task)
    const [first, second] = service.received
    expect(service.received).toHaveLength(2)
    expect(first!.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/)
    expect(second!.headers['idempotency-key']).toBe(first!.headers['idempotency-key'])
    expect(second!.body).toBe(JSON.stringify(given))
    expect(second!.headers.authorization).toBe('Bearer bh_of_a_test')
  })

  it('when nothing comes in time', async () => {
    const service = await startMisbehavingService([silent, created])
    expect(await service.backhaul.tasks.create('s', given, { timeoutMs: 200 })).toEqual(task)
  })

  it('as often as was said, and then the last error is thrown', async () => {
    const failure = problem(503, 'unavailable', { 'retry-after': '0' })
    const service = await startMisbehavingService([failure], { maxRetries: 1 })
    await expect(service.backhaul.tasks.get('tsk_1')).rejects.toThrow(ServiceError)
    expect(service.received).toHaveLength(2)
    await expect(service.backhaul.tasks.get('tsk_1', {}, { maxRetries: 0 })).rejects.toThrow('it is unavailable')
    expect(service.received).toHaveLength(3)
  })

  it('and whoever wants to hear of it does, before each pause', async () => {
    const told: unknown[] = []
    const onRetry: ClientOptions['onRetry'] = ({ error, delayMs }) => told.push([error.code, delayMs > 0])
    const service = await startMisbehavingService([hangUp, problem(503, 'unavailable'), created], { onRetry })
    await service.backhaul.tasks.create('s', given)
    expect(told).toEqual([
      ['connection_failed', true],
      ['unavailable', true],
    ])
  })

  it('without a new key for what creates nothing', async () => {
    const service = await startMisbehavingService([hangUp, json(200, task)])
    await service.backhaul.tasks.suspend('tsk_1')
    expect(service.received.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined, undefined])
    expect(service.received[1]!.headers['content-type']).toBeUndefined()
  })
})

describe('a call is not repeated', () => {
  it.each([
    ['a refusal', problem(422, 'unsupported_url'), { code: 'unsupported_url', requestId: 'req-1' }],
    ['an internal error', problem(500, 'internal'), { name: 'ServiceError' }],
    ['a used-up quota', problem(429, 'quota_exceeded'), { name: 'RateLimitError', retryAfterMs: null }],
    ['a long Retry-After', problem(429, 'rate_limited', { 'retry-after': '3600' }), { retryAfterMs: 3_600_000 }],
    ["another server's page", page(200, '<h1>Welcome</h1>'), { code: 'unexpected_response', status: 200 }],
    ["another server's 404", page(404, ''), { name: 'NotFoundError', code: 'unexpected_response' }],
    ['a code of a newer version', problem(409, 'of_tomorrow'), { name: 'ConflictError', code: 'of_tomorrow' }],
    ['JSON that is none', breakOff('application/json', 'no', 2), { code: 'unexpected_response' }],
  ])('after %s', async (_what, answer, error) => {
    const service = await startMisbehavingService([answer])
    await expect(service.backhaul.tasks.create('s', given)).rejects.toMatchObject(error)
    expect(service.received).toHaveLength(1)
  })

  it('once its signal is aborted, and it rejects with the reason', async () => {
    const service = await startMisbehavingService([problem(503, 'unavailable', { 'retry-after': '30' })])
    const stop = new AbortController()
    const call = service.backhaul.tasks.list({}, { signal: stop.signal }).toArray()
    const outcome = expect(call).rejects.toThrow('stopped')
    while (service.received.length === 0) await new Promise(setImmediate)
    stop.abort(new Error('stopped'))
    await outcome
    await expect(service.backhaul.tasks.get('tsk_1', {}, { signal: stop.signal })).rejects.toThrow('stopped')
  })

  it('when no service is there, it says where it looked and why', async () => {
    const baseUrl = `http://127.0.0.1:${await freePort()}`
    const error = await new Backhaul({ apiKey: 'bh_1', baseUrl, maxRetries: 0 }).limits.list().catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ code: 'connection_failed', message: `no response from ${baseUrl}: ECONNREFUSED` })
  })
})

describe('many tasks', () => {
  it('are created in batches with a key each, and what exists is in the error', async () => {
    const batch: Parameters<typeof startMisbehavingService>[0][number] = (response, { body }) =>
      json(201, { tasks: JSON.parse(body).tasks, advice: ['Create fewer sessions.'] })(response, {} as never)
    const errors = [{ pointer: '/tasks/3/url', code: 'format', detail: 'no URL' }]
    const refusal = json(400, { status: 400, code: 'invalid_request', detail: 'one error', errors })
    const service = await startMisbehavingService([batch, hangUp, batch, refusal, batch])
    const tasks = Array.from({ length: 2500 }, (_, n) => ({ url: `https://origin.example.com/${n}` }))
    const seen: unknown[] = []
    const onProgress = (progress: unknown) => seen.push(progress)
    const create = () => service.backhaul.tasks.createMany('s', tasks, { idempotencyKey: 'run-7', onProgress })
    const error = await create().catch((thrown) => thrown)
    expect(error).toBeInstanceOf(BatchError)
    expect(error).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/tasks/2003/url' }] })
    expect(error.created).toEqual(tasks.slice(0, 2000))
    const keys = service.received.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toEqual(['run-7.0', 'run-7.1', 'run-7.1', 'run-7.2'])
    expect(seen).toEqual([
      { created: 1000, total: 2500 },
      { created: 2000, total: 2500 },
    ])
    expect(await create()).toEqual({ tasks, advice: ['Create fewer sessions.'] })
  })
})

describe('a client', () => {
  it.each([
    [{ apiKey: '' }, 'API key is missing'],
    [{ apiKey: 'bh_1', baseUrl: 'backhaul.example.com' }, 'no http or https URL'],
    [{ apiKey: 'bh_1', baseUrl: 'ftp://backhaul.example.com' }, 'no http or https URL'],
  ])('is not made with %j', (options, why) => expect(() => new Backhaul(options)).toThrow(why))

  it('keeps the path of its address, as of a proxy', async () => {
    const service = await startMisbehavingService([json(200, { data: [] })])
    await new Backhaul({ apiKey: 'bh_1', baseUrl: `${service.url}/backhaul/` }).limits.list()
    expect(service.received[0]!.url).toBe('/backhaul/v1/limits')
  })
})
