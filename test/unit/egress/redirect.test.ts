import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { maxLocationBytes } from '#transfer/egress/rules/location.ts'
import { type Hop, nextHop, type RefusedHop } from '#transfer/egress/rules/redirect.ts'

const from = { url: 'https://files.example.com:8443/a/b?token=1', headers: { Authorization: 'secret' } }
const next = (...locations: string[]) => nextHop(from, locations, { allowed: [] })
/** As it comes over the wire, a character per byte. */
const wire = (text: string) => Buffer.from(text).toString('latin1')

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
    ['/\xfc', 'https://files.example.com:8443/%FC'],
    ['/\xc3\xbc?q=\xc3\xbc', 'https://files.example.com:8443/%C3%BC?q=%C3%BC'],
    ['/a\tb', 'https://files.example.com:8443/ab'],
    ['\\c\\d', 'https://files.example.com:8443/c/d'],
    ['/c?path=a\\b', 'https://files.example.com:8443/c?path=a%5Cb'],
    ['https:\\\\files.example.com:8443\\c', 'https://files.example.com:8443/c'],
    ['/c#part\\ of it', 'https://files.example.com:8443/c'],
    ['#part', 'https://files.example.com:8443/a/b?token=1'],
    ['https:c', 'https://files.example.com:8443/a/c'],
    ['HTTPS:/c', 'https://files.example.com:8443/c'],
    ['https:\\c d', 'https://files.example.com:8443/c%20d'],
    ['https:?x', 'https://files.example.com:8443/a/b?x'],
    ['https:c:d', 'https://files.example.com:8443/a/c:d'],
    ['https:ftp://c/', 'https://files.example.com:8443/a/ftp://c/'],
    ['///files.example.com:8443/c', 'https://files.example.com:8443/c'],
    ['https:///\\files.example.com:8443/c', 'https://files.example.com:8443/c'],
    [wire('/c\u200b\u3000'), 'https://files.example.com:8443/c%E2%80%8B%E3%80%80'],
    ['/c\x01', 'https://files.example.com:8443/c'],
    ['/c\x01d', 'https://files.example.com:8443/c%01d'],
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

  it.each([
    ['http:files.example.com:8443/c', 'http://files.example.com:8443/c'],
    ['http:/c/d', 'http://c/d'],
    ['http:\\example.com', 'http://example.com/'],
  ])('takes what follows another scheme for the host, as in %s', (location, url) => {
    expect(nextHop(from, [location], { allowed: [], hosts: ['c'] })).toEqual({ url, headers: {} })
  })

  it.each([
    ['http://example.com/', 'https://example.com/b', 'the default ports'],
    ['http://example.com/', 'https://example.com:80/b', 'the same port'],
    ['http://example.com:8443/', 'https://example.com:8443/b', 'the same port'],
    ['http://example.com:443/', 'https://example.com/b', 'the same port'],
  ])('keeps the headers on the way from %s to %s: an upgrade at %s', (url, location) => {
    expect(nextHop({ ...from, url }, [location], { allowed: [] })).toEqual({ url: location, headers: from.headers })
  })

  it.each([
    ['http://example.com/', 'https://example.com:8443/'],
    ['http://example.com:8080/', 'https://example.com/'],
    ['http://example.com:8080/', 'https://example.com:8443/'],
    ['http://example.com/', 'https://www.example.com/'],
    ['https://example.com/', 'http://example.com/'],
    ['https://example.com/', 'http://example.com:443/'],
  ])('drops them on the way from %s to %s, which is no upgrade', (url, location) => {
    expect(nextHop({ ...from, url }, [location], { allowed: [] })).toEqual({ url: location, headers: {} })
  })

  it('leaves out of the headers for another origin all but those that say who asks for what', () => {
    const who = { 'user-agent': 'me', ACCEPT: 'image/*', 'Accept-Language': 'de' }
    const headers = {
      ...who,
      ...from.headers,
      Cookie: 'a=b',
      'Accept-Charset': 'utf-8',
      Referer: from.url,
      'X-Key': 'k',
    }
    const away = nextHop({ ...from, headers }, ['https://other.example.com/'], { allowed: [] })
    expect(away).toEqual({ url: 'https://other.example.com/', headers: who })
    expect(nextHop(away as Hop, [from.url], { allowed: [] })).toEqual({ url: from.url, headers: who })
  })

  it.each([
    ['https://user:word@files.example.com:8443/c', 'https://files.example.com:8443/c'],
    ['//user@files.example.com/c', 'https://files.example.com/c'],
    ['http:\\\\a@b:c@files.example.com\\@c', 'http://files.example.com/@c'],
    ['//%40:%2f@FILES.example.com/c', 'https://files.example.com/c'],
    ['https://user@files.example.com?mail=x@evil.example.org', 'https://files.example.com/?mail=x@evil.example.org'],
    ['//user:word@files.example.com?x@evil.example.org/c', 'https://files.example.com/?x@evil.example.org/c'],
  ])('leaves the user information of %s out, and says so', (location, url) => {
    expect(next(location)).toMatchObject({ url, note: { code: 'redirect_credentials_dropped' } })
    expect(JSON.stringify(next(location))).not.toMatch(/user[:@]|word[@"]|a@b/)
  })

  it('reads every Location as the URL standard does, or refuses it', () => {
    const parts = fc.constantFrom(
      ...[
        'https:',
        'HTTPS:',
        'HTTP:',
        'ftp:',
        '/',
        '//',
        '\\',
        '\\\\',
        '\t',
        ' ',
        '?',
        '#',
        '@',
        ':',
        '.',
        '..',
        '%2e',
        '%',
        '\x01',
      ],
      ...['files.example.com', 'files.example.com:8443', 'example.org', 'ü', 'bücher.example', '。', '1.1', '8.8.8.8'],
      ...['a', 'user', '[::1]', '\u200b', '\u00a0', '😀', '<', '"', '|', "'", '80', '&', '=', '\r', '\n', '\x7f'],
    )
    const texts = fc.array(parts, { maxLength: 9 }).map((all) => all.join(''))
    let followed = 0
    fc.assert(
      fc.property(texts, (text) => {
        const hop = next(wire(text))
        if ('failure' in hop) return
        followed += 1
        const standard = new URL(text, from.url)
        standard.hash = ''
        if (hop.note) [standard.username, standard.password] = ['', '']
        expect(hop.url).toBe(standard.href.replaceAll('\\', '%5C'))
      }),
      { numRuns: 20_000 },
    )
    expect(followed).toBeGreaterThan(5_000)
  })

  it.each([
    ['no Location', []],
    ['an empty one', ['']],
    ['two that differ', ['/a', '/b']],
    ['one that is no URL', ['http://[']],
    ['a port out of range', ['https://example.com:65536/']],
    ['a space in the host', ['https://exa mple.com/']],
    ['a zone id', ['http://[fe80::1%25eth0]/']],
  ])('leads nowhere with %s', (_, locations) => {
    expect(nextHop(from, locations, { allowed: [] })).toMatchObject({ failure: 'redirectToNonExistentLocation' })
  })

  it('may have 64 KiB as it comes, and more when it is encoded', () => {
    for (const path of [`/${'c'.repeat(maxLocationBytes - 1)}`, `/${'ü'.repeat(maxLocationBytes / 2 - 1)}`]) {
      const url = `https://files.example.com:8443${encodeURI(path)}`
      expect(next(wire(path))).toEqual({ url, headers: from.headers })
      const again = nextHop({ url, headers: {} }, ['?'], { allowed: [] })
      expect(again).toEqual({ url: `${url}?`, headers: {} })
    }
    expect(next(`/${'c'.repeat(maxLocationBytes)}`)).toMatchObject({ failure: 'destination_denied' })
  })

  it('takes a time that does not grow with the square of its length', () => {
    for (const filler of [' ', '\t', '\\', '/', '@', ':', '\x01', '?', '%', '\xc3\xbc', '.', '../'])
      for (const location of [`/a${filler}b`, `//${filler}`, `https://example.com${filler}/`, `x${filler}`]) {
        const long = location.replace(filler, filler.repeat(Math.floor(65_000 / filler.length)))
        const before = process.cpuUsage()
        next(long)
        expect(process.cpuUsage(before).user / 1_000).toBeLessThan(250)
      }
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
      'http:c',
      'http:/127.0.0.1/',
      'http:169.254.169.254/latest',
      'https:///localhost/',
      '///127.0.0.1/',
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
      '\\\\localhost\\x',
      'https:\\\\10.0.0.1',
      '/\\127.0.0.1',
      'http://local\thost/',
      'http://127.0.\t0.1/',
      'https://exa%6dple.com/',
      'https://files.example.com:8443@example.com/',
      'https://example.com\\@127.0.0.1:22/'.replace('example.com', '127.0.0.1'),
    ],
    'http://[::ffff:10.0.0.1]/',
    ...['http://0177.0.0.1/', 'http://[fe80::1]/', 'http://[64:ff9b::a9fe:a9fe]/'],
    ...[
      'http://100.100.100.200/',
      'http://168.63.129.16/',
      'http://[fd00:ec2::254]/',
      'http://metadata.google.internal/',
    ],
    ...['unix:/run/x.sock', 'gopher://example.com/', 'ws://example.com/', 'http://api.default.svc/'],
    ...['http://①②⑦.⓪.⓪.①/', 'http://１２７.0.0.1/', 'http://ｌｏｃａｌｈｏｓｔ/', 'http://example。com/'].map(wire),
  ])('is denied when it is %s', (location) => {
    expect(next(location)).toMatchObject({ failure: 'destination_denied' })
  })

  it.each([
    [`/${'a'.repeat(maxLocationBytes)}`, 'longer than 65536 bytes'],
    ['ftp://example.com/', 'Its scheme is neither http nor https.'],
    ['http://db.internal/', 'belongs to a private network'],
    ['http://wiki/', 'a name without a domain'],
    ['http://10.1.2.3/', 'not a public one'],
    ['http://[fd00::1]/', 'not a public one'],
    ['https://user@example.com/', 'a user name'],
    ['http://example.com:25/', 'port'],
    ['http://exa_mple_.com-/', 'not a valid domain name'],
  ])('is refused with what is wrong with it: %#', (location, words) => {
    const refused = next(location) as RefusedHop
    expect(refused.detail).toContain(words)
    expect(refused.detail).not.toMatch(/10\.1|fd00|db\.internal|wiki/)
  })

  it.each([
    [[], 'without saying where to'],
    [['/a', '/b'], 'several places'],
    [['http://['], 'not a valid URL'],
  ])('leads nowhere, and says why: %#', (locations, words) => {
    expect(nextHop(from, locations, { allowed: [] })).toMatchObject({ detail: expect.stringContaining(words) })
  })

  it('may be an address that the operator allows', () => {
    const { cidrs } = parseCidrs('127.0.0.0/8')
    expect(nextHop(from, ['http://127.0.0.1:8080/'], { allowed: cidrs })).toEqual({
      url: 'http://127.0.0.1:8080/',
      headers: {},
    })
  })
})
