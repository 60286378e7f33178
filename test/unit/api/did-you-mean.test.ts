import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { didYouMean } from '#api/http/did-you-mean.ts'

const names = [
  'url',
  'request',
  'earliestBeginDate',
  'priority',
  'metadata',
  'maximumBytes',
  'suspended',
  'taskDescription',
]

describe('a mistyped name', () => {
  it.each([
    ['priorty', 'priority'],
    ['pirority', 'priority'],
    ['Priority', 'priority'],
    ['priorityy', 'priority'],
    ['earliest_begin_date', 'earliestBeginDate'],
    ['earliestBeginDat', 'earliestBeginDate'],
    ['uri', 'url'],
    ['meta-data', 'metadata'],
    ['maximum_byte', 'maximumBytes'],
  ])('is understood: %s is %s', (given, meant) => {
    expect(didYouMean(given, names)).toBe(meant)
  })

  it.each(['colour', 'callback', 'x', '', 'priority'.repeat(6), '\u{1F600}'])('is not guessed at: %j', (given) => {
    expect(didYouMean(given, names)).toBeNull()
  })

  it('is the nearest name if it is one of them, whatever else is near', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{3,20}$/), { minLength: 1 }), fc.nat(), (known, n) => {
        const name = known[n % known.length]!
        expect(didYouMean(name, known)).toBe(name)
      }),
    )
  })
})
