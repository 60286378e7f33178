import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { checkUrl, type UrlPolicy } from '#transfer/egress/rules/url-policy.ts'

const open: UrlPolicy = { allowed: [] }
const loopback = parseCidrs('127.0.0.0/8,::1/128').cidrs
const codeOf = (raw: string, policy = open) => {
  const result = checkUrl(raw, policy)
  return 'code' in result ? result.code : 'accepted'
}

describe('the URL gate', () => {
  it.each([
    ['https://example.com', 'https://example.com/', 'https://example.com'],
    ['HTTPS://EXAMPLE.com:443/a?b=c#d', 'https://example.com/a?b=c', 'https://example.com'],
    ['http://example.com:8080/%20', 'http://example.com:8080/%20', 'http://example.com:8080'],
    ['http://93.184.216.34/x', 'http://93.184.216.34/x', 'http://93.184.216.34'],
    ['https://[2606:4700:0:0::1111]/', 'https://[2606:4700::1111]/', 'https://[2606:4700::1111]'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC', 'https://xn--bcher-kva.example'],
    ['https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example'],
    ['https://a_b.example.com/@', 'https://a_b.example.com/@', 'https://a_b.example.com'],
  ])('accepts %s', (raw, url, origin) => {
    expect(checkUrl(raw, open)).toEqual({ url, origin, host: origin.split('//')[1] })
  })

  it.each([
    ...[
      '',
      'example.com',
      '/path',
      '//example.com/',
      'ftp://example.com/',
      'file:///etc/passwd',
      'gopher://example.com/',
    ],
    ...['data:text/plain,x', 'javascript:alert(1)', 'ws://example.com/', 'wss://example.com/', 'unix:/run/x.sock'],
    ...['http+unix://%2Frun%2Fx.sock/', 'blob:https://example.com/1', 'http:example.com', 'http:/example.com'],
    ...[
      'https:///example.com',
      'https://',
      'https://?x',
      'https://#x',
      'https://:80/',
      'view-source:https://example.com',
    ],
  ])('refuses %j: no absolute http or https URL', (raw) => {
    expect(codeOf(raw)).toBe('unsupported_url')
  })

  it.each(['user@', 'user:password@', '@', ':@', 'example.com:80@', 'a%40b@'])(
    'refuses the user name in https://%sexample.org/',
    (userinfo) => {
      expect(checkUrl(`https://${userinfo}example.org/`, open)).toMatchObject({
        code: 'unsupported_url',
        detail: expect.stringContaining('user name'),
      })
    },
  )

  it.each([
    ...['\\', '\t', '\n', '\r', ' ', '\0', '\x1f', '\x7f', '\u0085', '\u00a0', '\u00ad', '\u200b', '\u2028', '\u3000'],
    ...['\ufeff', '\u202e', '\ud800'],
  ])('refuses %j anywhere in the URL', (character) => {
    for (const raw of [
      '_https://example.com/',
      'https://exam_ple.com/',
      'https://example.com/_x',
      'https://example.com/?a=_',
      'https://example.com/#_',
      'https://example.com/_',
    ]) {
      expect(codeOf(raw.replace('_', character))).toBe('unsupported_url')
    }
  })

  it.each([0, 65536, 99999, 1, 21, 22, 25, 110, 143, 6000, 6665, 10080, 2049])('refuses port %i', (port) => {
    expect(codeOf(`http://example.com:${port}/`)).toBe('unsupported_url')
  })

  it.each([
    'http://example.com:80a/',
    'http://example.com:-1/',
    'http://example.com:１/',
    'http://[::1]x/',
    'http://[::1',
  ])('refuses %s', (raw) => {
    expect(codeOf(raw)).toBe('unsupported_url')
  })

  it('opens the ports that are allowed, and the address of none of them', () => {
    const ports = new Set([25, 6379])
    expect(codeOf('http://example.com:25/', { allowed: [], ports })).toBe('accepted')
    expect(codeOf('http://example.com:6379/', { allowed: [], ports })).toBe('accepted')
    expect(codeOf('http://example.com:22/', { allowed: [], ports })).toBe('unsupported_url')
    expect(codeOf('http://example.com:5432/', { allowed: [], ports })).toBe('destination_denied')
    expect(codeOf('http://10.0.0.1:6379/', { allowed: [], ports })).toBe('destination_denied')
    expect(codeOf('http://db.internal:6379/', { allowed: [], ports })).toBe('destination_denied')
    expect(codeOf('http://example.com:0/', { allowed: [], ports: new Set([0]) })).toBe('unsupported_url')
  })

  it('takes 8,192 bytes and not one more, counted in UTF-8', () => {
    const prefix = 'https://example.com/'
    expect(codeOf(prefix + 'a'.repeat(8192 - prefix.length))).toBe('accepted')
    expect(codeOf(prefix + 'a'.repeat(8193 - prefix.length))).toBe('unsupported_url')
    expect(codeOf(`${prefix}ü${'a'.repeat(8191 - prefix.length)}`)).toBe('unsupported_url')
  })

  it.each([
    ...[
      'intranet',
      'localhost',
      'LOCALHOST',
      'localhost.',
      'a.localhost',
      'db.internal',
      'x.y.internal',
      'printer.local',
    ],
    ...['api.default.svc', 'api.default.svc.cluster.local', 'api.svc.cluster', 'metadata.google.internal', 'metadata'],
    ...[
      'metadata.google.internal.',
      'nas.home.arpa',
      'home.arpa',
      'nas.lan',
      'wiki.corp',
      'ｌｏｃａｌｈｏｓｔ',
      'a.localdomain',
    ],
    ...['facebookcorewwwi.onion', 'onion'],
  ])('denies the internal name %s, whatever addresses are allowed', (host) => {
    expect(codeOf(`https://${host}/`)).toBe('destination_denied')
    expect(codeOf(`http://${host}:8080/`, { allowed: parseCidrs('0.0.0.0/0,::/0').cidrs })).toBe('destination_denied')
  })

  it.each(['notlocalhost.com', 'internal.example.com', 'local.example.org', 'svc.example.net'])(
    'accepts %s',
    (host) => {
      expect(codeOf(`https://${host}/`)).toBe('accepted')
    },
  )

  it.each([
    ...[
      'example.com.',
      'a..example.com',
      '.example.com',
      'example１.com',
      'ｅｘａｍｐｌｅ.com',
      'example。com',
      'ex%61mple.com',
    ],
    ...['-a.example.com', 'a-.example.com', 'example.com-', 'example.-com', 'a.-b-.example.com', '-.example.com'],
    ...['a$b.example.com', 'a*b.example.com', `${'a'.repeat(64)}.com`, `${'a.'.repeat(127)}com`, 'exa mple.com'],
  ])('refuses the host %s', (host) => {
    expect(codeOf(`https://${host}/`)).toBe('unsupported_url')
  })

  it.each([
    ...[
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.1',
      '0x7f000001',
      '0177.0.0.1',
      '①②⑦.⓪.⓪.①',
      '１２７.0.0.1',
      '127.0.0.1.',
    ],
    ...['127。0。0。1', '10.0.0.1', '169.254.169.254', '100.100.100.200', '168.63.129.16', '0', '[::1]', '[::]'],
    ...[
      '[::ffff:10.0.0.1]',
      '[::ffff:8.8.8.8]',
      '[::127.0.0.1]',
      '[64:ff9b::a9fe:a9fe]',
      '[64:ff9b:1::1]',
      '[fec0::1]',
    ],
    ...['[fd00:ec2::254]', '[2002:7f00:1::1]', '[2001:db8::1]'],
  ])('denies the address %s', (host) => {
    expect(codeOf(`http://${host}/`)).toBe('destination_denied')
    const verdict = checkUrl(`http://${host}/`, open)
    expect(JSON.stringify(verdict)).not.toMatch(/\d+\.\d+\.|::/)
  })

  it.each(['8.8.2056', '134744072', '0x8.8.8.8', '010.8.8.8', '８.8.8.8', '8.8.8.8.', '%38.8.8.8'])(
    'refuses %s, another spelling of a public address',
    (host) => expect(codeOf(`http://${host}/`)).toBe('unsupported_url'),
  )

  it.each(['[fe80::1%25eth0]', '[fe80::1%eth0]', '[2606:4700::1%251]'])('refuses the zone id of %s', (host) => {
    expect(codeOf(`http://${host}/`)).toBe('unsupported_url')
    expect(codeOf(`http://${host}/`, { allowed: parseCidrs('fe80::/10').cidrs })).toBe('unsupported_url')
  })

  it('opens allowed addresses, in canonical spelling only', () => {
    const policy = { allowed: loopback }
    expect(
      ['127.0.0.1', '127.9.9.9:8080', '[::1]:8080', '[0:0::1]', '[::ffff:127.0.0.1]'].map((host) =>
        codeOf(`http://${host}/`, policy),
      ),
    ).toEqual(new Array(5).fill('accepted'))
    expect(['127.1', '0177.0.0.1', '2130706433'].map((host) => codeOf(`http://${host}/`, policy))).toEqual(
      new Array(3).fill('unsupported_url'),
    )
    expect(codeOf('http://10.0.0.1/', policy)).toBe('destination_denied')
  })

  it('with httpsOnly takes plain http only for an address that is allowed', () => {
    const policy = { allowed: loopback, httpsOnly: true }
    expect(codeOf('http://127.0.0.1:8080/', policy)).toBe('accepted')
    expect(codeOf('http://[::1]/', policy)).toBe('accepted')
    expect(codeOf('https://example.com/', policy)).toBe('accepted')
    expect(codeOf('http://example.com/', policy)).toBe('unsupported_url')
    expect(codeOf('http://8.8.8.8/', policy)).toBe('unsupported_url')
    expect(codeOf('http://10.0.0.1/', policy)).toBe('destination_denied')
  })

  it('never throws, and what it accepts it accepts again unchanged', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'http',
        'https',
        '://',
        ':',
        '/',
        '@',
        '[',
        ']',
        '::1',
        '127.0.0.1',
        'example.com',
        '.',
        '%',
        '\\',
        '8080',
        'ü',
        '①',
        '?',
        '#',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    const raw = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      fc.array(piece).map((pieces) => `https://${pieces.join('')}`),
    )
    fc.assert(
      fc.property(raw, (text) => {
        const result = checkUrl(text, { allowed: loopback })
        if ('code' in result) return
        expect(checkUrl(result.url, { allowed: loopback })).toEqual(result)
        expect(new URL(result.url).hash).toBe('')
      }),
      { numRuns: 20_000 },
    )
  })
})
