import { describe, expect, it } from 'vitest'
import { isAwaited, longestClaimMs, type Sighting, sight } from '#core/dispatch/rules/locked-elsewhere.ts'

const queue = (tenantId: string, vtime = 1) => ({ tenantId, vtime, weight: 1 })
const seen = (tenantId: string, sinceMs: number, vtime = 1): Sighting => ({ ...queue(tenantId, vtime), sinceMs })

describe('a tenant queue that another dispatcher has locked', () => {
  it.each([
    ['for the first time', [], 900],
    ['by the same claim as before, as far as one can tell', [seen('a', 300)], 300],
    ['after another claim of it was committed', [seen('a', 300, 0)], 900],
    ['while before others were', [seen('b', 300)], 900],
    ['as others were before', [seen('b', 200), seen('a', 300)], 300],
  ])('is sighted %s', (_, before, sinceMs) => {
    expect(sight([queue('a')], before, 900)).toEqual([seen('a', sinceMs)])
  })

  it('is sighted anew when it was free in between', () => {
    const first = sight([queue('a'), queue('b')], [], 0)
    const second = sight([queue('b')], first, 100)
    expect(sight([queue('a'), queue('b')], second, 200)).toEqual([seen('a', 200), seen('b', 0)])
  })

  it('keeps the moment of the first sighting, however often it is looked at', () => {
    let sightings: Sighting[] = []
    for (let nowMs = 40; nowMs < 10 * longestClaimMs; nowMs += 25) sightings = sight([queue('a')], sightings, nowMs)
    expect(sightings).toEqual([seen('a', 40)])
  })

  it.each([
    [0, true],
    [longestClaimMs - 1, true],
    [longestClaimMs, false],
    [60_000, false],
  ])('is waited for after %d ms: %s', (passedMs, awaited) => {
    expect(isAwaited(seen('a', 7000), 7000 + passedMs)).toBe(awaited)
  })
})
