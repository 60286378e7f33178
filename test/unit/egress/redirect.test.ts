import { describe, expect, it } from 'vitest'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { nextHop } from '#transfer/egress/rules/redirect.ts'

const from = { url: 'https://files.example.com:8443/a/b?token=1', headers: { Authorization: 'secret' } }
const next = (...locations: string[]) => nextHop(from, locations, { allowed: [] })

describe('the next hop of a redirect', () => {
  it.each([
    ['/c', 'https://files.example.com:8443/c'],
    ['c', 'https://files.example.com:8443/a/c'],
    ['?x', 'https://files.example.com:8443/a/b?x'],
    ['../c#part', 'https://files.example.com:8443/c'],
    ['//files.example.com:8443/c', 'https://files.example.com:8443/c'],
    ['HTTPS://FILES.example.com:8443/c', 'https://files.example.com:8443/c'],
    ['/a file', 'https://files.example.com:8443/a%20file'],
    ['/\xc3\xbc', 'https://files.example.com:8443/%C3%BC'],
  ])('follows %j on the same origin, headers and all', (location, url) => {
    expect(next(location)).toEqual({ url, headers: from.headers })
  })

  it.each([
    ['http://files.example.com:8443/', 'the scheme'],
    ['https://other.example.com:8443/', 'the host'],
    ['https://files.example.com/', 'the port'],
    ['//example.com/', 'the host'],
    ['https://files.example.com.evil.org:8443/', 'the host'],
  ])('drops the headers on the way to %s: %s changes', (location) => {
    expect(next(location)).toEqual({ url: location.replace(/^\/\//, 'https://'), headers: {} })
  })

  it('keeps headers that are gone away on the way back', () => {
    const away = nextHop({ url: 'https://other.example.com/', headers: {} }, [from.url], { allowed: [] })
    expect(away).toEqual({ url: from.url, headers: {} })
  })

  it.each([
    ['no Location', []],
    ['an empty one', ['']],
    ['two that differ', ['/a', '/b']],
    ['one that is no URL', ['http://[']],
    ['a port out of range', ['https://example.com:65536/']],
    ['a zone id', ['http://[fe80::1%25eth0]/']],
  ])('leads nowhere with %s', (_, locations) => {
    expect(nextHop(from, locations, { allowed: [] })).toMatchObject({ failure: 'redirectToNonExistentLocation' })
  })

  it('takes the same Location said twice for one', () => {
    expect(next('/c', '/c')).toMatchObject({ url: 'https://files.example.com:8443/c' })
  })

  it.each([
    ...[
      'ftp://example.com/',
      'file:///etc/passwd',
      'data:,x',
      'javascript:alert(1)',
      'https:/c',
      'https:c',
      'https://a@example.com/',
    ],
    ...[
      '//a:b@example.com/',
      'https://example.com:25/',
      'http://127.0.0.1/',
      'http://127.1/',
      'http://2130706433/',
      'http://[::1]/',
    ],
    ...[
      'http://0x7f.1/',
      'http://134744072/',
      '//169.254.169.254/latest',
      'http://localhost/',
      'http://db.internal/',
      'http://intranet/',
    ],
    ...[
      'http://example.com./',
      '\\\\example.com\\x',
      'https:\\\\example.com',
      '/\\example.com',
      '/a\tb',
      'https://exa%6dple.com/',
    ],
    ...['http://[::ffff:10.0.0.1]/', `/${'a'.repeat(8192)}`],
    ...['http://0177.0.0.1/', 'http://[fe80::1]/', 'http://[64:ff9b::a9fe:a9fe]/'],
    ...[
      'http://100.100.100.200/',
      'http://168.63.129.16/',
      'http://[fd00:ec2::254]/',
      'http://metadata.google.internal/',
    ],
    ...['unix:/run/x.sock', 'gopher://example.com/', 'ws://example.com/', 'http://api.default.svc/'],
    // As they come over the wire, a character per byte.
    ...['http://①②⑦.⓪.⓪.①/', 'http://１２７.0.0.1/', 'http://ｌｏｃａｌｈｏｓｔ/', 'http://example。com/'].map((text) =>
      Buffer.from(text).toString('latin1'),
    ),
  ])('is denied when it is %s', (location) => {
    expect(next(location)).toMatchObject({ failure: 'destination_denied' })
  })

  it('may be an address that the operator allows', () => {
    const { cidrs } = parseCidrs('127.0.0.0/8')
    expect(nextHop(from, ['http://127.0.0.1:8080/'], { allowed: cidrs })).toEqual({
      url: 'http://127.0.0.1:8080/',
      headers: {},
    })
  })
})
