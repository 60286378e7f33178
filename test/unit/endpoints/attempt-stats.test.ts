import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attemptStats } from '#core/endpoints/rules/attempt-stats.ts'

const attempt = (durationMs: number, status: number | null = 204) => ({ startedAt: new Date(0), durationMs, status })

describe('the statistics of attempts', () => {
  it('of none are none', () => {
    expect(attemptStats([])).toEqual({ attempts: 0, succeeded: 0, medianMs: null, p95Ms: null })
  })

  it('count 2xx as acknowledged, and nothing else', () => {
    const statuses = [199, 200, 299, 300, 410, 500, null]
    expect(attemptStats(statuses.map((status) => attempt(1, status)))).toMatchObject({ attempts: 7, succeeded: 2 })
  })

  it('tell durations that were measured, the median no longer than what 95 of a hundred took', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), (durations) => {
        const { medianMs, p95Ms } = attemptStats(durations.map((ms) => attempt(ms)))
        expect(durations).toContain(medianMs)
        expect(durations).toContain(p95Ms)
        expect(medianMs!).toBeLessThanOrEqual(p95Ms!)
        expect(durations.filter((ms) => ms <= medianMs!).length * 2).toBeGreaterThanOrEqual(durations.length)
      }),
    )
  })
})
