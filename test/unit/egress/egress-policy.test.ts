import { describe, expect, it } from 'vitest'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { isAllowedHost, parseAllowedHosts } from '#transfer/egress/rules/allowed-hosts.ts'
import { classifyDestination, type EgressPolicy } from '#transfer/egress/rules/egress-policy.ts'
import { checkUrl, type UrlPolicy } from '#transfer/egress/rules/url-policy.ts'

const block = (text: string) => parseCidrs(text).cidrs
const policy: EgressPolicy = { allowed: [], hosts: ['origin', '*.svc.cluster.local', 'files.example.com'] }
const classOf = (address: string, changes: Partial<EgressPolicy> = {}, host = 'origin') =>
  classifyDestination({ host, address, port: 80 }, { ...policy, ...changes })
const refusalOf = (url: string, changes: Partial<UrlPolicy> = {}) => {
  const checked = checkUrl(url, { ...policy, ...changes })
  return 'code' in checked ? checked : null
}

describe('a name that the operator has opened', () => {
  it('is one of the list, or lies below one of its suffixes', () => {
    const { hosts } = parseAllowedHosts('Origin, *.Example.com')
    expect(['origin', 'a.example.com', 'a.b.example.com'].map((name) => isAllowedHost(name, hosts))).toEqual([
      ...[true, true, true],
    ])
    expect(
      ['origin2', 'my.origin', 'origin.com', 'example.com', 'aexample.com', 'a.example.com.evil.org'].filter((name) =>
        isAllowedHost(name, hosts),
      ),
    ).toEqual([])
  })

  it('may be an internal one, over http too, also for webhooks', () => {
    for (const url of ['http://origin/', 'http://files.default.svc.cluster.local:8080/', 'http://files.example.com/']) {
      expect(refusalOf(url)).toBeNull()
      expect(refusalOf(url, { httpsOnly: true })).toBeNull()
    }
    expect(refusalOf('http://other/')).toMatchObject({ code: 'destination_denied' })
    expect(refusalOf('http://other.example.com/', { httpsOnly: true })).toMatchObject({ code: 'unsupported_url' })
  })

  it('is still to be written as a name of DNS', () => {
    for (const url of [
      'http://origin./',
      'http://ｏｒｉｇｉｎ/',
      'http://-a.svc.cluster.local/',
      'http://a_b@origin/',
    ]) {
      expect(refusalOf(url)).toMatchObject({ code: 'unsupported_url' })
    }
    expect(refusalOf('http://origin:6379/')).toMatchObject({ code: 'destination_denied' })
    expect(refusalOf('http://origin:6379/', { ports: new Set([6379]) })).toBeNull()
  })

  it.each(['10.1.2.3', '172.31.0.1', '192.168.1.1', '100.64.0.1', '127.0.0.1', '::1', 'fd12::1', '::ffff:10.0.0.1'])(
    'may lead to %s, which no other name may',
    (address) => {
      expect(classOf(address)).toBe('private')
      expect(classOf(address, {}, 'files.example.org')).toBe('denied')
      expect(classOf(address, {}, address)).toBe('denied')
    },
  )

  it.each([
    ...[
      '169.254.169.254',
      'fe80::1',
      '100.100.100.200',
      'fd00:ec2::254',
      'fd20:ce::254',
      '168.63.129.16',
      '192.0.0.192',
    ],
    ...[
      '0.0.0.0',
      '::',
      '224.0.0.1',
      '255.255.255.255',
      '198.18.0.1',
      '2001:db8::1',
      '64:ff9b::a00:1',
      '2002:a00:1::1',
    ],
    ...['::ffff:169.254.169.254', '::ffff:0.0.0.0', 'fec0::1', '3ffe::1'],
  ])('may not lead to %s, unless that range is allowed by itself', (address) => {
    expect(classOf(address)).toBe('denied')
    expect(classOf(address, { allowed: block('0.0.0.0/0,::/0') })).toBe('private')
  })

  it('may lead to a public address', () => {
    expect(classOf('93.184.216.34')).toBe('public')
  })
})

describe('a network that the operator has closed', () => {
  it('stays closed whatever is allowed, in every form that carries its addresses', () => {
    const open = { allowed: block('0.0.0.0/0,::/0'), denied: block('10.1.0.0/16, fd00:1::/32, 8.8.8.0/24') }
    for (const address of [
      ...['10.1.2.3', '::ffff:10.1.2.3', '64:ff9b::a01:203', '2002:a01:203::1', '::10.1.2.3', 'fd00:1::5', '8.8.8.8'],
    ]) {
      expect([address, classOf(address, open)]).toEqual([address, 'denied'])
      expect([address, classOf(address, open, address)]).toEqual([address, 'denied'])
    }
    expect(classOf('10.2.0.0', open)).toBe('private')
    expect(classOf('8.8.9.9', open)).toBe('public')
    expect(classOf('10.1.2.3', { denied: open.denied })).toBe('denied')
    expect(refusalOf('http://8.8.8.8/', { denied: open.denied })).toMatchObject({
      code: 'destination_denied',
      detail: 'The operator has closed this address.',
      fix: expect.stringContaining('EGRESS_DENY_CIDRS'),
    })
    // The message must not reveal which private networks exist.
    expect(refusalOf('http://10.1.2.3/', open)).toEqual(refusalOf('http://10.1.2.3/', {}))
  })
})

describe('a place of the service itself', () => {
  const own: Partial<EgressPolicy> = {
    isOwn: (host, port) => host === 'api.example.com' || (host === '10.0.0.5' && port === 8080),
  }

  it('is refused by name and by address, and its neighbours are not', () => {
    const allowed = block('10.0.0.0/8')
    expect(refusalOf('https://api.example.com/', own)).toMatchObject({ code: 'destination_denied' })
    expect(refusalOf('http://10.0.0.5:8080/', { ...own, allowed })).toMatchObject({ code: 'destination_denied' })
    expect(refusalOf('http://10.0.0.5:8081/', { ...own, allowed })).toBeNull()
    expect(classifyDestination({ host: 'origin', address: '10.0.0.5', port: 8080 }, { ...policy, ...own })).toBe('own')
    expect(classifyDestination({ host: 'origin', address: '10.0.0.5', port: 80 }, { ...policy, ...own })).toBe(
      'private',
    )
  })

  it('is not told apart from other addresses that are closed', () => {
    expect(refusalOf('http://10.0.0.5:8080/', own)).toEqual(refusalOf('http://10.0.0.6:8080/', own))
  })
})

describe('a refusal', () => {
  it.each<[string, Partial<UrlPolicy>, RegExp]>([
    ['http://10.0.0.1/', {}, /EGRESS_ALLOW_CIDRS/],
    ['http://other/', {}, /EGRESS_ALLOW_HOSTS/],
    ['http://db.internal/', {}, /EGRESS_ALLOW_HOSTS/],
    ['http://example.com:22/', {}, /EGRESS_ALLOW_PORTS/],
    ['http://example.com:5432/', {}, /EGRESS_ALLOW_PORTS/],
    ['http://example.com/', { httpsOnly: true }, /EGRESS_ALLOW_HOSTS.*EGRESS_ALLOW_CIDRS/],
    ['http://localhost:3000/', { httpsOnly: true }, /`backhaul listen`.*EGRESS_ALLOW_HOSTS/],
    ['http://app.localhost/', { httpsOnly: true }, /`backhaul listen`/],
    ['http://127.0.0.1:3000/', { httpsOnly: true }, /`backhaul listen`.*EGRESS_ALLOW_CIDRS/],
    ['http://[::1]:3000/', { httpsOnly: true }, /`backhaul listen`/],
  ])('of %s with %j names the way to open it, and no address', (url, changes, way) => {
    const refusal = refusalOf(url, changes)
    expect(refusal?.fix).toMatch(way)
    expect(JSON.stringify(refusal)).not.toMatch(/\d+\.\d+\.\d|::/)
  })

  it('of a download speaks of no webhook', () => {
    expect(refusalOf('http://localhost/')?.fix).not.toContain('listen')
  })
})
