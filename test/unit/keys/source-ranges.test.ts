import { describe, expect, it } from 'vitest'
import { badRanges, mayComeFrom } from '#core/keys/rules/source-ranges.ts'

describe('a request', () => {
  it.each<[string, string[], boolean]>([
    ['203.0.113.9', [], true],
    ['not an address', [], true],
    ['203.0.113.9', ['203.0.113.0/24'], true],
    ['203.0.114.9', ['203.0.113.0/24'], false],
    ['203.0.113.9', ['203.0.113.77/24'], true],
    ['203.0.113.9', ['203.0.113.9'], true],
    ['203.0.113.8', ['203.0.113.9'], false],
    ['203.0.113.9', ['10.0.0.0/8', '203.0.113.0/24'], true],
    ['203.0.113.9', ['0.0.0.0/0'], true],
    ['2001:db8::1', ['0.0.0.0/0'], false],
    ['2001:db8::1', ['::/0'], true],
    ['203.0.113.9', ['::/0'], false],
    ['2001:DB8:0::1', ['2001:db8::/32'], true],
    ['2001:db9::1', ['2001:db8::/32'], false],
    // As a socket that listens on `::` names a client over IPv4.
    ['::ffff:203.0.113.9', ['203.0.113.0/24'], true],
    ['::ffff:203.0.113.9', ['::ffff:203.0.113.0/120'], true],
    ['203.0.113.9', ['::ffff:203.0.113.0/120'], true],
    ['::ffff:203.0.113.9', ['::/0'], false],
    ['fe80::1%eth0', ['fe80::/10'], true],
    ['not an address', ['0.0.0.0/0', '::/0'], false],
    ['', ['0.0.0.0/0', '::/0'], false],
  ])('from %s with ranges %j: %s', (address, ranges, may) => {
    expect(mayComeFrom(address, ranges)).toBe(may)
  })
})

describe('ranges', () => {
  it.each([
    '',
    ' ',
    '10.0.0.0/33',
    '10.0.0/8',
    '010.0.0.0/8',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8,1.2.3.4',
    ' 10.0.0.0/8',
    '::/129',
    'fe80::1%eth0',
    'example.com',
    '10.0.0.0/8/8',
  ])('%j is none, and is pointed at', (range) => {
    expect(badRanges(['10.0.0.0/8', range], '/allowedCidrs')).toMatchObject([
      { pointer: '/allowedCidrs/1', code: 'cidr' },
    ])
  })
})
