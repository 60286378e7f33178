import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withCredential } from '#core/decisions/rules/credential.ts'
import { challengeOf, challengeTo, parseChallenges } from '#transfer/source/rules/authentication-challenge.ts'

describe('the challenges of a field', () => {
  it.each([
    ['Basic realm="simple"', [{ scheme: 'basic', realm: 'simple' }]],
    ['Basic', [{ scheme: 'basic', realm: null }]],
    // By the grammar, a token68.
    ['Basic realm=', [{ scheme: 'basic', realm: null }]],
    ['Basic realm=simple, charset="UTF-8"', [{ scheme: 'basic', realm: 'simple' }]],
    ['Negotiate dGVzdA==', [{ scheme: 'negotiate', realm: null }]],
    [
      'Basic realm="a, b", Bearer scope="x"',
      [
        { scheme: 'basic', realm: 'a, b' },
        { scheme: 'bearer', realm: null },
      ],
    ],
    // RFC 9110 §11.6.1, its example.
    [
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        { scheme: 'basic', realm: 'simple' },
        { scheme: 'newauth', realm: 'apps' },
      ],
    ],
    ['Basic realm="say \\"hi\\""', [{ scheme: 'basic', realm: 'say "hi"' }]],
    [', Basic , realm = "x" ,', [{ scheme: 'basic', realm: 'x' }]],
    ['Basic realm="first", realm="second"', [{ scheme: 'basic', realm: 'first' }]],
  ])('%s', (field, found) => {
    expect(parseChallenges(field)).toEqual(found)
  })

  it.each([
    'Basic realm="open',
    'realm="nobody’s"',
    'Basic realm="a" charset="b"',
    'Basic realm="a"b',
    'B@sic',
    'Basic realm="\x01"',
    'A, B, C, D, E, F, G, H, I',
    undefined,
    '',
  ])('are none when it is not understood: %s', (field) => {
    expect(parseChallenges(field)).toEqual([])
  })

  it('are none when there is no end to them', () => {
    expect(parseChallenges(`Basic realm="${'x'.repeat(8200)}"`)).toEqual([])
  })

  it('are bounded and safe whatever an origin sends', () => {
    const piece = fc.constantFrom('Basic', ' ', ',', '=', '"', '\\', 'realm', 'a'.repeat(300), '\t', 'é', '\0')
    const field = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 40 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(field, (text) => {
        const found = parseChallenges(text)
        expect(found.length).toBeLessThanOrEqual(8)
        for (const { scheme, realm } of found) {
          expect(scheme).toMatch(/^[^\s"]{1,64}$/)
          expect(realm?.length ?? 0).toBeLessThanOrEqual(256)
        }
      }),
    )
  })

  it('come from the field that belongs to the status', () => {
    const headers = { 'www-authenticate': 'Basic realm="site"', 'proxy-authenticate': 'Bearer realm="way"' }
    expect(challengeOf(401, headers, 'a.example')).toEqual({
      status: 401,
      host: 'a.example',
      schemes: ['basic'],
      realm: 'site',
    })
    expect(challengeOf(407, headers, 'a.example')).toMatchObject({ schemes: ['bearer'], realm: 'way' })
    expect(challengeOf(401, {}, 'a.example')).toMatchObject({ schemes: [], realm: null })
  })
})

describe('a credential', () => {
  it('becomes the Authorization header, in the place of any other', () => {
    expect(withCredential({ authorization: 'old', 'X-A': 'b' }, { scheme: 'bearer', token: 't' })).toEqual({
      'X-A': 'b',
      Authorization: 'Bearer t',
    })
    expect(withCredential({ 'If-None-Match': '*' }, { scheme: 'bearer', token: 't' })).toEqual({
      Authorization: 'Bearer t',
    })
    // RFC 7617 §2.1: "test" and "123" with a pound sign, in UTF-8.
    expect(withCredential({}, { scheme: 'basic', user: 'test', password: '123£' })).toEqual({
      Authorization: 'Basic dGVzdDoxMjPCow==',
    })
  })

  it('does not fit into a request that has as many headers as there may be', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, '']))
    expect(withCredential(many(63), { scheme: 'bearer', token: 't' })).not.toBeNull()
    expect(withCredential(many(64), { scheme: 'bearer', token: 't' })).toBeNull()
  })
})

describe('the challenge to a request', () => {
  const asked = (status: number, ...urls: string[]) =>
    challengeTo(urls[0]!, {
      status,
      headers: { 'www-authenticate': 'Basic realm="a"' },
      transactions: urls.map((url) => ({ url })),
    })

  it.each([
    [['https://example.com/a'], 'example.com'],
    [['https://example.com:8443/a', 'https://example.com:8443/b'], 'example.com:8443'],
    [['http://example.com/a', 'https://example.com/a'], 'example.com'],
    [['http://example.com/a', 'http://example.com/b', 'https://example.com/b', 'https://example.com/c'], 'example.com'],
    [['http://example.com:8443/a', 'https://example.com:8443/a'], 'example.com:8443'],
  ])('is one of the host that was asked for after %j', (urls, host) => {
    expect(asked(401, ...urls)).toEqual({ status: 401, host, schemes: ['basic'], realm: 'a' })
  })

  it.each([
    [['https://example.com/a', 'https://other.example.com/a']],
    [['https://example.com/a', 'http://example.com/a']],
    [['http://example.com/a', 'https://example.com:8443/a']],
    [['https://example.com/a', 'https://example.com:8443/a']],
    [['http://example.com/a', 'https://example.com/a', 'http://example.com/b']],
    [['http://example.com/a', 'https://other.example.com/a', 'http://example.com/b', 'https://example.com/b']],
  ])('is none after %j', (urls) => {
    expect(asked(401, ...urls)).toBeNull()
  })

  it('comes with a 401 or a 407 alone', () => {
    expect(asked(407, 'https://example.com/')).toMatchObject({ status: 407 })
    expect(asked(403, 'https://example.com/')).toBeNull()
  })
})
