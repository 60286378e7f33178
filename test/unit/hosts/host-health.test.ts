import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type HostHealth,
  type HostOutcome,
  hostStateName,
  isBlocked,
  nextHostHealth,
  defaultHostHealthPolicy as policy,
  unknownHost,
} from '#core/hosts/rules/host-health.ts'

const at = Date.parse('2026-11-23T12:00:00.000Z')
const dayMs = 86_400_000
const responded: HostOutcome = { kind: 'answered' }
const refused: HostOutcome = { kind: 'unreachable', errorName: 'cannotConnectToHost', scheme: 'https' }
const slow = (status: number, retryAfterSeconds: number | null = null): HostOutcome => ({
  kind: 'slowDown',
  status,
  retryAfterSeconds,
})

/** Outcomes one after the other, each so many seconds after the one before. */
function history(outcomes: (HostOutcome | [number, HostOutcome])[], random = 1): { health: HostHealth; nowMs: number } {
  let health = unknownHost
  let nowMs = at
  for (const step of outcomes) {
    const [seconds, outcome] = Array.isArray(step) ? step : [0, step]
    nowMs += seconds * 1000
    health = nextHostHealth(policy, health, outcome, nowMs, random)
  }
  return { health, nowMs }
}

function blockedSeconds({ health, nowMs }: ReturnType<typeof history>): number {
  return Math.max(0, (health.blockedUntilMs ?? nowMs) - nowMs) / 1000
}

describe('a host that asks for time', () => {
  it.each([
    ['has what it asks for', [slow(503, 30)], 30],
    ['has it for a 429 too', [slow(429, 7)], 7],
    ['has a day at most', [slow(503, 10_000_000)], 86_400],
    ['has the later of two wishes', [slow(503, 60), [10, slow(503, 20)] as [number, HostOutcome]], 50],
    ['has the longer one when it asks for more', [slow(503, 20), [10, slow(503, 60)] as [number, HostOutcome]], 60],
    ['is not taken by its word when it asks for nothing', [slow(503, 0)], 1],
  ])('%s', (_name, outcomes, seconds) => {
    expect(blockedSeconds(history(outcomes))).toBe(seconds)
  })

  it('is backing off meanwhile, and well afterwards', () => {
    const { health } = history([slow(503, 30)])
    expect(health.reason).toBe('503 with Retry-After: 30 s')
    expect(hostStateName(health, at)).toBe('backingOff')
    expect(hostStateName(health, at + 30_000)).toBe('healthy')
  })

  it('keeps its time when an earlier request ends well meanwhile', () => {
    const asked = history([slow(503, 30)]).health
    expect(nextHostHealth(policy, asked, responded, at + 1_000, 0)).toBe(asked)
  })

  it('is left alone for longer and longer when it does not say for how long, up to a minute', () => {
    const lengths = [0, 1, 2, 4, 8, 16, 32, 60, 60].map((_wait, index, all) =>
      blockedSeconds(history(all.slice(0, index + 1).map((wait) => [wait, slow(503)] as [number, HostOutcome]))),
    )
    expect(lengths).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('begins with a short time again after a response', () => {
    expect(blockedSeconds(history([slow(503), [1, slow(503)], [2, responded], slow(503)]))).toBe(1)
  })

  it('is not asked by everybody at the same moment', () => {
    expect(blockedSeconds(history([slow(503)], 0))).toBe(0.5)
  })

  it('gets nothing more from requests that began before its time', () => {
    const { health } = history([slow(503)])
    expect(nextHostHealth(policy, health, slow(503), at + 10, 0.5)).toBe(health)
  })

  it('slows nobody with a single 429 that names no time, but with the next', () => {
    expect(blockedSeconds(history([slow(429)]))).toBe(0)
    expect(blockedSeconds(history([slow(429), [1, slow(429)]]))).toBe(1)
    expect(blockedSeconds(history([slow(429), responded, slow(429)]))).toBe(0)
  })
})

describe('a circuit', () => {
  const five = [refused, refused, refused, refused, refused]

  it('opens with the fifth connection in a row that fails, and not before', () => {
    expect(hostStateName(history(five.slice(1)).health, at)).toBe('healthy')
    const open = history(five)
    expect(hostStateName(open.health, at)).toBe('circuitOpen')
    expect(blockedSeconds(open)).toBe(5)
    expect(open.health.reason).toBe('5 connections in a row failed: cannotConnectToHost')
    expect(history([refused]).health.reason).toBe('1 connection failed: cannotConnectToHost')
  })

  it.each([
    ['a response', responded],
    ['a 503', slow(503, 1)],
    ['a 429', slow(429)],
  ])('counts from the beginning after %s', (_name, outcome) => {
    const { health } = history([refused, refused, refused, refused, outcome, [2, refused]])
    expect(health).toMatchObject({ failures: 1, halfOpen: false })
  })

  it('is half open when its time is up, and closes with the first response', () => {
    const { health } = history(five)
    expect(hostStateName(health, at + 5_000)).toBe('halfOpen')
    const closed = nextHostHealth(policy, health, responded, at + 6_000, 0)
    expect(closed).toEqual({
      blockedUntilMs: null,
      halfOpen: false,
      failures: 0,
      downSinceMs: null,
      errorName: null,
      errorScheme: null,
      reason: 'it answered again',
      decidedAtMs: at + 6_000,
    })
    expect(hostStateName(closed, at + 6_000)).toBe('healthy')
  })

  it('opens again for twice as long with each try that fails, up to ten minutes', () => {
    const waits = [5, 10, 20, 40, 80, 160, 320, 600, 600]
    const lengths = waits.map((_wait, index) => {
      const tries = waits.slice(0, index).map((wait): [number, HostOutcome] => [wait, refused])
      return blockedSeconds(history([...five, ...tries]))
    })
    expect(lengths).toEqual(waits)
  })

  it('is down since the first failure of the row, with the error of the newest', () => {
    const reset: HostOutcome = { kind: 'unreachable', errorName: 'networkConnectionLost', scheme: 'https' }
    const unknownName: HostOutcome = { kind: 'unreachable', errorName: 'cannotFindHost', scheme: 'http' }
    const then = (...outcomes: [number, HostOutcome][]) => history(outcomes).health
    const first = { downSinceMs: at + 7_000 }
    expect(then([7, refused])).toMatchObject({ ...first, errorName: 'cannotConnectToHost', errorScheme: 'https' })
    expect(then([7, refused], [1, unknownName])).toMatchObject({
      ...first,
      errorName: 'cannotFindHost',
      errorScheme: 'http',
    })
    expect(then([7, refused], [1, reset])).toMatchObject({ ...first, errorName: null, errorScheme: null })
    expect(then([7, reset], [1, refused])).toMatchObject({ ...first, errorName: 'cannotConnectToHost' })
    expect(then([7, refused], [1, responded], [5, refused])).toMatchObject({ downSinceMs: at + 13_000 })
  })

  it('does not stay open for longer because of connections that began before', () => {
    const { health } = history(five)
    expect(nextHostHealth(policy, health, refused, at + 100, 0)).toBe(health)
  })

  it('closes at once when a transfer that was under way ends well', () => {
    const { health } = history([...five, [1, responded]])
    expect(health).toMatchObject({ blockedUntilMs: null, halfOpen: false, failures: 0 })
  })
})

describe('whatever happens', () => {
  const anyOutcome: fc.Arbitrary<HostOutcome> = fc.oneof(
    fc.constant(responded),
    fc.constant(refused),
    fc.record({
      kind: fc.constant('slowDown' as const),
      status: fc.constantFrom(429, 503),
      retryAfterSeconds: fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER })),
    }),
  )
  const sequences = fc.array(
    fc.tuple(fc.nat({ max: 100_000_000 }), anyOutcome, fc.double({ min: 0, max: 0.999, noNaN: true })),
    {
      maxLength: 40,
    },
  )
  const checkSteps = (check: (before: HostHealth, now: HostHealth, outcome: HostOutcome, nowMs: number) => void) =>
    fc.assert(
      fc.property(sequences, (steps) => {
        let health = unknownHost
        let nowMs = at
        for (const [waitMs, outcome, random] of steps) {
          nowMs += waitMs
          const next = nextHostHealth(policy, health, outcome, nowMs, random)
          check(health, next, outcome, nowMs)
          health = next
        }
      }),
    )

  it('nobody waits longer than a day', () => {
    checkSteps((_before, now, _outcome, nowMs) =>
      expect(now.blockedUntilMs ?? nowMs).toBeLessThanOrEqual(nowMs + dayMs),
    )
  })

  it('a response always leaves the circuit closed', () => {
    checkSteps((_before, now, outcome) => {
      if (outcome.kind === 'answered') expect(now).toMatchObject({ halfOpen: false, failures: 0 })
    })
  })

  it('a host is down as long as failures are counted, and any response clears what they said', () => {
    checkSteps((before, now, outcome) => {
      expect(now.downSinceMs === null).toBe(now.failures === 0)
      expect(now.errorName === null).toBe(now.errorScheme === null)
      if (outcome.kind !== 'unreachable' && now !== before)
        expect(now).toMatchObject({ downSinceMs: null, errorName: null })
      if (before.failures > 0 && now.failures > 0) expect(now.downSinceMs).toBe(before.downSinceMs)
    })
  })

  it('trouble never ends a block sooner, and a response never makes one longer', () => {
    checkSteps((before, now, outcome) => {
      const [was, is] = [before.blockedUntilMs ?? 0, now.blockedUntilMs ?? 0]
      if (outcome.kind === 'answered') expect(is).toBeLessThanOrEqual(was)
      else expect(is).toBeGreaterThanOrEqual(was)
    })
  })

  it('a circuit is open only after five failures, and a block that is not a circuit’s was asked for by a response', () => {
    checkSteps((before, now, outcome, nowMs) => {
      if (now.halfOpen) expect(now.failures).toBeGreaterThanOrEqual(policy.failuresToOpen)
      if (!isBlocked(before, nowMs) && isBlocked(now, nowMs) && !now.halfOpen) expect(outcome.kind).toBe('slowDown')
    })
  })
})
