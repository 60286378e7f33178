import { describe, expect, it } from 'vitest'
import { checkHeaders } from '#transfer/egress/rules/request-headers.ts'

describe('the headers of a tenant', () => {
  it('may be any ordinary ones', () => {
    expect(checkHeaders({})).toEqual([])
    expect(
      checkHeaders({
        Authorization: 'Bearer x',
        Accept: 'text/html, */*',
        'User-Agent': 'me/1.0',
        Cookie: 'a=b; c=d',
        "x!#$%&'*+-.^_`|~9": 'latin-1 é and a\ttab',
        'X-Empty': '',
        Iffy: 'not conditional',
        Terminal: 'not TE',
        'X-Metadata': 'not Metadata',
      }),
    ).toEqual([])
  })

  it.each([
    ...['Host', 'host', 'HOST', 'Connection', 'Keep-Alive', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade', 'Expect'],
    ...['Content-Length', 'Range', 'If-Range', 'Accept-Encoding', 'Proxy-Authorization', 'Proxy-Connection', 'proxy-x'],
    ...[
      'Forwarded',
      'X-Forwarded-For',
      'x-forwarded-host',
      'X-Forwarded-Anything',
      'Via',
      'Metadata',
      'Metadata-Flavor',
    ],
    ...['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since', 'if-schedule-tag-match'],
    ...['X-aws-ec2-metadata-token', 'X-Google-Metadata-Request', 'HTTP2-Settings'],
  ])('may not be %s', (name) => {
    expect(checkHeaders({ [name]: 'x' })).toEqual([
      expect.objectContaining({ pointer: `/${name}`, code: 'forbidden_header' }),
    ])
  })

  it.each(['', ' ', 'a b', 'a:', 'a\r\nb', 'é', 'a(b)', '"a"', 'a\0', 'Host ', 'a,b'])(
    'may not have %j for a name',
    (name) => {
      expect(checkHeaders({ [name]: 'x' })).toHaveLength(1)
    },
  )

  it.each(['a\r\nX-Evil: b', 'a\nb', 'a\rb', 'a\0b', '\x01', '\x7f', '\x85', '€', '\ud800'])(
    'may not have %j for a value',
    (value) => {
      const errors = checkHeaders({ 'X-Test': value })
      expect(errors).toEqual([expect.objectContaining({ pointer: '/X-Test' })])
      expect(JSON.stringify(errors)).not.toContain('Evil')
    },
  )

  it('may be 64 and not 65', () => {
    const headers = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, 'x']))
    expect(checkHeaders(headers(64))).toEqual([])
    expect(checkHeaders(headers(65))).toEqual([expect.objectContaining({ pointer: '' })])
  })

  it('may be 32 KiB long in total and not a byte more', () => {
    const headers = (bytes: number) => ({ 'X-A': 'a'.repeat(bytes / 2 - 3), 'X-B': 'b'.repeat(bytes / 2 - 3) })
    expect(checkHeaders(headers(32 * 1024))).toEqual([])
    expect(checkHeaders({ ...headers(32 * 1024), 'X-C': '' })).toEqual([expect.objectContaining({ pointer: '' })])
    expect(checkHeaders(headers(33 * 1024))).toHaveLength(1)
  })

  it('may not be there twice under names that differ only in case', () => {
    expect(checkHeaders({ 'X-Test': 'a', 'x-tEST': 'b' })).toEqual([expect.objectContaining({ pointer: '/x-tEST' })])
  })

  it('are pointed at with JSON pointers, each error on its own', () => {
    const errors = checkHeaders({ 'a/b~c': 'x', Host: 'x', 'X-Fine': 'x', Range: 'x' })
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/a~1b~0c', '/Host', '/Range'])
  })

  it('may be named like members of Object.prototype', () => {
    const headers = JSON.parse('{"__proto__": "a", "constructor": "b"}')
    expect(checkHeaders(headers)).toEqual([])
    expect(checkHeaders(JSON.parse('{"__proto__": "a\\nb"}'))).toEqual([
      expect.objectContaining({ pointer: '/__proto__' }),
    ])
  })
})
