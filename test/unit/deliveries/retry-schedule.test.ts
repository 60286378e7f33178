import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  afterAttempt,
  attemptDelaysSeconds,
  deliveryTimeoutMs,
  hastenedDelaysSeconds,
  maxResponseBytes,
} from '#core/deliveries/rules/retry-schedule.ts'

const now = Date.UTC(2026, 10, 22)
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const responseOf = (status: number | null, retryAfterSeconds: number | null = null) => ({ status, retryAfterSeconds })
const delayAfter = (attempts: number, chance: number, response = responseOf(500)) => {
  const outcome = afterAttempt(response, attempts, now, chance)
  return outcome.kind === 'retry' ? (outcome.atMs - now) / 1000 : outcome.kind
}

describe('a delivery', () => {
  it('is tried ten times over 75 h 35 min', () => {
    expect(attemptDelaysSeconds).toEqual([0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
    const sum = attemptDelaysSeconds.reduce<number>((total, seconds) => total + seconds, 0)
    expect(Math.floor(sum / 60)).toBe(75 * 60 + 35)
  })

  it('follows the schedule and then fails', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((attempts) => delayAfter(attempts, 0.5))
    expect(delays).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, 'failed'])
    expect(delayAfter(11, 0.5)).toBe('failed')
  })

  it('has a jitter of a fifth to either side', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), random, (attempts, chance) => {
        const planned = attemptDelaysSeconds[attempts]!
        const delay = delayAfter(attempts, chance) as number
        expect(delay).toBeGreaterThanOrEqual(planned * 0.8)
        expect(delay).toBeLessThanOrEqual(planned * 1.2)
      }),
    )
    expect([delayAfter(2, 0), delayAfter(2, 0.75)]).toEqual([240, 330])
  })

  it.each([200, 201, 202, 204, 226, 299])('succeeds with %d', (status) => {
    expect(afterAttempt(responseOf(status), 10, now, 0)).toEqual({ kind: 'succeeded' })
  })

  it.each([null, 101, 199, 300, 301, 302, 303, 304, 307, 308, 400, 401, 404, 409, 429, 500, 503])(
    'fails its attempt with %s',
    (status) => {
      expect(delayAfter(1, 0.5, responseOf(status))).toBe(5)
      expect(delayAfter(10, 0.5, responseOf(status))).toBe('failed')
    },
  )

  it.each([1, 5, 10])('ends for good with 410, also at attempt %d', (attempts) => {
    expect(afterAttempt(responseOf(410, 60), attempts, now, 0)).toEqual({ kind: 'gone' })
  })

  it.each([
    [503, 60, 60],
    [429, 3600, 3600],
    [302, 60, 60],
    [503, 1, 5],
    [503, -1, 5],
    [503, 1e9, 86_400],
    [503, Number.POSITIVE_INFINITY, 86_400],
  ])('waits after %d with Retry-After %d for %d s', (status, asked, seconds) => {
    expect(delayAfter(1, 0.5, responseOf(status, asked))).toBe(seconds)
  })

  const earliestAfter = (attempts: number, status: number | null, asked: number | null = null, chance = 0.5) => {
    const outcome = afterAttempt(responseOf(status, asked), attempts, now, chance)
    if (outcome.kind !== 'retry') return outcome.kind
    return outcome.earliestMs === null ? null : (outcome.earliestMs - now) / 1000
  }

  it('that the receiver may not have seen goes on quicker when others are taken, and slower each time', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((attempts) => earliestAfter(attempts, 503))
    expect(delays).toEqual([0, 5, 15, 60, 300, 1800, 7200, 28_800, 86_400, 'failed'])
    const hours = hastenedDelaysSeconds.reduce<number>((total, seconds) => total + seconds, 0) / 3600
    expect(Math.floor(hours)).toBe(34)
  })

  it.each<[string, number | null, boolean]>([
    ['a network failure or a timeout', null, true],
    ['500', 500, true],
    ['502', 502, true],
    ['503', 503, true],
    ['599', 599, true],
    ['400', 400, false],
    ['401', 401, false],
    ['404', 404, false],
    ['408', 408, false],
    ['429', 429, false],
    ['302', 302, false],
  ])('after %s goes on before its time or not: %o %o', (_, status, isHastened) => {
    for (let attempts = 1; attempts < 10; attempts++) expect(earliestAfter(attempts, status) !== null).toBe(isHastened)
  })

  it('never goes on before what the receiver asked for itself', () => {
    expect([earliestAfter(1, 503, 60), earliestAfter(5, 503, 60), earliestAfter(3, 500, 1e9)]).toEqual([
      60, 300, 86_400,
    ])
  })

  it('never goes on later for being hastened, nor more than ten times, however often others are taken', () => {
    const responses = fc.record({
      status: fc.option(fc.integer({ min: 200, max: 599 })),
      retryAfterSeconds: fc.option(fc.double({ min: -10, max: 1e6, noNaN: true })),
    })
    fc.assert(
      fc.property(responses, fc.integer({ min: 1, max: 12 }), random, (response, attempts, chance) => {
        const outcome = afterAttempt(response, attempts, now, chance)
        if (outcome.kind !== 'retry') return
        expect(attempts).toBeLessThan(10)
        if (outcome.earliestMs === null) return
        expect(outcome.earliestMs).toBeLessThanOrEqual(outcome.atMs)
        const least = Math.max(
          hastenedDelaysSeconds[attempts]! * 0.8,
          Math.min(response.retryAfterSeconds ?? 0, 86_400),
        )
        expect(outcome.earliestMs - now).toBeGreaterThanOrEqual(Math.round(least * 1000) - 1)
      }),
    )
  })

  it('is bounded in time and in what is read of the response', () => {
    expect([deliveryTimeoutMs, maxResponseBytes]).toEqual([20_000, 16 * 1024])
  })
})
