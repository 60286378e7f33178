import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ringPlaces, ringSlots } from '#core/usage/rules/sample-rings.ts'
import { statsRange, statsRanges, statsSteps } from '#core/usage/rules/stats-range.ts'

const at = (time: string) => Date.parse(`2026-06-01T${time}Z`)

describe('the range of statistics', () => {
  it.each([
    ['1h', '11:59:59.999', '11:00:00', '12:00:00'],
    ['1h', '12:00:00.000', '11:01:00', '12:01:00'],
    ['24h', '23:30:00.000', '00:00:00', '24:00:00'],
  ] as const)('of %s at %s begins at %s and ends at %s', (name, now, since, end) => {
    const { stepSeconds } = statsSteps[name]
    expect(statsRange(statsSteps[name], at(now))).toEqual({
      stepMs: stepSeconds * 1000,
      sinceMs: at(since),
      endMs: end === '24:00:00' ? at('00:00:00') + 86_400_000 : at(end),
    })
  })

  it.each(statsRanges)('of %s has whole steps up to the one that it is', (name) => {
    fc.assert(
      fc.property(fc.integer({ min: 1e12, max: 4e12 }), (nowMs) => {
        const { stepMs, sinceMs, endMs } = statsRange(statsSteps[name], nowMs)
        expect((endMs - sinceMs) / stepMs).toBe(statsSteps[name].points)
        expect(sinceMs % stepMs).toBe(0)
        expect(endMs - stepMs <= nowMs && nowMs < endMs).toBe(true)
      }),
    )
  })
})

describe('the place of a sample', () => {
  it.each([
    ['10:01:00', ['10:00:00', '10:00:00']],
    ['11:00:00', ['10:59:00', '10:00:00']],
    ['11:01:00', ['11:00:00', '11:00:00']],
  ])('of %s is in the steps that it ends or lies in', (time, expected) => {
    expect(ringPlaces(at(time)).map(({ atMs }) => atMs)).toEqual(expected.map(at))
  })

  it('is not taken by another step of any range that can be asked for', () => {
    for (const { stepSeconds, points } of Object.values(statsSteps)) {
      const slots = Array.from({ length: points }, (_, n) => {
        const places = ringPlaces(at('10:00:00') + n * stepSeconds * 1000)
        return places.find((place) => place.stepSeconds === stepSeconds)!.slot
      })
      expect(new Set(slots).size).toBe(points)
      expect(Math.max(...slots)).toBeLessThan(ringSlots.get(stepSeconds)!)
    }
  })
})
