import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tlsDefaults, { connect, getCACertificates, setDefaultCACertificates, TLSSocket, type TlsOptions } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TaskErrorName } from '#core/tasks/rules/task-error.ts'
import { bareServer, dial, failureOf, listen, loopback, resolvingTo } from '#support/client/dial.ts'
import { makeAuthority, makeCertificate, type TestAuthority } from '#support/origins/certificates.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'

describe('the egress guard on https', () => {
  let authority: TestAuthority
  const before = getCACertificates('default')
  beforeAll(() => {
    authority = makeAuthority('Test Authority')
    setDefaultCACertificates([...before, authority.cert])
  })
  afterAll(() => setDefaultCACertificates(before))
  afterEach(() => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  })

  const dayMs = 24 * 3600 * 1000
  const good = () => makeCertificate({ subject: 'files.example.com', issuer: authority })
  const guard = createEgressGuard({ allowed: loopback, lookup: resolvingTo('127.0.0.1') })
  const secure = async (tls: TlsOptions) => `https://files.example.com:${(await listen({ tls })).port}/`

  it('speaks TLS with a host it can trust, offering HTTP/1.1 only', async () => {
    const { socket, steps } = await dial(guard, await secure({ ...good(), ALPNProtocols: ['h2', 'http/1.1'] }))
    expect(socket).toBeInstanceOf(TLSSocket)
    expect((socket as TLSSocket).alpnProtocol).toBe('http/1.1')
    expect((socket as TLSSocket).authorized).toBe(true)
    expect(steps).toEqual([
      'domainLookupStart',
      'domainLookupEnd',
      'connectStart',
      'secureConnectionStart',
      'connectEnd',
    ])
  })

  it('sends the name for a name, and checks the certificate of an address', async () => {
    let serverName: string | false | null = null
    const tls = {
      ...good(),
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name: string, done: (error: null) => void) => {
        serverName = name
        done(null)
      },
    }
    await dial(guard, await secure(tls))
    expect(serverName).toBe('files.example.com')
    const forAddress = await listen({ tls: makeCertificate({ subject: '127.0.0.1', issuer: authority }) })
    await dial(guard, forAddress.url())
    const forAnother = await listen({ tls: makeCertificate({ subject: '127.0.0.2', issuer: authority }) })
    expect(await failureOf(guard, forAnother.url())).toMatchObject({ failure: 'serverCertificateUntrusted' })
  })

  it.each<[string, () => TlsOptions, TaskErrorName]>([
    [
      'expired',
      () =>
        makeCertificate({
          subject: 'files.example.com',
          issuer: authority,
          notAfter: new Date(Date.now() - dayMs / 2),
        }),
      'serverCertificateHasBadDate',
    ],
    [
      'not yet valid',
      () =>
        makeCertificate({
          subject: 'files.example.com',
          issuer: authority,
          notBefore: new Date(Date.now() + dayMs / 2),
        }),
      'serverCertificateNotYetValid',
    ],
    ['self-signed', () => makeCertificate({ subject: 'files.example.com' }), 'serverCertificateHasUnknownRoot'],
    [
      'of an unknown authority',
      () => makeCertificate({ subject: 'files.example.com', issuer: makeAuthority('Nobody') }),
      'serverCertificateHasUnknownRoot',
    ],
    [
      'for another host',
      () => makeCertificate({ subject: 'other.example.com', issuer: authority }),
      'serverCertificateUntrusted',
    ],
  ])('refuses a certificate that is %s, whatever the environment says', async (_, tls, failure) => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    const error = await failureOf(guard, await secure(tls()))
    expect(error).toMatchObject({ failure })
    expect(error.message).not.toMatch(/127\.0\.0\.1|other\.example/)
  })

  it('refuses TLS before 1.2, whatever the defaults of the process are', async () => {
    const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tlsDefaults
    onTestFinished(() => void Object.assign(tlsDefaults, { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS }))
    // What --tls-min-v1.0 and --tls-cipher-list do.
    Object.assign(tlsDefaults, { DEFAULT_MIN_VERSION: 'TLSv1', DEFAULT_CIPHERS: 'DEFAULT@SECLEVEL=0' })
    for (const maxVersion of ['TLSv1', 'TLSv1.1'] as const) {
      const old = await secure({ ...good(), minVersion: 'TLSv1', maxVersion })
      const client = connect({ host: '127.0.0.1', port: Number(new URL(old).port), servername: 'files.example.com' })
      await once(client, 'secureConnect')
      expect(client.getProtocol()).toBe(maxVersion)
      client.destroy()
      expect(await failureOf(guard, old)).toMatchObject({ failure: 'secureConnectionFailed' })
    }
    await dial(guard, await secure({ ...good(), maxVersion: 'TLSv1.2' }))
  })

  it('trusts what the operator adds by NODE_EXTRA_CA_CERTS, which Node reads when it starts', async () => {
    const url = await secure(good())
    const folder = await mkdtemp(join(tmpdir(), 'backhaul-roots-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const roots = join(folder, 'roots.pem')
    await writeFile(roots, authority.cert)
    expect(await dialInOwnProcess(url, {})).toBe('serverCertificateHasUnknownRoot')
    expect(await dialInOwnProcess(url, { NODE_EXTRA_CA_CERTS: roots })).toBe('connected')
  })

  it('refuses a host that speaks no TLS', async () => {
    const port = await bareServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await failureOf(guard, `https://files.example.com:${port}/`)).toMatchObject({
      failure: 'secureConnectionFailed',
    })
  })

  it('reports a connection that breaks in the handshake as lost, which is worth repeating', async () => {
    const port = await bareServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    expect(await failureOf(guard, `https://files.example.com:${port}/`)).toMatchObject({
      failure: 'networkConnectionLost',
    })
  })
})

async function dialInOwnProcess(url: string, env: Record<string, string>): Promise<string> {
  const transfer = (path: string) => new URL(`../../../packages/transfer/src/${path}`, import.meta.url).href
  const script = `
    import { createEgressGuard } from ${JSON.stringify(transfer('egress/guard.ts'))}
    import { parseCidrs } from ${JSON.stringify(transfer('egress/rules/address-class.ts'))}
    const guard = createEgressGuard({ allowed: parseCidrs('127.0.0.1').cidrs, lookup: async () => ['127.0.0.1'] })
    const { signal } = new AbortController()
    await guard.dial(${JSON.stringify(url)}, { signal }).then(
      ({ connection }) => { connection.destroy(); console.log('connected') },
      (error) => console.log(error.failure),
    )`
  const child = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
  return child.stdout.trim()
}
