import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ipv4, ipv6, ipv6Text, tableOf, tables } from '#support/builders/random-addresses.ts'
import { classifyAddress, isInside, isSameAddress, parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { classifyDestination } from '#transfer/egress/rules/egress-policy.ts'
import { parseIp } from '#transfer/egress/rules/ip.ts'

const allow = (text: string) => parseCidrs(text).cidrs

describe('classifying an address', () => {
  // A million, which take longer, are tried in test/contract/egress.
  it('agrees with an independent table on fifty thousand random addresses', () => {
    const agrees = (family: 'ipv4' | 'ipv6') => (address: string) =>
      (classifyAddress(address, []) === 'denied') === tables[family](address)
    fc.assert(fc.property(ipv4, agrees('ipv4')), { numRuns: 35_000 })
    fc.assert(fc.property(ipv6, agrees('ipv6')), { numRuns: 15_000 })
  })

  it.each([
    ['0.0.0.0', '0.255.255.255', null, '1.0.0.0'],
    ['10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
    ['100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
    ['127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
    ['168.63.129.16', '168.63.129.16', '168.63.129.15', '168.63.129.17'],
    ['169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
    ['172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
    ['192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
    ['192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
    ['192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
    ['192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
    ['192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
    ['192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
    ['192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
    ['198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
    ['198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
    ['203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
    ['224.0.0.0', '255.255.255.255', '223.255.255.255', null],
    ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:200::'],
    ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db7:ffff:ffff::', '2001:db9::'],
    ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:ffff:ffff::', '2003::'],
    ['2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff', '2620:4f:7fff:ffff::', '2620:4f:8001::'],
    ['3ffe::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '3ffd:ffff::', '3fff:1000::'],
    ['::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null, '2000::'],
    ['4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null],
  ])('denies %s to %s and nothing beside it', (first, last, before, after) => {
    expect([first, last].map((ip) => classifyAddress(ip, []))).toEqual(['denied', 'denied'])
    for (const neighbour of [before, after]) {
      if (neighbour !== null) expect(classifyAddress(neighbour, [])).toBe('public')
    }
  })

  it.each([
    ...[
      '::1',
      '::ffff:10.0.0.1',
      '::ffff:8.8.8.8',
      '::ffff:a9fe:a9fe',
      '::127.0.0.1',
      '::8.8.8.8',
      '64:ff9b::a9fe:a9fe',
    ],
    ...['64:ff9b::8.8.8.8', '64:ff9b:1::1', '64:ff9b:1:ffff::808:808', '2002:7f00:1::1', '2002:808:808::1'],
    ...['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'fec0::1', 'fe80::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '100::1'],
    ...['5f00::1', '169.254.169.254', '100.100.100.200', '192.0.0.192', '192.0.0.9', '2001:1::1', '2001:4:112::1'],
  ])('denies %s', (ip) => {
    expect(classifyAddress(ip, [])).toBe('denied')
  })

  it.each([
    ...[
      '',
      'localhost',
      '127.1',
      '2130706433',
      '0x7f.0.0.1',
      '0177.0.0.1',
      '8.8.8.08',
      '8.8.8.8.',
      ' 8.8.8.8',
      '8.8.8',
    ],
    ...['256.8.8.8', '8.8.8.8/32', '１.1.1.1', 'fe80::1%eth0', '2606:4700::1%1', '[2606:4700::1]', '2606:4700', ':::'],
    ...[
      '2606::4700::1',
      '1:2:3:4:5:6:7:8:9',
      '2606:4700:1.1.1.1::',
      '2606:4700::12345',
      '2606:4700::1.1.1',
      ':2606::1',
    ],
  ])('denies %j, which is not an address', (text) => {
    expect(parseIp(text)).toBeNull()
    expect(classifyAddress(text, allow('0.0.0.0/0,::/0'))).toBe('denied')
  })

  it('takes the same texts for addresses as Node does, zone ids apart', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'0123456789abfF:.'), maxLength: 20 })
    const groups = fc
      .array(fc.constantFrom('0', '1', 'ffff', '', '', '1.2.3.4', '12345'), { minLength: 2, maxLength: 9 })
      .map((parts) => parts.join(':'))
    fc.assert(
      fc.property(fc.oneof(soup, groups, ipv4, ipv6), (text) => (parseIp(text)?.family ?? 0) === isIP(text)),
      { numRuns: 50_000 },
    )
  })
})

describe('an address that a listed name leads to', () => {
  const open = {
    ipv4: tableOf(['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], 'ipv4'),
    ipv6: tableOf(['::1/128', 'fc00::/7'], 'ipv6'),
  }
  const closed = {
    ipv4: tableOf(['100.100.100.200/32', '10.128.0.0/9'], 'ipv4'),
    ipv6: tableOf(['fd00:ec2::/32', 'fd20:ce::/32', 'fd00:128::/32'], 'ipv6'),
  }
  const policy = { allowed: [], denied: allow('10.128.0.0/9,fd00:128::/32'), hosts: ['*.example.com'] }

  it('agrees with an independent table on a hundred thousand random addresses, of public ones too', () => {
    const agrees = (family: 'ipv4' | 'ipv6') => (address: string) => {
      const isOpen = (!tables[family](address) || open[family](address)) && !closed[family](address)
      const at = { address, port: 80 }
      const named = classifyDestination({ host: 'files.example.com', ...at }, policy) !== 'denied'
      const other = classifyDestination({ host: 'example.com', ...at }, policy) !== 'denied'
      return named === isOpen && other === (!tables[family](address) && !closed[family](address))
    }
    const near = fc
      .tuple(fc.constantFrom('fd00:ec2::', 'fd20:ce::', 'fd00:128::', 'fc00::', '::'), fc.nat(127))
      .map(([block, bit]) => ipv6Text((parseIp(block)?.value ?? 0n) ^ (1n << BigInt(127 - bit))))
    fc.assert(fc.property(ipv4, agrees('ipv4')), { numRuns: 50_000 })
    fc.assert(fc.property(fc.oneof(ipv6, near), agrees('ipv6')), { numRuns: 50_000 })
  })
})

describe('what the operator allows', () => {
  it('opens exactly the addresses of a block, as private ones', () => {
    const allowed = allow('10.1.0.0/16, fd00:1::/32')
    expect(
      ['10.1.0.0', '10.1.255.255', 'fd00:1::', 'fd00:1:ffff::1'].map((ip) => classifyAddress(ip, allowed)),
    ).toEqual(new Array(4).fill('private'))
    expect(
      ['10.0.255.255', '10.2.0.0', 'fd00:0:ffff::', 'fd00:2::', '127.0.0.1', '::1'].map((ip) =>
        classifyAddress(ip, allowed),
      ),
    ).toEqual(new Array(6).fill('denied'))
    expect(classifyAddress('8.8.8.8', allowed)).toBe('public')
  })

  it('covers the IPv4-mapped form of an allowed IPv4 block, and only that decides mapped addresses', () => {
    expect(classifyAddress('::ffff:10.1.2.3', allow('10.0.0.0/8'))).toBe('private')
    expect(classifyAddress('::ffff:10.1.2.3', allow('::/0'))).toBe('denied')
    expect(classifyAddress('10.1.2.3', allow('::ffff:10.0.0.0/104'))).toBe('private')
    expect(classifyAddress('11.1.2.3', allow('::ffff:10.0.0.0/104'))).toBe('public')
  })

  it('still judges the IPv4 address that an allowed IPv6 address carries', () => {
    const nat64 = allow('64:ff9b::/96')
    expect(classifyAddress('64:ff9b::8.8.8.8', nat64)).toBe('private')
    expect(classifyAddress('64:ff9b::169.254.169.254', nat64)).toBe('denied')
    expect(classifyAddress('64:ff9b::10.0.0.1', allow('64:ff9b::/96,10.0.0.0/8'))).toBe('private')
    expect(classifyAddress('2002:a00:1::1', allow('2002::/16'))).toBe('denied')
    // Teredo hides the client's address by inverting it: 0xf5fffffe is 10.0.0.1.
    expect(classifyAddress('2001:0:4136:e378:8000:63bf:f5ff:fffe', allow('2001::/32'))).toBe('denied')
    expect(classifyAddress('2001:0:4136:e378:8000:63bf:f7f7:f7f7', allow('2001::/32'))).toBe('private')
    expect(classifyAddress('::1', allow('::1/128'))).toBe('private')
  })

  it('reads blocks and single addresses, and names every entry that is neither', () => {
    expect(parseCidrs('')).toEqual({ cidrs: [], errors: [] })
    expect(parseCidrs(' 127.0.0.1 , ::1/128,').errors).toEqual([])
    expect(parseCidrs('127.0.0.1,::1').cidrs.map(({ prefix }) => prefix)).toEqual([32, 128])
    const bad = [
      '10.0.0.0/33',
      'fd00::/129',
      'localhost',
      '10.0.0/8',
      '10.0.0.0/',
      '10.0.0.0/08',
      '10.0.0.0/-1',
      'fe80::1%eth0/64',
    ]
    const { cidrs, errors } = parseCidrs(`10.0.0.0/8,${bad.join(',')}`)
    expect(cidrs).toHaveLength(1)
    expect(errors).toHaveLength(bad.length)
    for (const [index, entry] of bad.entries()) expect(errors[index]).toContain(`"${entry}"`)
  })

  it('takes a block whose network has bits beyond its prefix for the whole block', () => {
    expect(classifyAddress('127.255.0.1', allow('127.0.0.1/8'))).toBe('private')
  })

  it('tells whether an address is inside, be it special or not', () => {
    expect(isInside('8.8.8.8', allow('8.8.8.0/24'))).toBe(true)
    expect(isInside('8.8.4.4', allow('8.8.8.0/24'))).toBe(false)
    expect(isInside('example.com', allow('0.0.0.0/0'))).toBe(false)
  })
})

it('knows one address in two spellings, and two addresses of equal number apart', () => {
  expect(isSameAddress('::1', '0:0:0:0:0:0:0:1')).toBe(true)
  expect(isSameAddress('127.0.0.1', '127.0.0.2')).toBe(false)
  expect(isSameAddress('0.0.0.1', '::1')).toBe(false)
  expect(isSameAddress('nonsense', 'nonsense')).toBe(false)
})
