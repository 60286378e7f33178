import { describe, expect, it } from 'vitest'
import { dictionaryBytes } from '#transfer/http/rules/structured-dictionary.ts'

const entries = (field: string) => dictionaryBytes(field)?.map(({ key, base64 }) => `${key} ${base64}`) ?? null

/** From the examples and the grammar of RFC 9651. */
describe('the byte sequences of a dictionary', () => {
  it.each([
    ['', []],
    ['a=:AA==:', ['a AA==']],
    ['a=::', ['a ']],
    ['a=:AA==:,b=:BB==:', ['a AA==', 'b BB==']],
    ['a=:AA==:\t , \tb=:BB==:', ['a AA==', 'b BB==']],
    ['a=:AA==:, a=:BB==:', ['a AA==', 'a BB==']],
    ['a=:AA==:;q=0.5;r, b', ['a AA==']],
    ['*a_.-*=:AA==:', ['*a_.-* AA==']],
    ['en="Applepie", da=:w4ZibGV0w6ZydGU=:', ['da w4ZibGV0w6ZydGU=']],
    ['a=?0, b, c; foo=bar', []],
    ['rating=1.5, feelings=(joy sadness)', []],
    ['a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid', []],
    ['a=( :AA==: ), b=()', []],
    ['a="x, b=:AA==:", c="\\"\\\\"', []],
    ['a=@1659578233, b=%"This is intended for display to %c3%bcsers."', []],
    ['a=text/html;level=1, b=*x:y', []],
    ['a=-1, b=-1.5, c=@-1', []],
  ] as [string, string[]][])('%j are %j', (field, expected) => expect(entries(field)).toEqual(expected))

  it.each([
    ...[' a=1', 'a=1 ', 'a=1,', ',a=1', 'a=1,,b=2', 'a=1 b=2', 'A=1', '1=1', 'a =1', 'a= 1', 'a=', '=1', 'a=1;'],
    ...['a=:AA==', 'a=:A-A=:', 'a=:AA==:x', 'a="x', 'a="\\x"', 'a="\xff"', 'a=(1', 'a=(1,2)', 'a=1)', 'a=?2', 'a=1.'],
    ...['a=1.2345', 'a=1234567890123456', 'a=@1.5', 'a=%"%zz"', 'a=%"%C3"', 'a=1; B=2', 'a=1 ;b', 'a=((1))', 'a\n=1'],
  ])('%j is no dictionary', (field) => expect(entries(field)).toBeNull())
})
