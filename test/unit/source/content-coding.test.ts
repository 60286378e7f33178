import { describe, expect, it } from 'vitest'
import { codingsOf, codingToServe, contentEncodingOf } from '#transfer/source/rules/content-coding.ts'

describe('the content codings of a body', () => {
  it.each([
    [undefined, [], null],
    ['', [], null],
    ['identity', [], null],
    ['gzip', ['gzip'], 'gzip'],
    ['GZip', ['gzip'], 'gzip'],
    ['x-gzip', ['gzip'], 'gzip'],
    ['X-Compress', ['compress'], 'compress'],
    ['gzip, gzip', ['gzip', 'gzip'], 'gzip, gzip'],
    ['br,gzip', ['br', 'gzip'], 'br, gzip'],
    ['identity, gzip', ['gzip'], 'gzip'],
    ['gzip,', ['gzip'], 'gzip'],
    ['UTF-8', [], null],
    ['none', [], null],
    ['aws-chunked', [], null],
    ['aws-chunked,gzip', ['gzip'], 'gzip'],
    ['foo', ['foo'], 'foo'],
    // Nothing that a field could not hold, and nothing long.
    ['a b', ['a b'], null],
    ['gz\xefp', ['gz\xefp'], null],
    ['x'.repeat(33), ['x'.repeat(33)], null],
  ])('in %s are %j, shown as %s', (field, codings, shown) => {
    expect(codingsOf(field)).toEqual(codings)
    expect(contentEncodingOf(codings)).toBe(shown)
  })
})

describe('a link', () => {
  it.each([
    ['gzip', 'text/html', 'index.html', 'gzip'],
    ['gzip', null, 'download', 'gzip'],
    ['br', 'text/css', 'a.css', 'br'],
    ['gzip, gzip', 'text/css', 'a.gz', 'gzip, gzip'],
    ['gzip', 'application/x-tar', 'a.tar.gz', null],
    ['gzip', 'application/x-tar', 'a.TGZ', null],
    ['gzip', 'image/svg+xml', 'a.svgz', null],
    ['gzip', 'application/gzip', 'download', null],
    ['gzip', 'application/x-gzip', 'download', null],
    ['zstd', 'application/octet-stream', 'a.tar.zst', null],
    ['br', 'text/css', 'a.css.br', null],
    ['br', 'text/css', 'a.gz', 'br'],
    [null, 'text/html', 'a', null],
    [undefined, 'text/html', 'a', null],
  ])('to bytes in %s, of type %s, named %s: %s', (contentEncoding, mimeType, suggestedFilename, served) => {
    const response = { mimeType, suggestedFilename, ...(contentEncoding === undefined ? {} : { contentEncoding }) }
    expect(codingToServe(response)).toBe(served)
  })
})
