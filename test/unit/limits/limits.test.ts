import { describe, expect, it } from 'vitest'
import { effectiveLimits, type Limits, limitNames, violationOf } from '#core/limits/rules/limits.ts'

const installations = Object.fromEntries(limitNames.map((name, n) => [name, n === 0 ? null : n])) as Limits

describe('the limit of a tenant', () => {
  it('is what an operator has set for it, none among it, and the default otherwise', () => {
    const limits = effectiveLimits(installations, { requestsPerMinute: 0, maximumStreams: null })
    expect(limits).toEqual({ ...installations, requestsPerMinute: 0, maximumStreams: null })
    expect(Object.keys(limits)).toEqual(limitNames)
  })
})

describe('a quota', () => {
  it.each([
    [null, 7, 1000, null],
    [8, 7, 1, null],
    [8, 7, 2, { name: 'maximumSessions', maximum: 8, used: 7 }],
    [8, 9, 1, { name: 'maximumSessions', maximum: 8, used: 9 }],
    [8, 9, 0, { name: 'maximumSessions', maximum: 8, used: 9 }],
    [0, 0, 1, { name: 'maximumSessions', maximum: 0, used: 0 }],
  ])('of %s with %d used and %d more', (maximum, used, adding, violation) => {
    expect(violationOf('maximumSessions', maximum, used, adding)).toEqual(violation)
  })
})
