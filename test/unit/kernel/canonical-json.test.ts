import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '#core/kernel/rules/canonical-json.ts'

/** The same value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).toReversed()
  return Object.fromEntries(members.map(([name, member]) => [name, reversed(member)]))
}

const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown)

describe('canonical JSON', () => {
  it('is the same whatever the order of members, at any depth', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: { z: 'x', y: 2 } })).toBe(
      '{"a":{"y":2,"z":"x"},"b":[{"c":null,"d":1}]}',
    )
    fc.assert(fc.property(json, (value) => canonicalJson(reversed(value)) === canonicalJson(value)))
  })

  it('keeps everything else: it reads back as the same value', () => {
    fc.assert(fc.property(json, (value) => void expect(JSON.parse(canonicalJson(value))).toEqual(value)))
  })

  it.each([
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { a: '1' }],
    [{ a: null }, {}],
    [{ a: [] }, { a: {} }],
  ])('tells %j from %j', (one, other) => {
    expect(canonicalJson(one)).not.toBe(canonicalJson(other))
  })
})
