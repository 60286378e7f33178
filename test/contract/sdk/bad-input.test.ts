import { afterEach, describe, expect, it } from 'vitest'
import { Backhaul, BackhaulError, ConnectionError } from '#sdk/index.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type Answer, closeServices, json, problem, startMisbehavingService } from './misbehaving-service.ts'

afterEach(closeServices)

const apiKey = 'bh_secret'
const thrownBy = (call: PromiseLike<unknown>): Promise<Error> =>
  Promise.resolve(call).then(
    () => expect.unreachable('it was to fail'),
    (error: Error) => error,
  )

describe('an address', () => {
  it.each([
    ['http://ann:hunter2@127.0.0.1:8080', 'no user, password, query or fragment: http://…@127.0.0.1:8080'],
    ['ftp://ann:hunter2@127.0.0.1', 'no http or https URL: ftp://…@127.0.0.1'],
    ['http://ann:hunter2@:99999', 'no http or https URL: http://…@:99999'],
    ['http://127.0.0.1:8080/?tenant=1', 'no user, password, query or fragment'],
    ['http://', 'no http or https URL'],
    ['http://127.0.0.1:99999', 'no http or https URL'],
    ['/backhaul', 'no http or https URL'],
  ])('%s is refused before any call, and no password is shown', (baseUrl, why) => {
    expect(() => new Backhaul({ apiKey, baseUrl })).toThrow(why)
    expect(() => new Backhaul({ apiKey, baseUrl })).not.toThrow('hunter2')
  })

  it('may be a path where fetch can complete it', async () => {
    const asked: unknown[] = []
    const client = new Backhaul({
      apiKey,
      baseUrl: '/backhaul/',
      fetch: async (url) => {
        asked.push(url)
        return Response.json({ data: [] })
      },
    })
    await client.limits.list()
    expect(asked).toEqual(['/backhaul/v1/limits'])
  })

  it('that redirects is not followed, but named', async () => {
    const redirect: Answer = (response, { url }) =>
      response.writeHead(301, { location: `https://backhaul.example.com/api${url}` }).end()
    const { backhaul, url, received } = await startMisbehavingService([redirect])
    const error = await thrownBy(backhaul.tasks.create('s', { url: 'https://origin.example.com/' }))
    expect(error).toMatchObject({
      code: 'unexpected_response',
      status: 301,
      message: `${url} redirects to https://backhaul.example.com/api`,
    })
    expect(received).toHaveLength(1)
    await expect(backhaul.events.stream().next()).rejects.toThrow(
      `${url} redirects to https://backhaul.example.com/api`,
    )
  })
})

describe('a key', () => {
  it.each(['bh_sec\nret', 'bh_secrét', '  '])('%j is refused before any call, and is not shown', async (bad) => {
    expect(() => new Backhaul({ apiKey: bad })).toThrow(/^the API key is empty, or has characters/)
    const { backhaul, received } = await startMisbehavingService([json(200, {})], { apiKey: () => bad })
    expect(await thrownBy(backhaul.limits.list())).toBeInstanceOf(TypeError)
    expect(received).toEqual([])
  })

  it('may end with a line break, as in a file', async () => {
    const { backhaul, received } = await startMisbehavingService([json(200, {})], { apiKey: () => 'bh_1\n' })
    await backhaul.limits.list()
    expect(received[0]!.headers.authorization).toBe('Bearer bh_1')
  })

  it('that cannot be had is an error of whoever was asked for it', async () => {
    const apiKey = () => Promise.reject(new Error('the vault is locked'))
    const { backhaul } = await startMisbehavingService([json(200, {})], { apiKey })
    const error = await thrownBy(backhaul.limits.list())
    expect(error.message).toBe('the vault is locked')
    expect(error).not.toBeInstanceOf(BackhaulError)
  })
})

describe('an id that is none', () => {
  const client = new Backhaul({ apiKey, baseUrl: 'http://127.0.0.1:1', maxRetries: 0 })
  const calls = methodsOf(client)

  it.each(calls)('%s does not throw while it is called', (_name, call) => {
    const result = call('', '', '')
    if (result && typeof result === 'object' && 'then' in result) (result as Promise<unknown>).then(null, () => {})
  })
  it.each(calls.filter(([name]) => /^(tasks|hosts|wakes)\.(get|cancel|timeline|complete)$/.test(name)))(
    '%s rejects, before any request',
    async (_name, call) => {
      const error = await thrownBy(call('') as PromiseLike<unknown>)
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toMatch(/^"" is no id: /)
    },
  )
  it('is what a list says when it is read', async () => {
    const list = client.sessions.listTasks('..')
    expect(await thrownBy(list)).toBeInstanceOf(TypeError)
    await expect(list.toArray()).rejects.toThrow('".." is no id')
  })
})

it('a header that no request can carry is no fault of the network', async () => {
  const { backhaul } = await startMisbehavingService([json(200, {})])
  const given = { url: 'https://origin.example.com/' }
  const error = await thrownBy(backhaul.tasks.create('s', given, { idempotencyKey: 'Schlüssel ☃' }))
  expect(error).toBeInstanceOf(TypeError)
  expect(error).not.toBeInstanceOf(ConnectionError)
})

describe('a response', () => {
  it.each<[string, Answer]>([
    ['without a body', (response) => response.writeHead(204).end()],
    ['that is null', (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('null')],
  ])('%s is an error where there should be a task', async (_what, answer) => {
    const { backhaul } = await startMisbehavingService([answer])
    expect(await thrownBy(backhaul.tasks.wait('tsk_1'))).toMatchObject({ code: 'unexpected_response' })
  })

  it.each([
    ['a code that is no text', { code: 5, detail: 'no' }],
    ['a detail that is no text', { code: 'no', detail: {} }],
    ['errors that are no list', { code: 'no', detail: 'no', errors: {} }],
  ])('with %s is not what Backhaul answers', async (_what, body) => {
    const { backhaul } = await startMisbehavingService([json(422, body)])
    expect(await thrownBy(backhaul.tasks.createMany('s', [{ url: 'x' }]))).toMatchObject({
      name: 'BatchError',
      code: 'unexpected_response',
      status: 422,
    })
  })

  it('that says when by the clock of the service is understood on a machine whose clock is wrong', async () => {
    const headers = { date: 'Mon, 30 Nov 2020 12:00:00 GMT', 'retry-after': 'Mon, 30 Nov 2020 12:10:00 GMT' }
    const { backhaul } = await startMisbehavingService([problem(503, 'unavailable', headers)])
    expect(await thrownBy(backhaul.limits.list())).toMatchObject({ retryAfterMs: 600_000 })
  })
})

/** Every method of a client, by its name. */
function methodsOf(namespace: object, above = ''): [name: string, call: (...given: string[]) => unknown][] {
  return Object.entries(namespace).flatMap(([name, value]): ReturnType<typeof methodsOf> => {
    const own = new Map<string, (...given: string[]) => unknown>()
    if (name === 'transport' || typeof value !== 'object' || value === null) return []
    for (let prototype = Object.getPrototypeOf(value); prototype !== Object.prototype; ) {
      for (const method of Object.getOwnPropertyNames(prototype))
        if (!/^(constructor|call|paged)$/.test(method) && !own.has(method))
          own.set(method, (...given) => value[method](...given))
      prototype = Object.getPrototypeOf(prototype)
    }
    return [
      ...[...own].map(([method, call]) => [`${above}${name}.${method}`, call] as [string, typeof call]),
      ...methodsOf(value, `${above}${name}.`),
    ]
  })
}

describe('an answer without an end', () => {
  /** Sends until the other side has gone. */
  const endless =
    (status: number, type: string): Answer =>
    (response) => {
      const block = Buffer.alloc(1024 ** 2, ' ')
      response.writeHead(status, { 'content-type': type })
      response.on('close', () => hangUps.push(sent))
      let sent = 0
      const send = () => {
        while (!response.destroyed) {
          sent += block.length
          if (!response.write(block)) return void response.once('drain', send)
        }
      }
      send()
    }
  const hangUps: number[] = []

  it.each<[number, string, { code: string; status?: number; message?: RegExp }]>([
    [502, 'text/html', { code: 'unexpected_response', status: 502 }],
    [400, 'application/problem+json', { code: 'unexpected_response', status: 400 }],
    [200, 'text/html', { code: 'unexpected_response', status: 200 }],
    [200, 'application/json', { code: 'connection_failed', message: /longer than \d+ bytes/ }],
  ])('%i %s is let go and told', { timeout: 30_000 }, async (status, type, { message, ...expected }) => {
    hangUps.length = 0
    const { backhaul } = await startMisbehavingService([endless(status, type)], { maxRetries: 0 })
    const error = await thrownBy(backhaul.limits.list())
    expect(error).toMatchObject(expected)
    if (message) expect(error.message).toMatch(message)
    await eventually('the connection is closed', () => hangUps.length === 1)
    expect(hangUps[0]).toBeLessThan(100 * 1024 ** 2)
  })
})
