import { describe, expect, it } from 'vitest'
import { readConfig } from '#core/runtime/config.ts'
import { createOwnPlaces } from '#core/runtime/find-own-addresses.ts'
import { isOwnPlace, type OwnPlace } from '#transfer/egress/rules/own-addresses.ts'

const machine = ['127.0.0.1', '::1', '192.168.7.7', 'fd00::7', 'fe80::7']
const isOwn = (host: string, port: number, ...places: OwnPlace[]) => isOwnPlace(host, port, places, machine)
const thisMachine = [
  ...['127.0.0.1', '127.9.9.9', '::1', '192.168.7.7', 'fd00::7', '0.0.0.0', '::', '::ffff:127.0.0.1'],
  '::ffff:192.168.7.7',
]

describe('where the service can be reached', () => {
  it.each(['0.0.0.0', '::'])('is every address of the machine when it listens at %s', (host) => {
    expect(thisMachine.filter((address) => !isOwn(address, 8080, { host, port: 8080 }))).toEqual([])
    expect(thisMachine.filter((address) => isOwn(address, 8081, { host, port: 8080 }))).toEqual([])
    expect(
      ['192.168.7.8', '10.0.0.1', 'fd00::8'].filter((address) => isOwn(address, 8080, { host, port: 8080 })),
    ).toEqual([])
  })

  it('is the one address that it listens at, in whatever form', () => {
    const at = { host: '127.0.0.1', port: 8080 }
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1', '0.0.0.0', '::'])
      expect([address, isOwn(address, 8080, at)]).toEqual([address, true])
    for (const address of ['127.0.0.2', '::1', '192.168.7.7', 'files.example.com'])
      expect([address, isOwn(address, 8080, at)]).toEqual([address, false])
    expect(isOwn('fd00:0:0::7', 8080, { host: 'fd00::7', port: 8080 })).toBe(true)
  })

  it('is the loopback of localhost', () => {
    const at = { host: 'localhost', port: 8080 }
    expect(['localhost', '127.0.0.1', '::1', '0.0.0.0'].map((host) => isOwn(host, 8080, at))).toEqual(
      new Array(4).fill(true),
    )
    expect(isOwn('192.168.7.7', 8080, at)).toBe(false)
  })

  it('is a name at its port, or at every one', () => {
    expect(isOwn('db.example.com', 6543, { host: 'db.example.com', port: 6543 })).toBe(true)
    expect(isOwn('db.example.com', 443, { host: 'db.example.com', port: 6543 })).toBe(false)
    expect(isOwn('api.example.com', 8443, { host: 'api.example.com', port: null })).toBe(true)
    expect(isOwn('files.api.example.com', 443, { host: 'api.example.com', port: null })).toBe(false)
  })
})

describe('what a process knows of it', () => {
  const placesOf = (env: Record<string, string>) => createOwnPlaces(readConfig({ PORT: '8080', ...env }, 'standalone'))

  it('is PUBLIC_URL: a name whatever the port, an address with its port', () => {
    const named = placesOf({ PUBLIC_URL: 'https://Backhaul.example.com:8443/path' })
    expect([443, 80, 8443].map((port) => named.isOwn('backhaul.example.com', port))).toEqual([true, true, true])
    const numbered = placesOf({ PUBLIC_URL: 'http://[fd00::5]:9000' })
    expect([numbered.isOwn('fd00::5', 9000), numbered.isOwn('fd00::5', 9001)]).toEqual([true, false])
    expect(placesOf({ PUBLIC_URL: 'https://10.0.0.5' }).isOwn('10.0.0.5', 443)).toBe(true)
  })

  it('is what it listens at, with the port that 0 has become', () => {
    const places = placesOf({ HOST: '127.0.0.1', PORT: '0' })
    expect(places.isOwn('127.0.0.1', 4711)).toBe(false)
    places.add({ host: '127.0.0.1', port: 4711 })
    expect(places.isOwn('127.0.0.1', 4711)).toBe(true)
    expect(placesOf({ HOST: '0.0.0.0' }).isOwn('127.0.0.1', 8080)).toBe(true)
  })

  it('is its database, its Redis and its proxy', () => {
    const places = placesOf({
      DATABASE_URL: 'postgresql://u:p@10.0.0.5:6543/backhaul',
      REDIS_URL: 'redis://cache.example.com',
      EGRESS_PROXY_URL: 'http://10.0.0.6:3128',
    })
    expect([places.isOwn('10.0.0.5', 6543), places.isOwn('10.0.0.6', 3128)]).toEqual([true, true])
    expect([places.isOwn('cache.example.com', 6379), places.isOwn('10.0.0.5', 80)]).toEqual([true, false])
    expect(placesOf({ DATABASE_URL: 'postgres:///backhaul?host=/run/postgresql' }).isOwn('', 5432)).toBe(false)
  })

  it('is the private addresses that its names lead to, with their ports, and no public ones', async () => {
    const answers: Record<string, string[]> = {
      'api.internal': ['10.0.0.5', 'fd00::5'],
      'backhaul.example.com': ['93.184.216.34', '10.0.0.6'],
      'cache.example.com': ['10.0.0.7'],
    }
    const lookup = async (name: string) => answers[name] ?? Promise.reject(new Error('ENOTFOUND'))
    const env = { PUBLIC_URL: 'http://api.internal:8080', REDIS_URL: 'redis://cache.example.com:7000' }
    const places = createOwnPlaces(readConfig({ PORT: '0', ...env }, 'standalone'), lookup)
    const shared = createOwnPlaces(readConfig({ PUBLIC_URL: 'https://backhaul.example.com' }, 'standalone'), lookup)
    expect(places.isOwn('10.0.0.5', 8080)).toBe(false)
    await Promise.all([places.resolve(), shared.resolve()])
    expect(['10.0.0.5', 'fd00::5', '10.0.0.7'].map((address) => places.isOwn(address, 8080))).toEqual([
      true,
      true,
      false,
    ])
    expect([places.isOwn('10.0.0.7', 7000), places.isOwn('10.0.0.5', 80)]).toEqual([true, false])
    // Other sites have it too: the address of a proxy or a network in front.
    expect(['93.184.216.34', '10.0.0.6'].map((address) => shared.isOwn(address, 443))).toEqual([false, true])

    delete answers['api.internal']
    answers['cache.example.com'] = ['10.0.0.8']
    await places.resolve()
    expect([places.isOwn('10.0.0.5', 8080), places.isOwn('10.0.0.8', 7000)]).toEqual([true, true])
    expect(places.isOwn('10.0.0.7', 7000)).toBe(false)
  })
})
