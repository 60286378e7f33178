import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EndpointHealth,
  type EndpointSign,
  isGivenUp,
  isWell,
  nextEndpointHealth,
  defaultEndpointHealthPolicy as policy,
  wellEndpoint,
} from '#core/endpoints/rules/endpoint-health.ts'

const now = Date.UTC(2026, 10, 25)
const day = 86_400_000
const succeeded: EndpointSign = { kind: 'succeeded' }
const failed = (changes: Partial<Extract<EndpointSign, { kind: 'failed' }>> = {}): EndpointSign => ({
  kind: 'failed',
  status: 500,
  retryAfterSeconds: null,
  isProbe: false,
  ...changes,
})
const next = (health: EndpointHealth, sign: EndpointSign, nowMs = now, random = 0.5) =>
  nextEndpointHealth(policy, health, sign, nowMs, random)
/** After so many failures one after the other, each probe at its time. */
const failing = (count: number): EndpointHealth => {
  let health = wellEndpoint
  for (let n = 0; n < count; n++) health = next(health, failed({ isProbe: health.nextProbeAtMs !== null }))
  return health
}
const restAfter = (count: number) => (failing(count).nextProbeAtMs ?? now) - now

describe('the health of an endpoint', () => {
  it.each([
    [1, 0],
    [2, 0],
    [3, 5_000],
    [4, 10_000],
    [5, 20_000],
    [10, 640_000],
    [11, 900_000],
    [1_000, 900_000],
  ])('after %i failures in a row lets nothing through for %i ms', (failures, restMs) => {
    expect(failing(failures)).toMatchObject({ failures, failingSinceMs: now })
    expect(restAfter(failures)).toBe(restMs)
  })

  it.each<[string, number, EndpointSign, number | null]>([
    ['one 503 with Retry-After', 0, failed({ status: 503, retryAfterSeconds: 60 }), 60_000],
    ['one 429 with Retry-After', 0, failed({ status: 429, retryAfterSeconds: 60 }), 60_000],
    ['a Retry-After of a day', 0, failed({ status: 503, retryAfterSeconds: 86_400 }), policy.askedCapMs],
    ['a Retry-After that is shorter than the rest', 0, failed({ status: 503, retryAfterSeconds: 1 }), 5_000],
    ['a negative Retry-After', 0, failed({ status: 503, retryAfterSeconds: -1 }), null],
    ['one 503 without', 0, failed({ status: 503 }), null],
    ['one 500 with Retry-After, which is about one delivery', 0, failed({ retryAfterSeconds: 60 }), null],
    ['a probe whose response asks for more', 3, failed({ retryAfterSeconds: 60, isProbe: true }), 60_000],
    ['what began before and asks for more', 3, failed({ status: 503, retryAfterSeconds: 60 }), 60_000],
    ['what began before and asks for less', 3, failed({ status: 503, retryAfterSeconds: 1 }), 5_000],
    ['what began before', 3, failed(), 5_000],
  ])('after %s (%i failures before)', (_, failures, sign, restMs) => {
    const { nextProbeAtMs } = next(failing(failures), sign)
    expect(nextProbeAtMs === null ? null : nextProbeAtMs - now).toBe(restMs)
  })

  it('counts only the probe while it is half-open', () => {
    const open = failing(3)
    expect(next(open, failed())).toBe(open)
    expect(next(open, failed({ isProbe: true }))).toMatchObject({ failures: 4, failingSinceMs: now })
  })

  it.each([0, 1, 3, 50])('is cleared by one success after %i failures', (failures) => {
    expect(next(failing(failures), succeeded)).toEqual(wellEndpoint)
    expect(isWell(next(failing(failures), succeeded))).toBe(true)
  })

  it('is the same object while everything succeeds', () => {
    expect(next(wellEndpoint, succeeded)).toBe(wellEndpoint)
  })

  it.each([
    [0, false],
    [5 * day - 1, false],
    [5 * day, true],
    [50 * day, true],
  ])('is given up after %i ms of nothing but failures: %s', (ms, expected) => {
    expect(isGivenUp(policy, failing(3), now + ms)).toBe(expected)
    expect(isGivenUp(policy, wellEndpoint, now + ms)).toBe(false)
  })

  it('keeps its laws whatever happens', () => {
    const sign = fc.oneof(
      fc.constant(succeeded),
      fc.record({
        kind: fc.constant('failed' as const),
        status: fc.constantFrom(null, 301, 404, 429, 500, 503),
        retryAfterSeconds: fc.option(fc.double({ min: -10, max: 1e9, noNaN: true })),
        isProbe: fc.boolean(),
      }),
    )
    const step = fc.tuple(sign, fc.nat(10 * 60_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let health = wellEndpoint
        let nowMs = now
        let lastSuccess = now
        for (const [sign, passes, random] of steps) {
          nowMs += passes
          const before = health
          health = next(before, sign, nowMs, random)
          if (sign.kind === 'succeeded') {
            lastSuccess = nowMs
            expect(isWell(health)).toBe(true)
            continue
          }
          expect(health.failures).toBeGreaterThan(0)
          expect(health.failingSinceMs).toBeGreaterThanOrEqual(lastSuccess)
          expect(health.failingSinceMs).toBeLessThanOrEqual(nowMs)
          if (before.failingSinceMs !== null) expect(health.failingSinceMs).toBe(before.failingSinceMs)
          if (health.failures >= policy.failuresToOpen) expect(health.nextProbeAtMs).not.toBeNull()
          if (before.nextProbeAtMs !== null && !sign.isProbe)
            expect(health.nextProbeAtMs).toBeGreaterThanOrEqual(before.nextProbeAtMs)
          const furthest = Math.max(before.nextProbeAtMs ?? 0, nowMs + policy.askedCapMs)
          if (health.nextProbeAtMs !== null) expect(health.nextProbeAtMs).toBeLessThanOrEqual(furthest)
          if (sign.isProbe && health.nextProbeAtMs !== null)
            expect(health.nextProbeAtMs).toBeGreaterThanOrEqual(nowMs + policy.probeMs * 0.8)
        }
      }),
    )
  })
})
