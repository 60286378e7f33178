import { resolve, sep } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isObjectKey } from '#transfer/storage/rules/object-key.ts'

describe('object keys', () => {
  it.each([
    'a',
    'a/b/c.txt',
    '..a',
    'a..',
    '...',
    '.hidden',
    'sp ace',
    'ünï/日本',
    'a'.repeat(255),
    `${'ab/'.repeat(341)}c`,
  ])('may be %j', (key) => {
    expect(isObjectKey(key)).toBe(true)
  })

  it.each([
    ...[
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      'a/./b',
      'a/../b',
      '../a',
      'a\\b',
      'a\0b',
      'a\u0085b',
      '\ud800',
      '\udc00a',
    ],
    ...['a'.repeat(256), 'é'.repeat(128), `${'ab/'.repeat(341)}cd`],
  ])('may not be %j', (key) => {
    expect(isObjectKey(key)).toBe(false)
  })

  it('never lead out of the directory they are joined to', () => {
    const segment = fc.oneof(fc.constantFrom('.', '..', '', 'a', '\\', '\0', '%2e%2e'), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        const key = segments.join('/')
        if (isObjectKey(key)) expect(resolve('/root/objects', key)).toBe(`/root/objects${sep}${key}`)
      }),
      { numRuns: 2000 },
    )
  })
})
