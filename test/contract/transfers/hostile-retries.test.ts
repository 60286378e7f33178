import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { withoutTracing } from '#core/kernel/tracing.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import { runTransfer } from '#core/transfers/run-transfer.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { workerBandwidth } from '#support/builders/bandwidth.ts'
import { noReconnect, testEngine } from '#support/builders/engine.ts'
import { useStore } from '#support/builders/use-store.ts'
import { lines } from '#support/client/source.ts'
import { makeAuthority, makeCertificate } from '#support/origins/certificates.ts'
import { type Scenario, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import { type RawRequest, rawResponse } from '#support/origins/raw-origin.ts'
import { defaultReconnectPolicy } from '#transfer/engine/rules/reconnect-policy.ts'

/* The fate of a task, in the real database, whose origin lies: which origins are retried, how often, and which never. */

const builder = useStore()

const MiB = 1024 * 1024
const quiet = { info() {}, warn() {}, error() {} }

/** Runs the task again and again, without the waiting in between, until it has ended or `attempts` are over. */
const runAttempts = async (
  does: Scenario | ((request: RawRequest) => Scenario),
  {
    attempts,
    tls,
    reconnect = defaultReconnectPolicy,
    ...changes
  }: Partial<Pick<Task, 'maximumBytes'>> & {
    attempts: number
    tls?: boolean | TlsOptions
    reconnect?: typeof noReconnect
  },
) => {
  const options = tls === true ? makeCertificate({ subject: 'files.example.com' }) : tls
  const origin = await startHostileOrigin(does, options ? { tls: options } : {})
  onTestFinished(() => origin.close())
  const engine = await testEngine({ reconnect })
  const session = await builder.session(undefined, { timeoutIntervalForRequest: 1 })
  const url = `${tls ? 'https' : 'http'}://files.example.com:${origin.port}/`
  const created = await builder.task(session, { request: { url, headers: {} }, ...changes })
  const states: string[] = []
  for (let attempt = 0; attempt < attempts; attempt++) {
    await builder.database.run(
      "update task set ready_at = clock_timestamp() - interval '1 ms' where id = $1 and state = 'waiting'",
      [created.id],
    )
    // After a 503 the host is backing off; the test does not wait for it.
    await builder.database.run('update host_state set blocked_until = null where blocked_until is not null')
    const lease = await builder.claim(created.id)
    const ports = {
      ...engine.ports,
      ...{
        stores: builder.stores,
        announcer: { on: () => () => {} },
        log: quiet,
        random: () => 0.5,
        tracing: withoutTracing,
        metrics: { countRefetched() {} },
        workerId: 'wrk_test',
        bandwidth: workerBandwidth(builder.stores),
      },
    }
    await runTransfer(ports, lease, new AbortController().signal)
    const { state, error } = await builder.find(created)
    states.push(`${state}: ${error?.name ?? 'right'}`)
    if (state !== 'waiting') break
  }
  await engine.source.close()
  await eventually('no connection stays', () => origin.openConnections() === 0)
  await eventually('all buffers are back', () => engine.buffersOut() === 0)
  return { states, task: await builder.find(created), engine, origin }
}

describe('a task whose origin', () => {
  it.each<[string, Scenario, Partial<Pick<Task, 'maximumBytes'>>, string]>([
    [
      'has an endless body',
      [{ send: lines('HTTP/1.1 200 OK') }, { endless: Buffer.alloc(65_536) }],
      { maximumBytes: 8 * MiB },
      'dataLengthExceedsMaximum',
    ],
    ['redirects in a circle', [{ send: rawResponse(302, { Location: '/' }) }], {}, 'httpTooManyRedirects'],
    ['has nothing', [{ send: rawResponse(404) }], {}, 'fileDoesNotExist'],
  ])('%s fails with the first attempt', async (_, does, changes, name) => {
    const { states, task, engine } = await runAttempts(does, { attempts: 3, ...changes })
    expect(states).toEqual([`failed: ${name}`])
    expect(task).toMatchObject({ attempts: 1, file: null, error: { retriable: false } })
    expect(await engine.objectNames()).toEqual([])
  })

  it('shows a certificate of its own fails with the fifth', async () => {
    const { states, task, origin } = await runAttempts([{ send: rawResponse(200, {}, 'hello') }], {
      attempts: 9,
      tls: true,
    })
    const name = 'serverCertificateHasUnknownRoot'
    expect(states).toEqual([...Array.from({ length: 4 }, () => `waiting: ${name}`), `failed: ${name}`])
    expect(task).toMatchObject({ attempts: 5, error: { retriable: true } })
    expect(origin.requests).toEqual([])
  })

  it.each([
    ['clientCertificateRequired', { requestCert: true, minVersion: 'TLSv1.3' }],
    ['secureConnectionFailed', { requestCert: true, maxVersion: 'TLSv1.2' }],
  ] as const)(
    'wants a certificate of the client fails with the fifth %s, and is open to others',
    async (name, options) => {
      const before = getCACertificates('default')
      const authority = makeAuthority('Strict Authority')
      setDefaultCACertificates([...before, authority.cert])
      onTestFinished(() => setDefaultCACertificates(before))
      const certificate = makeCertificate({ subject: 'files.example.com', issuer: authority })
      const { states, task, origin } = await runAttempts([{ send: rawResponse(200, {}, 'hello') }], {
        attempts: 9,
        tls: { ...certificate, ...options },
      })
      expect(states).toEqual([...Array.from({ length: 4 }, () => `waiting: ${name}`), `failed: ${name}`])
      expect(task).toMatchObject({ attempts: 5, error: { retriable: true } })
      const host = `files.example.com:${origin.port}`
      expect(await builder.database.many('select * from host_state where host = $1', [host])).toEqual([])
    },
  )

  it('declares a digest that its bytes do not have is asked once more, from the start, and no more', async () => {
    const lie = rawResponse(200, { 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==', ETag: '"v1"' }, Buffer.alloc(2 * MiB))
    const { states, engine, origin } = await runAttempts([{ send: lie }], { attempts: 9 })
    expect(states).toEqual(['waiting: checksum_mismatch', 'failed: checksum_mismatch'])
    expect(origin.requests.map(({ headers }) => headers.range)).toEqual([undefined, undefined])
    expect(await engine.objectNames()).toEqual([])
  })

  it.each([
    {
      how: 'over further connections of one attempt',
      reconnect: defaultReconnectPolicy,
      ends: ['completed: right'],
      asked: [0, 6, 6, 12],
    },
    {
      how: 'in further attempts',
      reconnect: noReconnect,
      ends: ['waiting: timedOut', 'waiting: badServerResponse', 'waiting: networkConnectionLost', 'completed: right'],
      asked: [0, 5, 5, 10],
    },
  ])(
    'stalls, breaks off and answers 503 is asked until it is honest, and never for what is kept, $how',
    async ({ reconnect, ends, asked }) => {
      const body = Buffer.alloc(17 * MiB)
      for (let at = 0; at < body.length; at += 4) body.writeUInt32LE(at, at)
      const about = ['ETag: "v1"', 'Accept-Ranges: bytes']
      const { states, task, engine, origin } = await runAttempts(
        ({ index, headers }) => {
          const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
          const rest = body.subarray(from)
          const range = from > 0 ? [`Content-Range: bytes ${from}-${body.length - 1}/${body.length}`] : []
          const status = from > 0 ? '206 Partial Content' : '200 OK'
          const head = lines(`HTTP/1.1 ${status}`, ...about, ...range, `Content-Length: ${rest.length}`)
          if (index === 0) return [{ send: head }, { send: rest.subarray(0, 6 * MiB) }, 'stall']
          if (index === 1) return [{ send: rawResponse(503, { 'Retry-After': '-1' }) }]
          if (index === 2) return [{ send: head }, { send: rest.subarray(0, 6 * MiB) }, 'end']
          return [{ send: head }, { send: rest }]
        },
        { attempts: 9, reconnect },
      )
      expect(states).toEqual(ends)
      const from = origin.requests.map(({ headers }) => Number(/=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0) / MiB)
      expect(from).toEqual(asked)
      expect(task.file?.bytes).toBe(body.length)
      const row = await builder.database.first<{ fileKey: string }>('select file_key from task where id = $1', [
        task.id,
      ])
      const stored: Uint8Array[] = []
      for await (const chunk of engine.files.read(row!.fileKey, new AbortController().signal)) stored.push(chunk)
      expect(Buffer.concat(stored).equals(body)).toBe(true)
    },
  )
})
