import { describe, expect, it } from 'vitest'
import { sniff, sniffedBytes } from '#transfer/http/rules/sniff.ts'

const of = (text: string) => sniff(Buffer.from(text, 'latin1'))

describe('the first bytes of a file', () => {
  it.each([
    '<!DOCTYPE html>',
    '<!doctype HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">',
    '\r\n \t<html>',
    '<HTML lang="en">',
    '<html\nlang="en">',
    '<head><title>',
    '<script>',
    '<!-- a comment -->',
    '<h1>Not Found</h1>',
    '<p>Gone',
    '<a href="x">',
    '\xef\xbb\xbf<!DOCTYPE html>',
    '\xff\xfe<\0h\0t\0m\0l\0>\0',
    '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">',
    '<?xml version="1.0"?><html xmlns="x">',
  ])('are a page: %j', (text) => expect(of(text)).toEqual({ kind: 'html' }))

  it.each([
    ...['', 'plain text', 'an <html> page', '<htmlx>', '<abbr>', '<', '<!doctyp', '<svg>', '<rss>'],
    ...['<?xml version="1.0"?><feed>', '<?xml version="1.0"?><!-- x --><feed>', '{', '{a: 1}', '[section]', '[', '[a]'],
    ...['version https://git-lfs.github.com/spec', ' version https://git-lfs.github.com/spec/v1'],
    `${' '.repeat(1445)}<html>`,
  ])('tell nothing: %j', (text) => expect(of(text)).toBeNull())

  it.each([
    '{}',
    '{"a":1}',
    ' \n{\n  "a": 1',
    '[]',
    '[{"a":1}]',
    '["a"]',
    '[1,2]',
    '[[1]]',
    '[null]',
    '\xef\xbb\xbf{"a":1}',
  ])('are JSON: %j', (text) => expect(of(text)).toEqual({ kind: 'json' }))

  it('are a pointer of Git LFS', () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'
    expect(of(pointer)).toEqual({ kind: 'lfsPointer' })
  })

  it.each(['PK\x03\x04', '\x1f\x8b\x08', '%PDF-1.7\n\x00', '\x7fELF\x02', '<html>\0'])('are binary: %j', (text) =>
    expect(of(text)).toEqual({ kind: 'binary' }),
  )

  it('may have a form, within the first 16 KiB', () => {
    expect(of('<html><form method=post>')).toEqual({ kind: 'html', hasForm: true })
    expect(of(`<html>${' '.repeat(8000)}<FORM>`)).toEqual({ kind: 'html', hasForm: true })
    expect(of(`<html>${' '.repeat(sniffedBytes)}<form>`)).toEqual({ kind: 'html' })
    expect(of('Sign in: <form action="x">')).toEqual({ kind: 'other', hasForm: true })
    expect(of('<html><formula>')).toEqual({ kind: 'html' })
  })

  it('are looked at in a short time, whatever they are', () => {
    for (const piece of ['<', '<!--', '<?xml ', '<?xml ?>', ' ', '\n', '{ ', '[', '"', '\0', '<form', '-', '1'])
      for (const start of ['', ' ', '<?xml', '[', '{']) expect(() => of(start + piece.repeat(20_000))).not.toThrow()
  }, 2_000)
})
