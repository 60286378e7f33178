import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { startFetchServer } from '#support/receivers/fetch-server.ts'
import { aSecret, signedWebhook, v1 } from '#support/receivers/signed-webhook.ts'
import { expressWebhooks } from '#webhooks/express.ts'
import { fastifyWebhooks } from '#webhooks/fastify.ts'
import { fetchWebhooks } from '#webhooks/fetch.ts'
import { useCredential } from '#webhooks/index.ts'
import type { ReceiverOptions } from '#webhooks/receive.ts'

const closings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closings.push(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

/** A receiver at the URL it gives; what the handler throws is added to `errors`. */
type Start = (options: ReceiverOptions, errors: unknown[]) => Promise<string>

function expressWith(...before: express.RequestHandler[]): Start {
  return (options, errors) => {
    const app = express()
    app.post('/hook', ...before, expressWebhooks(options))
    app.use(((error, _request, response, _next) => {
      errors.push(error)
      response.status(error.status ?? 500).end()
    }) satisfies express.ErrorRequestHandler)
    return listen(createServer(app))
  }
}

const adapters: Record<string, Start> = {
  'Express that reads nothing': expressWith(),
  'Express with express.raw': expressWith(express.raw({ type: '*/*' })),
  'Express with express.text': expressWith(express.text({ type: '*/*' })),
  'Express with express.raw for another type': expressWith(express.raw()),
  'Express on a host that keeps rawBody': expressWith(
    express.json({ verify: (request, _response, body) => void Object.assign(request, { rawBody: body }) }),
  ),
  'node:http': async (options, errors) => {
    const onEvent: ReceiverOptions['onEvent'] = async (event, delivery) => {
      try {
        return await options.onEvent(event, delivery)
      } catch (error) {
        errors.push(error)
        throw error
      }
    }
    const webhooks = expressWebhooks({ ...options, onEvent })
    return listen(createServer((request, response) => void webhooks(request, response)))
  },
  Fastify: async (options, errors) => {
    const app = Fastify()
    closings.push(() => app.close())
    app.setErrorHandler((error, _request, reply) => {
      errors.push(error)
      return reply.code((error as { statusCode?: number }).statusCode ?? 500).send()
    })
    app.register(fastifyWebhooks, { ...options, path: '/hook' })
    return `${await app.listen({ port: 0, host: '127.0.0.1' })}/hook`
  },
  'the Fetch API': async (options, errors) => {
    const webhooks = fetchWebhooks(options)
    const server = await startFetchServer((request) =>
      webhooks(request).catch((error: unknown) => {
        errors.push(error)
        return new Response(null, { status: 500 })
      }),
    )
    closings.push(server.close)
    return `${server.url}/hook`
  },
}

/** Every receiver of this suite notes what it hears. */
async function receiver(start: Start, options: Partial<ReceiverOptions> = {}) {
  const heard: string[] = []
  const refused: string[] = []
  const errors: unknown[] = []
  const url = await start(
    {
      secret: aSecret,
      onEvent: (event, { webhookId }) => {
        heard.push(`${event.type} ${webhookId}`)
      },
      onRefused: ({ code }) => refused.push(code),
      ...options,
    },
    errors,
  )
  return { url, heard, refused, errors }
}

const json = { 'content-type': 'application/json' }
function post(url: string, { body, headers }: { body: string; headers: Record<string, string> }): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { ...json, ...headers } })
}

describe.each(Object.entries(adapters))('%s', (_, start) => {
  it('gives the handler a verified event and answers 204', async () => {
    const { url, heard, refused } = await receiver(start)
    const { status } = await post(url, signedWebhook({ type: 'session.wake', umlauts: 'äöü – 🚚' }))
    expect([status, heard, refused]).toEqual([204, ['session.wake evt_01ky0000000000000000000000'], []])
  })

  it('answers the challenge of an endpoint itself, every time', async () => {
    const { url, heard, refused } = await receiver(start, { seen: () => true })
    const asked = signedWebhook({ type: 'endpoint.verification', data: { endpointId: 'whe_1', challenge: 'a"1' } })
    for (const _ of [1, 2]) {
      const response = await post(url, asked)
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ challenge: 'a"1' })
    }
    expect([heard, refused]).toEqual([[], []])
    const forged = { ...asked, body: asked.body.replace('whe_1', 'whe_2') }
    expect([(await post(url, forged)).status, refused]).toEqual([400, ['signature_mismatch']])
  })

  it.each([
    [
      'another secret',
      'signature_mismatch',
      400,
      { headers: signedWebhook({ type: 'x' }, `${aSecret.slice(0, -4)}AAA=`).headers },
    ],
    ['no headers', 'header_missing', 400, { headers: {} }],
    ['an empty body', 'body_empty', 400, { body: '' }],
    ['a body without type', 'header_missing', 400, { headers: { 'content-type': 'text/plain' } }],
  ])(
    'answers %s with %s, a problem that says how to mend it, and never calls the handler',
    async (_, code, status, given) => {
      const { url, heard, refused } = await receiver(start)
      const response = await post(url, { ...signedWebhook({ type: 'x' }), ...given })
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json\b/)
      expect(await response.json()).toMatchObject({ status, code, detail: expect.stringMatching(/\. .+\.$/) })
      expect([heard, refused]).toEqual([[], [code]])
    },
  )

  it('answers a request without body and type like one with an empty body', async () => {
    const { url, heard, refused } = await receiver(start)
    const response = await fetch(url, { method: 'POST', headers: signedWebhook({ type: 'x' }).headers })
    expect([response.status, heard, refused]).toEqual([400, [], ['body_empty']])
  })

  it('refuses more than 1 MiB', async () => {
    const { url, heard } = await receiver(start)
    const { status } = await post(url, signedWebhook({ type: 'x', filler: 'x'.repeat(1024 * 1024) }))
    expect([status, heard]).toEqual([413, []])
  })

  it('sends what the handler decides', async () => {
    const { url } = await receiver(start, { onEvent: async () => useCredential({ token: 'abc' }) })
    const response = await post(url, signedWebhook({ type: 'task.authentication_challenge' }))
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^application\/json\b/),
    ])
    expect(await response.json()).toEqual({ disposition: 'useCredential', credential: { token: 'abc' } })
  })

  it('answers 500 when the handler fails, which the framework hears of', async () => {
    const failure = new Error('the database is away')
    const { url, errors } = await receiver(start, {
      onEvent: () => {
        throw failure
      },
    })
    const response = await post(url, signedWebhook({ type: 'session.wake' }))
    expect([response.status, errors, await response.text()]).toEqual([500, [failure], ''])
  })

  it('accepts what has been handled already without handing it on, but asks for every decision', async () => {
    const asked: string[] = []
    const { url, heard } = await receiver(start, { seen: async (id) => asked.push(id) > 1 })
    const statuses: number[] = []
    for (const type of ['session.wake', 'session.wake', 'task.will_begin_delayed_request'])
      statuses.push((await post(url, signedWebhook({ type }))).status)
    expect(statuses).toEqual([204, 204, 204])
    expect(heard.map((one) => one.split(' ')[0])).toEqual(['session.wake', 'task.will_begin_delayed_request'])
    expect(asked).toHaveLength(2)
  })

  it('refuses a bad secret at the start, or with 500 when it comes later', async () => {
    await expect(async () => {
      const url = await start({ secret: '', onEvent: () => {} }, [])
      await post(url, signedWebhook({ type: 'x' }))
    }).rejects.toMatchObject({ code: 'secret_missing' })
    const { url } = await receiver(start, { secret: async () => 'bh_abc' })
    const response = await post(url, signedWebhook({ type: 'x' }))
    expect(await response.json()).toMatchObject({ status: 500, code: 'secret_is_api_key' })
  })

  it('believes either secret while they rotate', async () => {
    const older = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
    const { url, heard } = await receiver(start, { secret: [aSecret, older] })
    await post(url, signedWebhook({ type: 'session.wake' }, older))
    await post(url, signedWebhook({ type: 'wake.expired' }))
    expect(heard).toHaveLength(2)
  })

  it('refuses a header that comes twice', async () => {
    const { url, refused } = await receiver(start)
    const { body, headers } = signedWebhook({ type: 'x' })
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    closings.push(async () => socket.destroy())
    const lines = Object.entries({ ...json, ...headers }).map(([field, value]) => `${field}: ${value}`)
    const twice = `webhook-signature: ${v1(aSecret, 'evt_2', '1', body)}`
    socket.write(
      `POST /hook HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: ${body.length}\r\n${[...lines, twice].join('\r\n')}\r\n\r\n${body}`,
    )
    const [response] = (await once(socket, 'data')) as [Buffer]
    expect(response.toString()).toMatch(/^HTTP\/1\.1 400 /)
    expect(refused).toEqual(['header_duplicated'])
  })

  it('takes nothing but POST', async () => {
    const { url, heard } = await receiver(start)
    const { status } = await fetch(url)
    expect([status === 405 || status === 404, heard]).toEqual([true, []])
  })
})

describe('what only one adapter can get wrong', () => {
  it('Express: a body that express.json has parsed is refused with the fix', async () => {
    const { url, refused } = await receiver(expressWith(express.json()))
    const response = await post(url, signedWebhook({ type: 'session.wake' }))
    expect([response.status, refused]).toEqual([500, ['body_parsed']])
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('before express.json()') })
  })

  it('Fetch: a request that has been read is refused with the fix', async () => {
    const webhooks = fetchWebhooks({ secret: aSecret, onEvent: () => {} })
    const { body, headers } = signedWebhook({ type: 'session.wake' })
    const request = new Request('http://receiver.test/', { method: 'POST', body, headers })
    await request.json()
    expect(await (await webhooks(request)).json()).toMatchObject({ status: 500, code: 'body_missing' })
  })

  it('Fastify: the other routes keep their parsed bodies', async () => {
    const app = Fastify()
    closings.push(() => app.close())
    app.register(fastifyWebhooks, { prefix: '/hooks', secret: aSecret, onEvent: () => {} })
    app.post('/other', async (request) => ({ got: request.body }))
    const other = await app.inject({ method: 'POST', url: '/other', payload: { a: 1 } })
    expect(other.json()).toEqual({ got: { a: 1 } })
    const { body, headers } = signedWebhook({ type: 'session.wake' })
    const hook = await app.inject({ method: 'POST', url: '/hooks', payload: body, headers: { ...json, ...headers } })
    expect(hook.statusCode).toBe(204)
  })
})
