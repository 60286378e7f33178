import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { bodyTimeoutMs, deliveryTimeoutMs } from '#core/deliveries/rules/retry-schedule.ts'
import { mint } from '#core/runtime/crypto.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { made } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { makeAuthority, makeCertificate, type TestAuthority } from '#support/origins/certificates.ts'
import { type RawOrigin, type RawRequest, rawResponse, startRawOrigin } from '#support/origins/raw-origin.ts'
import { laneSender, type Way } from './lane-sender.ts'

const builder = useStore()
let authority: TestAuthority
const before = getCACertificates('default')
beforeAll(() => {
  authority = makeAuthority('Test Authority')
  setDefaultCACertificates([...before, authority.cert])
})
afterAll(async () => {
  setDefaultCACertificates(before)
})

const { laneOf, makeDue, woken } = createLanes(builder)
type Script = (request: RawRequest) => string | Buffer | undefined

async function listen(
  script: Script,
  options: { host?: string; port?: number; tls?: TlsOptions } = {},
): Promise<RawOrigin> {
  const receiver = await startRawOrigin(script, options)
  onTestFinished(() => receiver.close())
  return receiver
}

/** A wake's deliveries to this URL, and what the log has of the first of them after a sending. */
async function wakeTo(url: string, way: Way = {}) {
  const tenantId = await builder.tenant()
  const secret = mint.webhookSecret()
  const { id: endpointId } = made(
    await builder.stores.endpoints.createEndpoint(tenantId, { url, eventTypes: [], secret }),
  )
  const session = await woken({
    ...(await builder.session(tenantId, { delegate: { endpointId } })),
    endpointId,
    secret,
  })
  const send = laneSender(builder.stores, way)
  return {
    send: () => send(laneOf(session)),
    again: async () => {
      await makeDue(session)
      await send(laneOf(session))
    },
    async secondsToNext() {
      const { data } = await builder.stores.deliveries.listDeliveries(tenantId, {}, { limit: 10 })
      return (data[0]!.nextAttemptAt!.getTime() - Date.now()) / 1000
    },
    async log() {
      const { data } = await builder.stores.deliveries.listDeliveries(tenantId, {}, { limit: 10 })
      const first = data[0]!
      const endpoint = await builder.stores.endpoints.findEndpoint(tenantId, endpointId)
      const attempts = (await builder.stores.deliveries.listAttempts(tenantId, first.id))!
      return {
        state: first.state,
        endpoint: endpoint!.state,
        attempts,
        untried: data.filter((each) => each.attempts === 0),
      }
    },
  }
}

/** A session whose lane begins with a question to this receiver. */
async function askedAt(receiver: RawOrigin) {
  const decisions = createDecisions(builder)
  const tenantId = await builder.tenant()
  const secret = mint.webhookSecret()
  const endpoint = { url: receiver.url('/hook'), eventTypes: [], secret }
  const { id: endpointId } = made(await builder.stores.endpoints.createEndpoint(tenantId, endpoint))
  const session = { ...(await decisions.session({ delegate: { endpointId } }, tenantId)), endpointId, secret }
  await decisions.delayed(session)
  await builder.stores.decisions.decide()
  await builder.stores.wakes.openWakes()
  return {
    session,
    rows: () => decisions.rows(session),
    attempts: () =>
      builder.database.many<{ status: number | null; error: string | null; note: string | null; body: string }>(
        `select a.status, a.error, a.note, a.response_body as body
         from delivery_attempt a join delivery d on d.id = a.delivery_id
         join event e on e.id = d.event_id where d.session_id = $1 and e.type = 'task.will_begin_delayed_request'`,
        [session.id],
      ),
  }
}

/** Says the same thing for ever, as fast as it is read. */
const endless =
  (head: string, chunk: string): Script =>
  ({ socket }) => {
    socket.write(head)
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on('drain', pump)
    pump()
    return undefined
  }
/** Says it a byte at a time. */
const dripping =
  (text: string): Script =>
  ({ socket }) => {
    let at = 0
    const timer = setInterval(() => socket.write(text[at++ % text.length]!), 5)
    socket.on('close', () => clearInterval(timer))
    return undefined
  }
const late: Script = ({ socket }) => {
  const timer = setTimeout(() => socket.end(rawResponse(204)), 600)
  socket.on('close', () => clearTimeout(timer))
  return undefined
}
const ok = 'HTTP/1.1 200 OK\r\n'
interface Verdict {
  status?: number | null
  error?: string | null
  note?: string | null
  state?: string
  endpoint?: string
  timeoutMs?: number
}
const taken = { status: 200, state: 'succeeded' }
const torn = (status: number) => () => `HTTP/1.1 ${status} Any\r\nContent-Length: 10\r\n\r\nab`
const zipped = gzipSync('x'.repeat(1_000_000))

describe('a receiver', () => {
  it.each<[string, Script, Verdict]>([
    ['answers 410', () => rawResponse(410), { status: 410, state: 'failed', endpoint: 'disabled' }],
    ['answers 429', () => rawResponse(429, { 'Retry-After': '9' }), { status: 429 }],
    ['answers with a status that there is not', () => 'HTTP/1.1 999 What\r\n\r\n', { error: 'cannotParseResponse' }],
    [
      'sends an informational response and no other',
      () => 'HTTP/1.1 199 What\r\n\r\n',
      { error: 'networkConnectionLost' },
    ],
    ['never answers', () => undefined, { error: 'timedOut' }],
    ['answers when the time is up', late, { error: 'timedOut' }],
    ['never ends its status line', dripping(`HTTP/1.1 200 ${'a'.repeat(10_000)}`), { error: 'timedOut' }],
    [
      'never ends its head',
      dripping(`${ok}X: ${'a'.repeat(10_000)}`),
      { ...taken, note: 'did not end', timeoutMs: 400 },
    ],
    ['drips an endless body', dripping(`${ok}\r\n${'a'.repeat(100_000)}`), { ...taken, note: 'did not end in time' }],
    ['sends an endless body', endless(`${ok}\r\n`, 'x'.repeat(65_536)), { ...taken, note: 'longer than 16384 bytes' }],
    ['sends an endless head', endless(ok, 'X-A: a\r\n'.repeat(1_000)), { ...taken, note: 'longer than 262144 bytes' }],
    ['ends lines with LF alone', () => 'HTTP/1.1 200 OK\n\n', { ...taken, note: 'lines that end in LF' }],
    [
      'has gone, in a body that breaks off',
      torn(410),
      { status: 410, state: 'failed', endpoint: 'disabled', note: 'lost' },
    ],
    ['redirects with a body that breaks off', torn(302), { status: 302, note: 'lost' }],
    ['refuses with a body that breaks off', torn(404), { status: 404, note: 'lost' }],
    ['fails with a body that breaks off', torn(500), { status: 500, note: 'lost' }],
    [
      'sends informational responses for ever',
      endless('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000)),
      { error: 'cannotParseResponse' },
    ],
    ['sends garbage', () => Buffer.from([0x16, 0x03, 0x01, 0, 13, 10, 13, 10]), { error: 'cannotParseResponse' }],
    ['speaks another protocol', () => '220 mail.example.com ESMTP\r\n\r\n', { error: 'cannotParseResponse' }],
    [
      'sends two lengths',
      () => `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
      { ...taken, note: 'different Content-Lengths' },
    ],
    ['breaks off', () => `${ok}Content-Length: 10\r\n\r\nab`, { ...taken, note: 'The body broke off' }],
    ['closes without a word', () => '', { error: 'networkConnectionLost' }],
    [
      'resets',
      ({ socket }) => {
        socket.resetAndDestroy()
        return undefined
      },
      { error: 'networkConnectionLost' },
    ],
  ])('that %s costs one attempt of one delivery, and no more than its time', async (_, script, expected) => {
    const receiver = await listen(script)
    // Only those that are to be cut off have little time.
    const { send, log } = await wakeTo(receiver.url('/hook'), {
      timeoutMs: expected.error === 'timedOut' ? 400 : (expected.timeoutMs ?? deliveryTimeoutMs),
    })
    const { status = null, error = null, state = 'pending', endpoint = 'enabled', note = null } = expected
    await send()
    const logged = await log()
    expect(logged).toMatchObject({ state, endpoint })
    expect(logged.attempts).toHaveLength(1)
    expect(logged.attempts[0]).toMatchObject({ status })
    if (error === null) expect(logged.attempts[0]!.error).toBeNull()
    else expect(logged.attempts[0]!.error).toContain(error)
    if (note === null) expect(logged.attempts[0]!.note).toBeNull()
    else expect(logged.attempts[0]!.note).toContain(note)
    expect(logged.attempts[0]!.durationMs).toBeLessThan(5_000)
    if (state !== 'succeeded') expect(receiver.requests).toHaveLength(1)
    await eventually('no connection stays', () => receiver.openConnections() === 0)
  })

  it.each([300, 301, 302, 303, 304, 305, 307, 308, 399])('that answers %i is not followed', async (status) => {
    const canary = await listen(() => rawResponse(204))
    const receiver = await listen(() =>
      rawResponse(status, { Location: canary.url('/elsewhere'), Connection: 'close' }),
    )
    const { send, log } = await wakeTo(receiver.url('/hook'))
    await send()
    expect(await log()).toMatchObject({ state: 'pending', attempts: [{ status, error: null }] })
    expect(canary.connections()).toBe(0)
    expect(receiver.requests).toHaveLength(1)
  })

  it('has twenty seconds for the whole exchange', () => {
    expect(deliveryTimeoutMs).toBe(20_000)
  })

  it.each<[string, string | Buffer, (body: string) => void]>([
    ['16 KiB of it are kept', 'a'.repeat(1_000_000), (body) => expect(body).toBe('a'.repeat(16_384))],
    ['a small one is kept whole', 'thanks', (body) => expect(body).toBe('thanks')],
    ['one in pieces of characters is kept as text', 'é'.repeat(16_384), (body) => expect(body).toBe('é'.repeat(8_192))],
    ['controls are shown, not kept', 'a\0\u001b[2J\n"}', (body) => expect(body).toBe('a\\u0000\\u001b[2J\n"}')],
    ['what is compressed stays so', zipped, (body) => expect(body).not.toContain('xx')],
  ])('can say anything in its answer: %s', async (_, said, check) => {
    const bytes = Buffer.from(said)
    const fields = { 'Content-Encoding': said === zipped ? 'gzip' : 'identity', 'Content-Length': String(bytes.length) }
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    const receiver = await listen(() => Buffer.concat([Buffer.from(`HTTP/1.1 500 No\r\n${head.join('')}\r\n`), bytes]))
    const { send, log } = await wakeTo(receiver.url('/hook'))
    await send()
    const { attempts } = await log()
    expect(attempts).toMatchObject([{ status: 500, error: null }])
    check(attempts[0]!.responseBody!)
    // As the API and the log lines carry it.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(JSON.stringify(attempts[0]!.responseBody)).not.toMatch(/[\u0000-\u001f]/)
  })

  it.each(['10.0.0.1', '169.254.169.254', '127.0.0.2', '::1', '::ffff:10.0.0.1'])(
    'whose name leads to %s between two attempts is not reached there',
    async (address) => {
      const tls = makeCertificate({ subject: 'hooks.example.com', issuer: authority })
      const receiver = await listen(() => rawResponse(500, { Connection: 'close' }), { tls })
      const isLocal = address === '127.0.0.2' || address === '::1'
      const canary = isLocal ? await listen(() => rawResponse(204), { host: address, port: receiver.port }) : null
      const addresses = [['127.0.0.1'], [address], ['127.0.0.1', address]]
      const lookup = async () => addresses.shift()!
      const { send, again, log } = await wakeTo(`https://hooks.example.com:${receiver.port}/hook`, { lookup })
      await send()
      expect(receiver.connections()).toBe(1)
      await again()
      await again()
      const { attempts, state } = await log()
      const outcomes = attempts
        .toSorted((a, b) => a.number - b.number)
        .map(({ status, error }) => status ?? error!.split(':')[0])
      expect(outcomes).toEqual([500, 'destination_denied', 'destination_denied'])
      expect(JSON.stringify(attempts)).not.toContain(address)
      expect(state).toBe('pending')
      expect([receiver.connections(), canary?.connections() ?? 0]).toEqual([1, 0])
    },
  )

  it('that asks for time is given it, also when its response breaks off', async () => {
    const receiver = await listen(() => 'HTTP/1.1 503 No\r\nRetry-After: 7200\r\nContent-Length: 10\r\n\r\nab')
    const { send, log, secondsToNext } = await wakeTo(receiver.url('/hook'))
    await send()
    expect(await log()).toMatchObject({ state: 'pending', attempts: [{ status: 503, responseBody: 'ab' }] })
    expect(await secondsToNext()).toBeGreaterThan(7_000)
  })

  it.each<[string, string]>([
    ['a body that breaks off', 'Content-Length: 100'],
    ['two lengths', 'Content-Length: 30\r\nContent-Length: 30'],
  ])('that answers a question in %s has not decided, although all of it may be there', async (_, field) => {
    const receiver = await listen(({ body }) =>
      body.includes('will_begin_delayed_request') ? `${ok}${field}\r\n\r\n{"disposition":"cancel"}` : rawResponse(204),
    )
    const { session, rows, attempts } = await askedAt(receiver)
    await laneSender(builder.stores)(laneOf(session))
    expect(await attempts()).toMatchObject([{ status: 200, error: expect.stringMatching(/^not usable/) }])
    expect((await attempts())[0]!.note).not.toBeNull()
    expect(await rows()).toMatchObject([{ state: 'open', answerSealed: null }])
  })

  it('that answers a question slowly is waited for, as no other is', async () => {
    const receiver = await listen(({ body, socket }) => {
      if (!body.includes('will_begin_delayed_request')) return rawResponse(204)
      socket.write(`${ok}Content-Length: 24\r\n\r\n`)
      setTimeout(() => socket.write('{"disposition":"cancel"}'), bodyTimeoutMs + 200)
      return undefined
    })
    const { session, rows, attempts } = await askedAt(receiver)
    await laneSender(builder.stores)(laneOf(session))
    expect(await attempts()).toMatchObject([{ status: 200, error: null, note: null }])
    expect(await rows()).toMatchObject([{ state: 'answered' }])
  })

  it('that answers a question with 10 MiB is told what is wrong, and nothing of it is kept', async () => {
    const receiver = await listen(({ body }) => {
      if (!body.includes('will_begin_delayed_request')) return rawResponse(204)
      const text = JSON.stringify({ disposition: 'continueLoading', padding: 'x'.repeat(10 * 1024 * 1024) })
      return `${ok}Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
    })
    const { session, rows, attempts } = await askedAt(receiver)
    await laneSender(builder.stores)(laneOf(session))
    expect(await attempts()).toEqual([
      {
        status: 200,
        error: 'not usable: the answer is 16 KiB or longer',
        note: expect.stringContaining('longer than 16384 bytes'),
        body: expect.stringMatching(/^\(not kept/),
      },
    ])
    expect(await rows()).toMatchObject([{ state: 'open', answerSealed: null }])
    await eventually('the connection is dropped', () => receiver.openConnections() === 0)
  })
})
