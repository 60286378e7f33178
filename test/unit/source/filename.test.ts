import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { suggestedFilename } from '#transfer/source/rules/filename.ts'

const url = 'https://example.com/files/report.pdf?token=secret'

describe('the suggested filename', () => {
  it.each([
    ['attachment; filename=a.txt', 'a.txt'],
    ['attachment; filename="a b.txt"', 'a b.txt'],
    ['attachment;filename="a;b.txt"; size=3', 'a;b.txt'],
    ['ATTACHMENT; FILENAME = "a.txt"', 'a.txt'],
    ['attachment; filename="a\\"b.txt"', 'ab.txt'],
    ["attachment; filename*=UTF-8''%e2%82%ac%20rates.txt", '€ rates.txt'],
    ["attachment; filename=plain.txt; filename*=utf-8'en'better.txt", 'better.txt'],
    ["attachment; filename*=UTF-8''better.txt; filename=plain.txt", 'better.txt'],
    ["attachment; filename*=ISO-8859-1''%A3%20rates.txt", '£ rates.txt'],
    ['filename=a.txt', 'a.txt'],
  ])('of %s is %s', (header, name) => {
    expect(suggestedFilename(header, url)).toBe(name)
  })

  it.each([
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ['attachment; filename="..\\\\..\\\\boot.ini"', 'boot.ini'],
    ['attachment; filename="/etc/passwd"', 'passwd'],
    ["attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", 'passwd'],
    ["attachment; filename*=UTF-8''..%5c..%5cx", 'x'],
    ['attachment; filename="a\0b.txt"', 'ab.txt'],
    ["attachment; filename*=UTF-8''a%00b.txt", 'ab.txt'],
    ['attachment; filename="a\r\nSet-Cookie: b.txt"', 'aSet-Cookie b.txt'],
    ["attachment; filename*=UTF-8''a%0d%0aSet-Cookie%3a%20b", 'aSet-Cookie b'],
    ["attachment; filename*=UTF-8''a%E2%80%AEgpj.exe", 'agpj.exe'],
    ["attachment; filename*=UTF-8''a%E2%80%A8b%E2%80%A9c.txt", 'abc.txt'],
    ["attachment; filename*=UTF-8''%zz; filename=plain.txt", 'plain.txt'],
    ["attachment; filename*=UTF-8''%ff.txt; filename=plain.txt", 'plain.txt'],
    ["attachment; filename*=klingon''x; filename=plain.txt", 'plain.txt'],
    ['attachment; filename="<b>?*|.txt"', 'b.txt'],
  ])('of the hostile %j is %s', (header, name) => {
    expect(suggestedFilename(header, url)).toBe(name)
  })

  it.each([
    ...[undefined, '', 'attachment', 'inline; foo=bar', 'attachment; filename=', 'attachment; filename=""'],
    ...[
      'attachment; filename=".."',
      'attachment; filename="../"',
      'attachment; filename=" . "',
      'attachment; filename="\\\0"',
    ],
    ...["attachment; filename*=UTF-8''%zz", "attachment; filename*=UTF-8''%2e%2e", 'attachment; filename="unclosed'],
    ...['attachment; xfilename=evil.txt'],
  ])('falls back on the URL when the header is %j', (header) => {
    expect(suggestedFilename(header, url)).toBe('report.pdf')
  })

  it.each([
    ['https://example.com/', 'download'],
    ['https://example.com', 'download'],
    ['https://example.com/a/', 'download'],
    ['https://example.com/?file=x.txt', 'download'],
    ['https://example.com/%', 'download'],
    ['https://example.com/%ff', 'download'],
    ['https://example.com/a%2Fb', 'b'],
    ['https://example.com/%2e%2e%2fx', 'x'],
    ['https://example.com/a%00%0d%0ab', 'ab'],
    ['https://example.com/%E2%82%AC.txt', '€.txt'],
    ['https://example.com/a b', 'a b'],
  ])('of %s is %s', (address, name) => {
    expect(suggestedFilename(undefined, address)).toBe(name)
  })

  it('is cut at 255 characters, never through a character', () => {
    expect(suggestedFilename(`attachment; filename="${'x'.repeat(10_240)}"`, url)).toBe('x'.repeat(255))
    const cut = suggestedFilename(`attachment; filename*=UTF-8''${encodeURIComponent('😀'.repeat(200))}`, url)
    expect(cut.length).toBeLessThanOrEqual(255)
    expect(cut.isWellFormed()).toBe(true)
    expect(cut.startsWith('😀'.repeat(127))).toBe(true)
    expect(cut).not.toContain('\uFFFD')
    expect(suggestedFilename(`attachment; filename="${'x'.repeat(254)} ${'y'.repeat(99)}"`, url)).toBe('x'.repeat(254))
  })

  it('takes no long time over a long header', () => {
    for (const piece of ['; filename="', ';filename=\\"', "; filename*=UTF-8''", '; ', 'filename = ', '\\', '"\\'])
      expect(suggestedFilename(piece.repeat(2000), url).length).toBeLessThanOrEqual(255)
  }, 2_000)

  it('is always a plain name of 1 to 255 characters', () => {
    const noise = fc.constantFrom(
      '../',
      '..\\',
      '\0',
      '\r\n',
      '"',
      '\\',
      "'",
      '%2f',
      '%00',
      '%',
      ';',
      '=',
      '.',
      ' ',
      '\u2028',
      '\ud800',
      '😀',
      'a',
    )
    const name = fc
      .array(fc.oneof(noise, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 80 })
      .map((parts) => parts.join(''))
    const header = fc.oneof(
      name,
      name.map((text) => `attachment; filename="${text}"`),
      name.map((text) => `attachment; filename=${text}`),
      name.map((text) => `attachment; filename*=UTF-8''${text}`),
      name.map((text) => `attachment; filename*=iso-8859-1''${text}`),
    )
    const address = name.map((text) => new URL(`https://example.com/${encodeURIComponent(text.toWellFormed())}`).href)
    fc.assert(
      fc.property(fc.option(header, { nil: undefined }), address, (said, at) => {
        const result = suggestedFilename(said, at)
        expect(result).not.toMatch(/[/\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        expect(result).not.toMatch(/^\.*$/)
        expect(result.length).toBeLessThanOrEqual(255)
        expect(result.isWellFormed()).toBe(true)
        expect(result).toBe(result.trim())
      }),
      { numRuns: 1000 },
    )
  })
})
