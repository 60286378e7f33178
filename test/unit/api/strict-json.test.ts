import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText, inspectJson, jsonLimits } from '#api/http/strict-json.ts'

const errorOf = (json: string): { pointer: string; code: string } | null => {
  try {
    inspectJson(json)
    return null
  } catch (error) {
    return (error as { errors: { pointer: string; code: string }[] }).errors[0]!
  }
}
const pointerOf = (json: string) => errorOf(json)?.pointer ?? null
const { depth, entries, values } = jsonLimits
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const items = (count: number) => `[${Array(count).fill('1').join(',')}]`
const members = (count: number) => JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [n, n])))

describe('a JSON body', () => {
  it.each([
    ['{"a":1,"a":2}', '/a'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{"tasks":[{"url":"x"},{"url":"x","url":"y"}]}', '/tasks/1/url'],
    ['{"a/b~":{"c":1,"d":[1,[{"c":1,"c":2}]],"c":3}}', '/a~1b~0/d/1/0/c'],
    ['{"a":{"b":1},"b":{"b":1},"c":["a","a"],"d":"{\\"a\\":1,\\"a\\":2}"}', null],
    ['{"a\\\\":1,"b\\"":[{"c\\\\\\"":1,"c\\\\\\"":2}]}', '/b"/0/c\\"'],
    ['["a","a",{"a":1},{"a":1}]', null],
    ['"a"', null],
    ['{}', null],
  ])('%s: a name twice is found at %s', (json, pointer) => expect(pointerOf(json)).toBe(pointer))

  it('that was written by a writer of JSON never has one', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(pointerOf(JSON.stringify(value))).toBeNull()
      }),
    )
  })

  it.each([
    ['arrays in each other', nested(depth), nested(depth + 1), 'maxDepth', '/0'.repeat(depth)],
    ['items', `{"a":${items(entries)}}`, `{"a":${items(entries + 1)}}`, 'maxItems', '/a'],
    ['members', `[0,${members(entries)}]`, `[0,${members(entries + 1)}]`, 'maxProperties', '/1'],
    [
      'values',
      `[${Array(65).fill(items(1000)).join(',')}]`,
      `[${Array(66).fill(items(1000)).join(',')}]`,
      'maxValues',
      '',
    ],
  ])('may have so many %s and no more', (_what, right, wrong, code, pointer) => {
    expect(errorOf(right)).toBeNull()
    expect(errorOf(wrong)).toMatchObject({ code, pointer })
    expect(errorOf(wrong.slice(0, -1))).toMatchObject({ code, pointer })
  })

  it('counts what is outside of texts only', () => {
    expect(errorOf(JSON.stringify(['['.repeat(99), ','.repeat(values + 1), '\\"['.repeat(99), '\\']))).toBeNull()
  })

  it('that is not JSON is left to the parser', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'a') }), (text) => {
        expect(['duplicate', 'maxDepth', undefined]).toContain(errorOf(text)?.code)
      }),
    )
  })

  it('must be UTF-8', () => {
    expect(decodeText(Buffer.from('{"a":"é"}'))).toBe('{"a":"é"}')
    // RFC 8259 §8.1: a byte order mark may be ignored. Some editors and shells send one.
    expect(decodeText(Buffer.from('\ufeff{}'))).toBe('{}')
    expect(() => decodeText(Buffer.of(0x22, 0xff, 0x22))).toThrow('not UTF-8')
  })
})
