import { networkInterfaces } from 'node:os'
import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createWebhookSender } from '#core/deliveries/http/sender.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { errorOf, failureOf, open, read, serve } from '#support/client/source.ts'
import { makeAuthority, makeCertificate } from '#support/origins/certificates.ts'
import { type RawRequest, rawResponse } from '#support/origins/raw-origin.ts'
import { type DnsAnswer, startDnsServer } from '#support/servers/dns-server.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import { createResolver } from '#transfer/egress/resolver.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { createHttpSource } from '#transfer/source/http-source.ts'
import type { SourceRequest } from '#transfer/source/source.ts'

/*
 * Names end to end: a name server that lies, the real resolver, the guard, the source and the sender. 127.0.0.2 stands for
 * a public address, since it is the only one that is allowed; 127.0.0.1 and ::1 for the neighbours.
 */
const outside = '127.0.0.2'
const name = 'files.example.com'

/** Somebody else may have the origin's port at another address: then everybody takes another one. */
async function onOnePort<T>(listen: () => Promise<T>, tries = 20): Promise<T> {
  try {
    return await listen()
  } catch (error) {
    if (tries === 1 || (error as { code?: string }).code !== 'EADDRINUSE') throw error
    return await onOnePort(listen, tries - 1)
  }
}

/** An origin at the allowed address, and canaries on the same port at every other address of this machine. */
async function start(
  script: (request: RawRequest) => string | Buffer | undefined = () => rawResponse(200, {}, 'outside'),
  options: { tls?: TlsOptions } = {},
) {
  const dns = await startDnsServer()
  onTestFinished(() => dns.close())
  const local = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  // Link-local addresses cannot be listened at without a zone, nor dialled.
  const addresses = new Set(
    ['127.0.0.1', '::1', ...local.map(({ address }) => address)].filter((address) => !/^fe80:/i.test(address)),
  )
  const { origin, canaries } = await onOnePort(async () => {
    const origin = await serve(script, { ...options, host: outside })
    const listening = [...addresses].map((host) =>
      serve(() => rawResponse(200, {}, 'inside'), { host, port: origin.port }),
    )
    return { origin, canaries: await Promise.all(listening) }
  })
  const guard = createEgressGuard({
    allowed: parseCidrs(`${outside}/32`).cidrs,
    lookup: createResolver([dns.address]),
  })
  const sourceOf = () => {
    const source = createHttpSource(guard)
    onTestFinished(() => source.close())
    return source
  }
  const sender = createWebhookSender(guard)
  return {
    dns,
    origin,
    addresses: [...addresses],
    inside: () => canaries.reduce((sum, canary) => sum + canary.connections(), 0),
    url: (path = '/') => `http://${name}:${origin.port}${path}`,
    sourceOf,
    get: async (url: string, more: Partial<SourceRequest> = {}, source = sourceOf()) =>
      (await read(await open(url, more, source))).toString(),
    async post(url: string, timeoutMs = 10_000) {
      const { signal } = new AbortController()
      return await sender.post({ url, headers: {}, body: '{}', timeoutMs, maxResponseBytes: 1024, signal })
    },
  }
}

describe('a name that a tenant has chosen', () => {
  it('is resolved and reached, over an alias too', async () => {
    const { dns, get, url } = await start()
    dns.say(name, { addresses: [outside] }, { cname: 'cdn.example.net', addresses: [outside] })
    expect(await get(url())).toBe('outside')
    expect(await get(url())).toBe('outside')
  })

  it.each<[string, DnsAnswer, string]>([
    ['a private address', { addresses: ['127.0.0.1'] }, 'destination_denied'],
    ['a private IPv6 address', { addresses: ['::1'] }, 'destination_denied'],
    ['an allowed and a private one', { addresses: [outside, '127.0.0.1'] }, 'destination_denied'],
    ['a private one of the other family', { addresses: [outside, '::1'] }, 'destination_denied'],
    ['an IPv4-mapped one', { addresses: ['0:0:0:0:0:ffff:7f00:1'] }, 'destination_denied'],
    ['an alias of an internal name', { cname: 'db.internal', addresses: ['127.0.0.1'] }, 'destination_denied'],
    ['the metadata service', { addresses: ['169.254.169.254'] }, 'destination_denied'],
    ['every address of the machine', { addresses: ['0.0.0.0'] }, 'destination_denied'],
    ['seventeen addresses', { addresses: new Array<string>(17).fill(outside) }, 'destination_denied'],
    ['an alias that leads nowhere', { cname: 'gone.example.net' }, 'cannotFindHost'],
    ['no such name', 'nxdomain', 'cannotFindHost'],
    ['no address', { addresses: [] }, 'cannotFindHost'],
    ['SERVFAIL', 'servfail', 'dnsLookupFailed'],
  ])('that leads to %s is not reached, by downloads, redirects and webhooks alike', async (_, said, failure) => {
    const { dns, origin, inside, url, sourceOf, post } = await start(({ path }) =>
      path === '/go' ? rawResponse(302, { Location: url('/') }) : rawResponse(200, {}, 'outside'),
    )
    dns.say(name, said)
    dns.say('start.example.com', { addresses: [outside] })
    const errors = [
      await errorOf(open(url(), {}, sourceOf())),
      await errorOf(open(`http://start.example.com:${origin.port}/go`, {}, sourceOf())),
    ]
    expect(errors.map((error) => error?.failure)).toEqual([failure, failure])
    const posted = await post(`https://${name}:${origin.port}/`)
    expect(posted).toMatchObject({ status: null, error: expect.stringContaining(failure) })
    for (const text of [posted.error, ...errors.map((error) => error?.message)])
      expect(text).not.toMatch(/127\.0\.0|169\.254|::|db\.internal/)
    expect([inside(), origin.requests.map(({ path }) => path)]).toEqual([0, ['/go']])
  })

  it('may be one label, or an internal name, when the operator has listed it', async () => {
    const { dns, origin } = await start()
    const guard = createEgressGuard({
      allowed: [],
      hosts: ['origin', '*.svc.cluster.local'],
      lookup: createResolver([dns.address]),
    })
    const source = createHttpSource(guard)
    onTestFinished(() => source.close())
    for (const host of ['origin', 'files.default.svc.cluster.local', 'metadata.svc.cluster.local'])
      dns.say(host, { addresses: [host.startsWith('metadata') ? '169.254.169.254' : outside] })
    for (const host of ['origin', 'files.default.svc.cluster.local'])
      expect((await read(await open(`http://${host}:${origin.port}/`, {}, source))).toString()).toBe('outside')
    for (const host of ['metadata.svc.cluster.local', 'other', outside])
      expect(await failureOf(open(`http://${host}:${origin.port}/`, {}, source))).toBe('destination_denied')
    expect(dns.questions('other', 'A')).toBe(0)
  })

  it('never leads to an address of this machine', async () => {
    const { dns, url, addresses, inside, sourceOf, post, origin } = await start()
    for (const address of addresses) {
      dns.say(name, { addresses: [address] })
      expect([address, await failureOf(open(url(), {}, sourceOf()))]).toEqual([address, 'destination_denied'])
      expect(await post(`https://${name}:${origin.port}/`)).toMatchObject({
        error: expect.stringContaining('destination_denied'),
      })
    }
    expect([inside(), origin.connections()]).toEqual([0, 0])
  })

  it('cannot change between the check and the dial: it is asked for once', async () => {
    const { dns, get, url, inside } = await start()
    dns.say(name, { addresses: [outside] }, { addresses: ['127.0.0.1'] })
    expect(await get(url())).toBe('outside')
    expect([dns.questions(name, 'A'), dns.questions(name, 'AAAA'), inside()]).toEqual([1, 1, 0])
  })

  it('cannot change between redirects', async () => {
    const { dns, url, inside, sourceOf, origin } = await start(() => rawResponse(302, { Location: url('/next') }))
    dns.say(name, { addresses: [outside] }, { addresses: ['127.0.0.1'] })
    expect(await failureOf(open(url('/first'), {}, sourceOf()))).toBe('destination_denied')
    expect([origin.requests.length, inside()]).toEqual([1, 0])
  })

  it('cannot change between the attempts of a worker, nor between workers', async () => {
    const { dns, get, url, inside, sourceOf } = await start()
    dns.say(name, { addresses: [outside] }, { addresses: ['127.0.0.1'] })
    const source = sourceOf()
    expect(await get(url(), {}, source)).toBe('outside')
    expect(await failureOf(open(url(), {}, source))).toBe('destination_denied')
    expect(await failureOf(open(url(), { range: { from: 3, validator: '"v"' } }, sourceOf()))).toBe(
      'destination_denied',
    )
    expect(inside()).toBe(0)
  })

  it('cannot change between the attempts of a webhook', async () => {
    const authority = makeAuthority('Test Authority')
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, authority.cert])
    onTestFinished(() => setDefaultCACertificates(before))
    const tls = makeCertificate({ subject: name, issuer: authority })
    const { dns, post, inside, origin } = await start(() => rawResponse(204), { tls })
    dns.say(name, { addresses: [outside] }, { addresses: ['127.0.0.1'] }, { addresses: [outside, '::1'] })
    const hook = `https://${name}:${origin.port}/`
    expect(await post(hook)).toMatchObject({ status: 204, error: null })
    expect((await post(hook)).error).toContain('destination_denied')
    expect((await post(hook)).error).toContain('destination_denied')
    expect([origin.connections(), inside()]).toEqual([1, 0])
  })

  it('costs no more than the idle timeout when nobody says anything about it', async () => {
    const { dns, url, sourceOf, post, origin, inside } = await start()
    dns.say(name, 'silence')
    expect(await failureOf(open(url(), { idleTimeoutMs: 200 }, sourceOf()))).toBe('timedOut')
    expect((await post(`https://${name}:${origin.port}/`, 200)).error).toContain('timedOut')
    expect([dns.questions(name), origin.connections(), inside()]).toEqual([2, 0, 0])
  })

  it('that fails for now is reached when the name server is back', async () => {
    const { dns, get, url, sourceOf } = await start()
    dns.say(name, 'servfail')
    expect(await failureOf(open(url(), {}, sourceOf()))).toBe('dnsLookupFailed')
    dns.say(name, { addresses: [outside] })
    await eventually('the file', async () => (await get(url())) === 'outside')
  })
})
