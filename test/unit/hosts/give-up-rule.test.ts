import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { givenUp, hostPatienceMs, verdictDetail } from '#core/hosts/rules/give-up-rule.ts'
import {
  defaultHostHealthPolicy,
  type HostHealth,
  type HostOutcome,
  isBlocked,
  nextHostHealth,
  unknownHost,
} from '#core/hosts/rules/host-health.ts'

const at = Date.parse('2026-11-23T12:00:00.000Z')
const minute = 60_000
const down: HostHealth = {
  blockedUntilMs: at + minute,
  halfOpen: true,
  failures: 7,
  downSinceMs: at - 2 * minute,
  errorName: 'cannotFindHost',
  errorScheme: 'https',
  reason: '7 connections in a row failed: cannotFindHost',
  decidedAtMs: at - 1_000,
}
const task = { scheme: 'https', readySinceMs: at - 2 * minute } as const

describe('a task that waits for a host', () => {
  it.each<[string, boolean, Partial<HostHealth>, { scheme?: 'http' | 'https'; readySinceMs?: number }]>([
    ['fails when both have had two minutes', true, {}, {}],
    ['fails when both have had more', true, { downSinceMs: at - 9 * minute }, { readySinceMs: at - 8 * minute }],
    ['waits while the host is not down for so long', false, { downSinceMs: at - 2 * minute + 1 }, {}],
    ['waits while it could not begin for so long', false, {}, { readySinceMs: at - 2 * minute + 1 }],
    ['waits when it is not ready yet', false, {}, { readySinceMs: at + minute }],
    ['waits when the newest failure is one that passes', false, { errorName: null, errorScheme: null }, {}],
    ['waits when nobody has tried its scheme last', false, {}, { scheme: 'http' }],
    ['waits when the host asked for the time itself', false, { halfOpen: false }, {}],
    ['waits for the try that is owed when the circuit is half open', false, { blockedUntilMs: at }, {}],
    ['waits at a host that answers', false, unknownHost, {}],
  ])('%s', (_name, fails, health, changes) => {
    expect(givenUp({ ...down, ...health }, { ...task, ...changes }, at)).toBe(fails)
  })

  it('is told what the others found', () => {
    expect(verdictDetail(down)).toBe(
      'the host could not be reached: 7 connections in a row failed, the newest with cannotFindHost; this task was not tried once more',
    )
  })
})

describe('whatever happens at a host', () => {
  const anyOutcome: fc.Arbitrary<HostOutcome> = fc.oneof(
    fc.constant<HostOutcome>({ kind: 'answered' }),
    fc.constant<HostOutcome>({ kind: 'slowDown', status: 503, retryAfterSeconds: 60 }),
    // Mostly these: a response among them begins the count anew.
    {
      weight: 20,
      arbitrary: fc.record({
        kind: fc.constant('unreachable' as const),
        errorName: fc.constantFrom('cannotFindHost' as const, 'secureConnectionFailed' as const, 'timedOut' as const),
        scheme: fc.constantFrom('http' as const, 'https' as const),
      }),
    },
  )
  const step = fc.tuple(fc.nat({ max: 200_000 }), anyOutcome)

  it('nobody is given up without five failures in a row over two minutes, the last that counted a suspect one', () => {
    let verdicts = 0
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let health = unknownHost
        let nowMs = at
        let row: { at: number; outcome: HostOutcome }[] = []
        for (const [waitMs, outcome] of steps) {
          nowMs += waitMs
          const blocked = isBlocked(health, nowMs)
          health = nextHostHealth(defaultHostHealthPolicy, health, outcome, nowMs, 0.5)
          if (outcome.kind !== 'unreachable') row = []
          else if (!blocked) row.push({ at: nowMs, outcome })
          if (!givenUp(health, { scheme: 'https', readySinceMs: at - hostPatienceMs }, nowMs)) continue
          verdicts += 1
          expect(row.length).toBeGreaterThanOrEqual(defaultHostHealthPolicy.failuresToOpen)
          expect(nowMs - row[0]!.at).toBeGreaterThanOrEqual(hostPatienceMs)
          expect(row.at(-1)!.outcome).toMatchObject({ scheme: 'https' })
          expect(row.at(-1)!.outcome).not.toMatchObject({ errorName: 'timedOut' })
        }
      }),
      { numRuns: 500 },
    )
    expect(verdicts).toBeGreaterThan(0)
  })

  it('at one where every try is refused, the verdict is there within three minutes of the first', () => {
    const refused: HostOutcome = { kind: 'unreachable', errorName: 'cannotConnectToHost', scheme: 'https' }
    let health = unknownHost
    let nowMs = at
    const isGivenUp = () => givenUp(health, { scheme: 'https', readySinceMs: at }, nowMs)
    for (; !isGivenUp(); nowMs += 1_000) {
      if (!isBlocked(health, nowMs)) health = nextHostHealth(defaultHostHealthPolicy, health, refused, nowMs, 0)
      expect(nowMs).toBeLessThan(at + 3 * minute)
    }
    expect(nowMs).toBeGreaterThanOrEqual(at + hostPatienceMs)
  })
})
