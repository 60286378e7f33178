import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentDisposition } from '#transfer/http/rules/content-disposition.ts'

describe('content disposition', () => {
  it.each([
    ['data.tar.gz', 'attachment; filename="data.tar.gz"'],
    ['two words.txt', 'attachment; filename="two words.txt"'],
    ['quote".txt', `attachment; filename="quote_.txt"; filename*=UTF-8''quote%22.txt`],
    ['100%41.txt', `attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt`],
    ["it's (1)*.txt", 'attachment; filename="it\'s (1)*.txt"'],
    ["ü'(1)*", `attachment; filename="_'(1)*"; filename*=UTF-8''%C3%BC%27%281%29%2A`],
    ['€ rates', `attachment; filename="_ rates"; filename*=UTF-8''%E2%82%AC%20rates`],
    ['😀', `attachment; filename="_"; filename*=UTF-8''%F0%9F%98%80`],
    ['../../etc/passwd', 'attachment; filename=".._.._etc_passwd"'],
    ['a\\b', 'attachment; filename="a_b"'],
    ['x\r\nSet-Cookie: y', 'attachment; filename="x__Set-Cookie: y"'],
    ['\0', 'attachment; filename="_"'],
    ['', 'attachment; filename="download"'],
    ['  ', 'attachment; filename="download"'],
    ['..', 'attachment; filename="download"'],
  ])('of %j', (filename, expected) => {
    expect(contentDisposition(filename)).toBe(expected)
  })

  it('is one printable ASCII line with one quoted string, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (filename) => {
        expect(contentDisposition(filename)).toMatch(
          /^attachment; filename="[ !#$&-[\]-~]+"(; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?$/,
        )
      }),
    )
  })

  it('gives a reader the very name, unless it could do harm there', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => text.trim() === text && !/^\.{0,2}$/.test(text))
    fc.assert(
      fc.property(name, (filename) => {
        const value = contentDisposition(filename)
        const [, extended] = /filename\*=UTF-8''(.*)$/.exec(value) ?? []
        const [, plain] = /filename="(.*?)"/.exec(value) ?? []
        const read = extended === undefined ? plain : decodeURIComponent(extended)
        expect(read).toBe(filename.replace(/[\p{Cc}/\\]/gu, '_'))
      }),
    )
  })

  it('survives half a surrogate pair', () => {
    expect(contentDisposition('a\ud800b')).toBe(`attachment; filename="a_b"; filename*=UTF-8''a%EF%BF%BDb`)
  })
})
