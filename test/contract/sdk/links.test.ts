import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { crc32, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { ClientOptions, CompletedTask } from '#sdk/index.ts'
import { makeAuthority, makeCertificate } from '#support/origins/certificates.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'
import { startConnectProxy } from '#support/servers/connect-proxy.ts'
import { freePort } from '#support/servers/free-port.ts'
import {
  type Answer,
  breakOff,
  closeServices,
  hangUp,
  page,
  problem,
  silent,
  startMisbehavingService,
} from './misbehaving-service.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-sdk-links-'))
  path = join(folder, 'data.bin')
})
afterEach(async () => {
  await closeServices()
  await rm(folder, { recursive: true, force: true })
})

/** Enough that `fetch` would be slower. */
const bytes = Buffer.from('the bytes '.repeat(500_000))
function taskOf(content: Buffer): CompletedTask {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(content))
  return { id: 'tsk_1', file: { bytes: content.length, checksums: { crc32: sum.toString('base64') } } } as CompletedTask
}
const redirect =
  (location: string): Answer =>
  (response) =>
    response.writeHead(302, { location }).end()
/** As a server of files answers, and S3. */
const serve =
  (content = bytes, headers: Record<string, string> = {}): Answer =>
  (response, request) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const rest = content.subarray(from)
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length, ...headers }).end(rest)
  }
const broken = (status: number, from: number, to: number) =>
  breakOff('application/octet-stream', bytes.toString('latin1', from, to), bytes.length - from, status)

/** Storage that answers so, and a service whose links lead to it. */
async function startBoth(answers: readonly Answer[], options: ClientOptions = {}) {
  const storage = await startMisbehavingService(answers)
  const service = await startMisbehavingService([redirect(`${storage.url}/bucket/data?signature=abc`)], options)
  return { storage, service, save: (more: object = {}) => service.backhaul.files.save(taskOf(bytes), path, more) }
}
type Both = Awaited<ReturnType<typeof startBoth>>
/** What `fetch` of Node sends, and nobody else. */
const clientsOf = ({ storage }: Both) =>
  storage.received.map(({ headers }) => ('sec-fetch-mode' in headers ? 'fetch' : 'socket'))
const saved = () => readFile(path)

describe('the link to a file', () => {
  it('is read from a socket of Node, without the key', async () => {
    const both = await startBoth([serve()])
    await both.save({ headers: { 'x-gateway': 'yes', cookie: 'secret' } })
    expect((await saved()).equals(bytes)).toBe(true)
    expect(clientsOf(both)).toEqual(['socket'])
    const { url, headers } = both.storage.received[0]!
    expect([url, headers['x-gateway']]).toEqual(['/bucket/data?signature=abc', 'yes'])
    expect([headers.authorization, headers.cookie]).toEqual([undefined, undefined])
    expect(both.service.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer bh_of_a_test'])
  })

  it('may be relative', async () => {
    const service = await startMisbehavingService([redirect('/files/token'), serve()])
    await service.backhaul.files.save(taskOf(bytes), path)
    expect((await saved()).equals(bytes)).toBe(true)
    expect(service.received.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/v1/tasks/tsk_1/file', 'Bearer bh_of_a_test'],
      ['/files/token', undefined],
    ])
  })

  it('that breaks is replaced by a new one from where it broke', async () => {
    const both = await startBoth([broken(200, 0, 300_000), broken(206, 300_000, 600_000), serve()])
    await both.save()
    expect((await saved()).equals(bytes)).toBe(true)
    expect(clientsOf(both)).toEqual(['socket', 'socket', 'socket'])
    expect(both.storage.received.map(({ headers }) => headers.range)).toEqual([
      undefined,
      'bytes=300000-',
      'bytes=600000-',
    ])
    expect(both.service.received).toHaveLength(3)
  })

  it('that falls silent is, too', async () => {
    const stall: Answer = (response) =>
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 500_000))
    const why: string[] = []
    const both = await startBoth([stall, serve()], { onRetry: ({ error }) => why.push(error.message) })
    await both.save({ timeoutMs: 500 })
    expect((await saved()).equals(bytes)).toBe(true)
    expect(why).toEqual([expect.stringContaining('nothing came within 500 ms')])
    expect(both.storage.received[1]!.headers.range).toBe('bytes=500000-')
  })

  it('may give the whole file again', async () => {
    const whole: Answer = (response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
    const both = await startBoth([broken(200, 0, 300_000), whole])
    await both.save()
    expect((await saved()).equals(bytes)).toBe(true)
  })

  it('that gives more than the file, and may have no end, gives no file', async () => {
    const endless: Answer = (response) => {
      response.writeHead(200)
      const send = () => {
        while (response.write(bytes));
        response.once('drain', send)
      }
      send()
    }
    const both = await startBoth([endless])
    await expect(both.save()).rejects.toMatchObject({ code: 'file_damaged' })
    expect(await readdir(folder)).toEqual([])
  })

  it('gives the bytes as they are stored, also in a content coding', async () => {
    const coded = gzipSync(bytes)
    const both = await startBoth([serve(coded, { 'content-encoding': 'gzip' })])
    const response = { contentEncoding: 'gzip' } as CompletedTask['response']
    await both.service.backhaul.files.save({ ...taskOf(coded), response }, path)
    expect((await saved()).equals(coded)).toBe(true)
  })

  it('of a TLS server is trusted as Node trusts it', async () => {
    const authority = makeAuthority('Test Authority')
    const server = createServer(makeCertificate({ subject: '127.0.0.1', issuer: authority }), (_request, response) =>
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const link = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const service = await startMisbehavingService([redirect(link)], { maxRetries: 0 })
    const save = () => service.backhaul.files.save(taskOf(bytes), path, { maxRetries: 0 })
    await expect(save()).rejects.toMatchObject({ code: 'connection_failed' })
    expect(await readdir(folder)).toEqual([])
    const before = getCACertificates('default')
    onTestFinished(() => setDefaultCACertificates(before))
    // What NODE_EXTRA_CA_CERTS does.
    setDefaultCACertificates([...before, authority.cert])
    await save()
    expect((await saved()).equals(bytes)).toBe(true)
  })

  it('is left when the signal ends the call, and what came is kept', async () => {
    const stall: Answer = (response) =>
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 500_000))
    const both = await startBoth([stall])
    const stop = new AbortController()
    const onProgress = ({ received }: { received: number }) => {
      if (received === 500_000) stop.abort(new Error('stopped'))
    }
    await expect(both.save({ signal: stop.signal, onProgress })).rejects.toThrow('stopped')
    expect((await stat(`${path}.tsk_1.part`)).size).toBe(500_000)
    expect(both.storage.received).toHaveLength(1)
  })
})

describe('fetch is asked instead', () => {
  it.each([
    ['when the link is refused', page(403, 'the link has expired')],
    ['when the connection is cut', hangUp],
    ['when the link leads on', (response) => response.writeHead(307, { location: '/elsewhere' }).end()],
    ['when nothing comes in time', silent],
  ] satisfies [string, Answer][])('%s, for the rest of the file', async (_when, answer) => {
    const both = await startBoth([answer, broken(200, 0, 300_000), serve()])
    await both.save({ timeoutMs: 1_000 })
    expect((await saved()).equals(bytes)).toBe(true)
    expect(clientsOf(both)).toEqual(['socket', 'fetch', 'fetch'])
  })

  it('and its error is the one that is thrown', async () => {
    const refused = await startBoth([page(403, 'no')])
    const refusal = { name: 'PermissionError', code: 'unexpected_response', status: 403 }
    await expect(refused.save({ maxRetries: 0 })).rejects.toMatchObject(refusal)
    const nowhere = await startMisbehavingService([redirect(`http://127.0.0.1:${await freePort()}/`)])
    const save = nowhere.backhaul.files.save(taskOf(bytes), path, { maxRetries: 0 })
    await expect(save).rejects.toMatchObject({ code: 'connection_failed' })
    const late = await startBoth([silent])
    await expect(late.save({ maxRetries: 0, timeoutMs: 200 })).rejects.toMatchObject({ code: 'timeout' })
    expect(await readdir(folder)).toEqual([])
  })

  it('not when the service itself refuses', async () => {
    const service = await startMisbehavingService([problem(410, 'file_gone')])
    await expect(service.backhaul.files.save(taskOf(bytes), path)).rejects.toMatchObject({ code: 'file_gone' })
    expect(service.received).toHaveLength(1)
  })

  it('when it is one of the user', async () => {
    const both = await startBoth([serve()], { fetch: (input, init) => fetch(input, init) })
    await both.save()
    expect(clientsOf(both)).toEqual(['fetch'])
    expect(both.service.received).toHaveLength(1)
  })

  it.each([
    ['a dispatcher', (own: Dispatcher) => ({ dispatch: own.dispatch.bind(own) })],
    ['connections', (own: Dispatcher) => new (agentThatConnects(own))()],
  ])('when the user has given it %s of its own', async (_what, given) => {
    const both = await startBoth([serve()])
    // The first call makes Node set its own.
    await fetch(both.service.url, { redirect: 'manual' })
    const own = dispatchers[key]!
    onTestFinished(() => {
      dispatchers[key] = own
    })
    dispatchers[key] = given(own)
    await both.save()
    expect(clientsOf(both)).toEqual(['fetch'])
  })

  it('when Node is told of a proxy', async () => {
    const both = await startBoth([serve()])
    const proxy = await startConnectProxy(({ target }) => ({ port: Number(target.split(':')[1]) }))
    const sdk = new URL('../../../packages/sdk/src/index.ts', import.meta.url).href
    const script = `
      import { Backhaul } from ${JSON.stringify(sdk)}
      const backhaul = new Backhaul({ apiKey: 'bh_1', baseUrl: ${JSON.stringify(both.service.url)} })
      await backhaul.files.save(${JSON.stringify(taskOf(bytes))}, ${JSON.stringify(path)})`
    const env = { ...userEnvironment, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: `http://127.0.0.1:${proxy.port}` }
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
    expect((await saved()).equals(bytes)).toBe(true)
    const ports = proxy.requests.map(({ target }) => target.split(':')[1])
    expect(new Set(ports)).toEqual(new Set([both.service.url, both.storage.url].map((url) => new URL(url).port)))
  })
})

interface Dispatcher {
  dispatch(...given: unknown[]): unknown
}
/** Where undici keeps the one that `fetch` goes through. */
const key = Symbol.for('undici.globalDispatcher.1')
const dispatchers = globalThis as unknown as Record<symbol, Dispatcher>

/** As `new Agent({ connect })` of undici is. */
function agentThatConnects(own: Dispatcher) {
  return class Agent {
    constructor() {
      Object.assign(this, { [Symbol('options')]: { connect: () => {} } })
    }
    dispatch(...given: unknown[]) {
      return own.dispatch(...given)
    }
  }
}
