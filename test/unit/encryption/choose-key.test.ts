import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseKey } from '#core/encryption/rules/choose-key.ts'

describe('the key that a process encrypts with', () => {
  it.each([
    ['is its only one', ['a'], [], ['a'], 'a'],
    ['is the newest when it is alone', ['b', 'a'], [], ['a'], 'b'],
    [
      'is the newest when all have it',
      ['b', 'a'],
      [
        ['b', 'a'],
        ['a', 'b'],
      ],
      ['a'],
      'b',
    ],
    ['is the older one while another process lacks the newest', ['b', 'a'], [['b', 'a'], ['a']], ['a'], 'a'],
    ['is what is in use when another process has keys of its own', ['c', 'b', 'a'], [['x']], ['b'], 'b'],
    ['is the newest when nothing is in use', ['b', 'a'], [['x']], [], 'b'],
  ] as const)('%s', (_, own, others, inUse, expected) => {
    expect(chooseKey([...own] as [string, ...string[]], others, inUse)).toBe(expected)
  })

  it('is its own, everybody has it if there is such a one, and none that is newer is so', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 })
    fc.assert(
      fc.property(ids, fc.array(ids, { maxLength: 3 }), ids, (own, others, inUse) => {
        const chosen = chooseKey(own as [string, ...string[]], others, inUse)
        const everywhere = own.filter((id) => others.every((keys) => keys.includes(id)))
        expect(own).toContain(chosen)
        if (everywhere.length > 0) expect(chosen).toBe(everywhere[0])
      }),
    )
  })
})
