import { networkInterfaces } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { dial, failing, failureOf, listen, loopback, publicAddress, resolvingTo } from '#support/client/dial.ts'
import { freePort } from '#support/servers/free-port.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import type { Lookup } from '#transfer/egress/resolver.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'

describe('the egress guard', () => {
  it('connects to an allowed address and writes nothing', async () => {
    const origin = await listen()
    const { socket, addressClass, steps } = await dial(createEgressGuard({ allowed: loopback }), origin.url())
    expect([socket.remoteAddress, socket.remotePort, addressClass]).toEqual(['127.0.0.1', origin.port, 'private'])
    expect(steps).toEqual(['connectStart', 'connectEnd'])
    socket.end('x')
    await eventually('the one byte', () => origin.bytesReceived() === 1)
  })

  it('resolves a name once, and connects to what it was told then', async () => {
    const origin = await listen()
    const canary = await listen({ host: '127.0.0.2' })
    let lookups = 0
    const lookup = async () => [['127.0.0.1'], ['127.0.0.2']][lookups++] ?? []
    const { socket, steps } = await dial(
      createEgressGuard({ allowed: loopback, lookup }),
      `http://files.example.com:${origin.port}/`,
    )
    expect([socket.remoteAddress, lookups, canary.connections()]).toEqual(['127.0.0.1', 1, 0])
    expect(steps).toEqual(['domainLookupStart', 'domainLookupEnd', 'connectStart', 'connectEnd'])
  })

  it('judges anew at every dial, so that a name cannot move to a forbidden address between attempts', async () => {
    const origin = await listen()
    const addresses = [['127.0.0.1'], ['::1']]
    const lookup = async () => addresses.shift() ?? []
    const guard = createEgressGuard({ allowed: parseCidrs('127.0.0.1/32').cidrs, lookup })
    await dial(guard, `http://files.example.com:${origin.port}/`)
    expect(await failureOf(guard, `http://files.example.com:${origin.port}/`)).toMatchObject({
      failure: 'destination_denied',
    })
    expect(origin.connections()).toBe(1)
  })

  it('never connects to a local address that is not allowed, however it is written or reached', async () => {
    const canaries = [await listen({ host: '0.0.0.0' }), await listen({ host: '::' })]
    const local = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
    const addresses = [
      '127.0.0.1',
      '127.255.0.9',
      '0.0.0.0',
      '::1',
      '::',
      '::ffff:127.0.0.1',
      '64:ff9b::7f00:1',
      ...local.map(({ address }) => address),
    ]
    for (const { port } of canaries) {
      for (const address of addresses) {
        const literal = address.includes(':') ? `[${address}]` : address
        const byName = createEgressGuard({ allowed: [], lookup: resolvingTo(publicAddress, address) })
        for (const failure of [
          await failureOf(createEgressGuard({ allowed: [] }), `http://${literal}:${port}/`),
          await failureOf(
            createEgressGuard({ allowed: [], lookup: resolvingTo(address) }),
            `https://files.example.com:${port}/`,
          ),
          await failureOf(byName, `http://files.example.com:${port}/`),
        ]) {
          expect(failure).toMatchObject({ failure: 'destination_denied' })
          expect(failure.message).not.toContain(address)
        }
      }
    }
    expect(canaries.map((canary) => canary.connections())).toEqual([0, 0])
  })

  it('does not even resolve a name or URL that the gate refuses', async () => {
    let lookups = 0
    const lookup = async () => [['127.0.0.1'], []][lookups++] ?? []
    const guard = createEgressGuard({ allowed: loopback, lookup })
    for (const name of ['localhost', 'db.internal', 'intranet', 'metadata.google.internal', 'api.svc']) {
      expect(await failureOf(guard, `http://${name}:8080/`)).toMatchObject({ failure: 'destination_denied' })
    }
    for (const url of [
      'ftp://example.com/',
      'http://user@example.com/',
      'http://example.com:25/',
      'http://example.com\\@x/',
    ]) {
      expect(await failureOf(guard, url)).toMatchObject({ failure: 'unsupportedURL' })
    }
    expect(lookups).toBe(0)
  })

  it('reaches a listed name at a private address, and that address by no other name', async () => {
    const origin = await listen()
    const guard = createEgressGuard({
      allowed: [],
      hosts: ['origin', '*.svc.cluster.local'],
      lookup: resolvingTo('127.0.0.1'),
    })
    for (const name of ['origin', 'files.default.svc.cluster.local']) {
      const { socket, addressClass } = await dial(guard, `http://${name}:${origin.port}/`)
      expect([socket.remoteAddress, addressClass]).toEqual(['127.0.0.1', 'private'])
    }
    for (const host of ['127.0.0.1', 'files.example.com', 'other', 'db.internal']) {
      const failure = await failureOf(guard, `http://${host}:${origin.port}/`)
      expect(failure).toMatchObject({
        failure: 'destination_denied',
        message: expect.stringContaining('EGRESS_ALLOW_'),
      })
      expect(failure.message).not.toContain('127.0.0')
    }
    const metadata = createEgressGuard({
      allowed: [],
      hosts: ['origin'],
      lookup: resolvingTo('127.0.0.1', '169.254.169.254'),
    })
    expect(await failureOf(metadata, `http://origin:${origin.port}/`)).toMatchObject({ failure: 'destination_denied' })
    expect(origin.connections()).toBe(2)
  })

  it('leaves a closed network alone, by address and by name, whatever is allowed', async () => {
    const origin = await listen()
    const denied = parseCidrs('127.0.0.1/32').cidrs
    const guard = createEgressGuard({ allowed: loopback, denied, hosts: ['origin'], lookup: resolvingTo('127.0.0.1') })
    for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', 'origin', 'files.example.com'])
      expect(await failureOf(guard, `http://${host}:${origin.port}/`)).toMatchObject({ failure: 'destination_denied' })
    expect(origin.connections()).toBe(0)
  })

  it('never reaches the service itself, by whatever name it is found', async () => {
    const [service, origin] = [await listen(), await listen()]
    const isOwn = (host: string, port: number) => host === '127.0.0.1' && port === service.port
    const guard = createEgressGuard({ allowed: loopback, hosts: ['origin'], isOwn, lookup: resolvingTo('127.0.0.1') })
    for (const host of ['127.0.0.1', 'origin', 'files.example.com'])
      expect(await failureOf(guard, `http://${host}:${service.port}/`)).toMatchObject({
        failure: 'destination_denied',
        message: expect.stringContaining('this service itself'),
      })
    await dial(guard, origin.url())
    expect(service.connections()).toBe(0)
  })

  it('takes sixteen answers and refuses seventeen', async () => {
    const origin = await listen()
    const many = (count: number) => resolvingTo(...Array.from({ length: count }, () => '127.0.0.1'))
    const url = `http://files.example.com:${origin.port}/`
    await dial(createEgressGuard({ allowed: loopback, lookup: many(16) }), url)
    expect(await failureOf(createEgressGuard({ allowed: loopback, lookup: many(17) }), url)).toMatchObject({
      failure: 'destination_denied',
    })
    expect(origin.connections()).toBe(1)
  })

  it('refuses answers that are no plain addresses', async () => {
    for (const address of ['fe80::1%lo', '127.1', '', 'localhost', '/run/x.sock']) {
      const guard = createEgressGuard({ allowed: parseCidrs('0.0.0.0/0,::/0').cidrs, lookup: resolvingTo(address) })
      expect(await failureOf(guard, 'http://files.example.com:8080/')).toMatchObject({ failure: 'destination_denied' })
    }
  })

  it.each([
    ['ENOTFOUND', 'cannotFindHost'],
    ['ENODATA', 'cannotFindHost'],
    ['EAI_AGAIN', 'dnsLookupFailed'],
    ['ESERVFAIL', 'dnsLookupFailed'],
    ['ETIMEOUT', 'dnsLookupFailed'],
  ])('reports %s as %s', async (code, failure) => {
    const error = await failureOf(
      createEgressGuard({ allowed: [], lookup: failing(code) }),
      'http://files.example.com/',
    )
    expect(error).toMatchObject({ failure })
    expect(error.message).not.toContain('10.0.0.1')
  })

  it('cannot find a host whose name has no address', async () => {
    expect(
      await failureOf(createEgressGuard({ allowed: [], lookup: resolvingTo() }), 'http://files.example.com/'),
    ).toMatchObject({ failure: 'cannotFindHost' })
  })

  it('asks the system for addresses when it is given no resolver', async () => {
    // `.invalid` never exists (RFC 6761 §6.4); without a network the name server cannot say so.
    const error = await failureOf(createEgressGuard({ allowed: [] }), 'http://no-such-host.invalid/')
    expect(['cannotFindHost', 'dnsLookupFailed']).toContain(error.failure)
  })

  it('tries the next address when one does not take the connection', async () => {
    const origin = await listen()
    const guard = createEgressGuard({ allowed: loopback, lookup: resolvingTo('::1', '127.0.0.2', '127.0.0.1') })
    const { socket } = await dial(guard, `http://files.example.com:${origin.port}/`)
    expect(socket.remoteAddress).toBe('127.0.0.1')
  })

  it('reports a refused connection without saying where', async () => {
    const guard = createEgressGuard({ allowed: loopback, lookup: resolvingTo('127.0.0.2', '127.0.0.1') })
    const error = await failureOf(guard, `http://files.example.com:${await freePort()}/`)
    expect(error).toMatchObject({ failure: 'cannotConnectToHost' })
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('127.0.0')
  })

  it('drops a connection that led to another address than the checked one before writing to it', async () => {
    // Linux takes 0.0.0.0 for 127.0.0.1: a real case of a peer that is not the one that was asked for.
    const origin = await listen()
    const guard = createEgressGuard({ allowed: parseCidrs('0.0.0.0/32').cidrs })
    expect(await failureOf(guard, `https://0.0.0.0:${origin.port}/`)).toMatchObject({ failure: 'destination_denied' })
    await eventually('the connection is gone', () => origin.connections() === 1 && origin.openConnections() === 0)
    expect(origin.bytesReceived()).toBe(0)
  })

  it('ignores the proxies of the environment', async () => {
    const origin = await listen()
    const proxy = await listen({ host: '127.0.0.2' })
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY']
    for (const name of names) process.env[name] = proxy.url()
    process.env.NODE_USE_ENV_PROXY = '1'
    onTestFinished(() => {
      for (const name of [...names, 'NODE_USE_ENV_PROXY']) delete process.env[name]
    })
    await dial(createEgressGuard({ allowed: loopback }), origin.url())
    expect([origin.connections(), proxy.connections()]).toEqual([1, 0])
  })

  it('throws the reason of an abort, be it before, while resolving or in the TLS handshake', async () => {
    const reason = new Error('enough')
    const silent = await listen()
    let isCancelled = () => false
    const never: Lookup = (_, signal) => {
      isCancelled = () => signal.aborted
      return new Promise(() => {})
    }
    expect(await failureOf(createEgressGuard({ allowed: loopback }), silent.url(), AbortSignal.abort(reason))).toBe(
      reason,
    )

    const resolving = new AbortController()
    const unresolved = failureOf(
      createEgressGuard({ allowed: loopback, lookup: never }),
      'http://files.example.com/',
      resolving.signal,
    )
    resolving.abort(reason)
    expect(await unresolved).toBe(reason)
    expect(isCancelled()).toBe(true)

    const handshaking = new AbortController()
    const unsecured = failureOf(
      createEgressGuard({ allowed: loopback }),
      silent.url().replace('http:', 'https:'),
      handshaking.signal,
    )
    await eventually('the ClientHello', () => silent.bytesReceived() > 0)
    handshaking.abort(reason)
    expect(await unsecured).toBe(reason)
    await eventually('the connection is gone', () => silent.openConnections() === 0)
  })

  it('leaves the connection alone when the signal aborts after the dial', async () => {
    const origin = await listen()
    const controller = new AbortController()
    const { socket } = await dial(createEgressGuard({ allowed: loopback }), origin.url(), controller.signal)
    controller.abort(new Error('later'))
    expect(socket.destroyed).toBe(false)
  })
})
