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
    ['attachment; filename=annual report 2024.pdf', 'annual report 2024.pdf'],
    ['attachment; filename=annual report.pdf ; size=3', 'annual report.pdf'],
    ['attachment; filename= \t a.txt\t', 'a.txt'],
    ['attachment; size=3; filename=a=b.txt', 'a=b.txt'],
    ["attachment; filename='a b.txt'", "'a b.txt'"],
    ["attachment; filename=it's.txt", "it's.txt"],
    ['attachment; filename="it\'s.txt"', "it's.txt"],
    ['attachment; title="x; filename=evil.exe"; filename=good.txt', 'good.txt'],
    ['attachment; filename="a; filename=b.txt"', 'a; filename=b.txt'],
    ['attachment; filename="a.txt".exe; size=3', 'a.txt'],
    ['attachment; filename="unclosed', 'unclosed'],
    ['attachment; filename="unclosed; size=3', 'unclosed; size=3'],
    ['attachment; filename="f\\oo.html"', 'foo.html'],
    ['attachment; filename="C:\\files\\new\\report.pdf"', 'report.pdf'],
    ['attachment; filename=O"Brien.txt; size=3', 'OBrien.txt'],
    ['attachment; filename=a.txt; filename=b.txt', 'a.txt'],
    ['attachment; filename="a.txt", attachment; filename="a.txt"', 'a.txt'],
    ['attachment; filename=a.txt, attachment; filename=a.txt', 'a.txt'],
    ['attachment;; filename=a.txt', 'a.txt'],
    ['; filename=a.txt', 'a.txt'],
    ['inline; filename=a.txt', 'a.txt'],
    ['form-data; name="x"; filename="a.txt"', 'a.txt'],
    ['attachment; filename="foo%20bar.txt"', 'foo%20bar.txt'],
  ])('of %s is %s, as in browsers', (header, name) => {
    expect(suggestedFilename(header, url)).toBe(name)
  })

  it.each([
    [`attachment; filename*="UTF-8''%e2%82%ac%20rates.txt"`, '€ rates.txt'],
    [`attachment; filename*="UTF-8''a.txt"; filename="b.txt"`, 'a.txt'],
    ["attachment; filename* = UTF-8''a%20b.txt", 'a b.txt'],
    ["attachment; filename*=UTF-8''it's.txt", "it's.txt"],
    ["attachment; filename*=UTF-8''a b.txt", 'a b.txt'],
    ["attachment; filename*=UTF-8''%41; filename*=UTF-8''%42", 'A'],
    ["attachment; filename*=windows-1252''%80.txt", '€.txt'],
    ["attachment; filename*=Shift_JIS''%93%fa%96%7b.txt", '日本.txt'],
    ['attachment; filename*=a.txt; filename=b.txt', 'b.txt'],
  ])('in an extended value: of %s is %s', (header, name) => {
    expect(suggestedFilename(header, url)).toBe(name)
  })

  it.each([
    ['=?UTF-8?B?w6RrdGUucGRm?=', 'äkte.pdf'],
    ['=?utf-8?b?w6RrdGUucGRm?=', 'äkte.pdf'],
    ['=?UTF-8?Q?=C3=A4kte_1.pdf?=', 'äkte 1.pdf'],
    ['=?ISO-8859-1?Q?=E4kte.pdf?=', 'äkte.pdf'],
    ['=?iso-8859-1?B?5Gt0ZS5wZGY=?=', 'äkte.pdf'],
    ['=?UTF-8*de?Q?=C3=A4.pdf?=', 'ä.pdf'],
    ['=?UTF-8?Q?a_?= =?UTF-8?Q?b.pdf?=', 'a b.pdf'],
    // A character cut in two.
    ['=?UTF-8?Q?=C3?=  =?UTF-8?Q?=A4.pdf?=', 'ä.pdf'],
    ['=?ISO-8859-1?Q?=E4?= =?UTF-8?Q?=C3=A4.pdf?=', 'ää.pdf'],
    ['report =?UTF-8?Q?=C3=A4?= 1.pdf', 'report ä 1.pdf'],
    ['=?UTF-8?B?Li4vLi4vZXRjL3Bhc3N3ZA==?=', 'passwd'],
    ['=?UTF-8?Q?a=00=0D=0Ab.pdf?=', 'ab.pdf'],
    // What cannot be decoded stays as it is, but for what file systems refuse.
    ['=?klingon?Q?a?=', '=klingonQa='],
    ['=?UTF-8?Q?=FF?=', '=UTF-8Q=FF='],
    ['=?UTF-8?X?a?=', '=UTF-8Xa='],
    ['=?UTF-8?Q?a', '=UTF-8Qa'],
  ])('in encoded words: of %s is %s', (words, name) => {
    expect(suggestedFilename(`attachment; filename="${words}"`, url)).toBe(name)
    expect(suggestedFilename(`attachment; filename=${words}`, url)).toBe(name)
  })

  const asFields = (text: string) => Buffer.from(text).toString('latin1')
  it.each([
    [asFields('ä.pdf'), 'ä.pdf'],
    [asFields('日本語 レポート.pdf'), '日本語 レポート.pdf'],
    [asFields('😀.pdf'), '😀.pdf'],
    ['\xe4.pdf', 'ä.pdf'],
    ['Gr\xf6\xdfe.pdf', 'Größe.pdf'],
    ['\x8010.pdf', '€10.pdf'],
    [`${asFields('ä')}\xe4.pdf`, 'Ã¤ä.pdf'],
  ])('in raw bytes: of %j is %s', (bytes, name) => {
    expect(suggestedFilename(`attachment; filename="${bytes}"`, url)).toBe(name)
    expect(suggestedFilename(`attachment; filename=${bytes}`, url)).toBe(name)
  })

  it.each([
    ['filename*0="a "; filename*1="b.txt"', 'a b.txt'],
    ['filename*0=a; filename*1=b.txt', 'ab.txt'],
    ['filename*1=b.txt; filename*0=a', 'ab.txt'],
    ["filename*0*=UTF-8''%C3%A4; filename*1=.txt", 'ä.txt'],
    ["filename*0*=UTF-8''%C3; filename*1*=%A4.txt", 'ä.txt'],
    ["filename*0*=ISO-8859-1'de'%E4; filename*1*=.txt", 'ä.txt'],
    ['filename*0=a.; filename*1=txt; filename*3=evil', 'a.txt'],
    ['filename*0=a.txt', 'a.txt'],
    ['filename=plain.txt; filename*0=a.; filename*1=txt', 'a.txt'],
    ["filename*0=a.; filename*1=txt; filename*=UTF-8''b.txt", 'b.txt'],
    ["filename*0*=UTF-8''%ff; filename=plain.txt", 'plain.txt'],
    ['filename*0="../"; filename*1="../etc/passwd"', 'passwd'],
  ])('in sections: of %s is %s', (parameters, name) => {
    expect(suggestedFilename(`attachment; ${parameters}`, url)).toBe(name)
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
    ...["attachment; filename*=UTF-8''%zz", "attachment; filename*=UTF-8''%2e%2e", 'attachment; filename*=a.txt'],
    ...['attachment; xfilename=evil.txt', 'attachment; title="x; filename=evil.exe"', 'filename', ';;=;', '"'],
    ...['attachment; title="x\\"; filename=evil.exe"', 'attachment; filename*1=a.txt', 'attachment filename=a.txt'],
    ...["attachment; filename*0*=UTF-8''%zz", 'attachment; filename*00=a.txt', 'attachment; "filename=evil.exe"'],
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
    for (const piece of [
      '; filename="',
      ';filename=\\"',
      "; filename*=UTF-8''",
      '; ',
      'filename = ',
      '\\',
      '"\\',
      '=?utf-8?q?',
      'filename*0*=',
      '=?a?= ',
    ])
      for (const start of ['', 'attachment; filename="', 'attachment; filename='])
        expect(suggestedFilename(start + piece.repeat(5_000), url).length).toBeLessThanOrEqual(255)
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
      '=?utf-8?q?',
      '?=',
      '=?utf-8?b?Li4vLg==?=',
      '\xe4',
      'filename*0=',
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
      name.map((text) => `attachment; filename*0*=utf-8''${text}; filename*1=${text}`),
      name.map((text) => `attachment; filename="=?utf-8?q?${text}?="`),
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
