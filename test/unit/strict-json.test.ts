import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText, refuseDuplicateNames } from '../../apps/api/src/strict-json.ts'

const pointerOf = (json: string): string | null => {
  JSON.parse(json)
  try {
    refuseDuplicateNames(json)
    return null
  } catch (error) {
    return (error as { errors: { pointer: string }[] }).errors[0]!.pointer
  }
}

describe('a JSON body', () => {
  it.each([
    ['{"a":1,"a":2}', '/a'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{"tasks":[{"url":"x"},{"url":"x","url":"y"}]}', '/tasks/1/url'],
    ['{"a/b~":{"c":1,"d":[1,[{"c":1,"c":2}]],"c":3}}', '/a~1b~0/d/1/0/c'],
    ['{"a":{"b":1},"b":{"b":1},"c":["a","a"],"d":"{\\"a\\":1,\\"a\\":2}"}', null],
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

  it('must be UTF-8', () => {
    expect(decodeText(Buffer.from('{"a":"é"}'))).toBe('{"a":"é"}')
    expect(() => decodeText(Uint8Array.of(0x22, 0xff, 0x22))).toThrow('not UTF-8')
  })
})
