import { describe, expect, it } from 'vitest'
import { chargeBatch, judgeBatch } from '#core/deliveries/rules/judge-batch.ts'
import type { DeliveryOutcome } from '#core/deliveries/rules/retry-schedule.ts'
import { wellEndpoint } from '#core/endpoints/rules/endpoint-health.ts'

const now = Date.UTC(2026, 10, 22)
const day = 86_400_000
const url = 'https://receiver.example/hook'

const delivery = (n: number, changes = {}) => ({
  deliveryId: `dlv_${n}`,
  laneEpoch: 7,
  destination: { url } as { url: string } | { connectionId: string | null },
  attempts: 1,
  attemptsBefore: 0,
  challenge: null as string | null,
  isProbe: false,
  ...changes,
})
type Delivery = ReturnType<typeof delivery>
const sentWith = (to: Delivery, status: number | null, changes = {}) => ({
  delivery: to,
  answer: { status, error: status === null ? 'timedOut' : null, retryAfterSeconds: null, ...changes },
})
type Sent = ReturnType<typeof sentWith>

const endpoint = { kind: 'http', url: url as string | null, isWell: true, isRated: false }
const ids = (deliveries: readonly Delivery[]) => deliveries.map(({ deliveryId }) => deliveryId)

interface Given {
  epoch?: number
  hasResting?: boolean
  endpoint?: Partial<typeof endpoint>
  health?: { failures: number; failingSinceMs: number | null; nextProbeAtMs: number | null }
  question?: { outcome: DeliveryOutcome; error: string | null }
  next?: number | 'keepLease'
}

const at = ({ endpoint: changes = {}, epoch = 7, hasResting = false }: Given) => ({
  lane: { epoch, hasResting },
  endpoint: { ...endpoint, ...changes },
})
const charge = (sent: Sent[], unsent: Delivery[] = [], given: Given = {}) => {
  const facts = at(given)
  return chargeBatch<Delivery, Sent>({ sent, unsent }, facts.lane, facts.endpoint)
}
const judge = (sent: Sent[], unsent: Delivery[] = [], given: Given = {}) => {
  const { health = wellEndpoint, question = null, next = 128 } = given
  const facts = at(given)
  const charged = charge(sent, unsent, given)
  const before = charged.touchesHealth ? { before: health, nowMs: now } : null
  return judgeBatch(charged, { ...facts.lane, health: before, question, next }, facts.endpoint, now, 0.5)
}
const judgeCurrent = (...given: Parameters<typeof judge>) => {
  const verdict = judge(...given)
  if (verdict.kind !== 'current') throw new Error('the batch has lost its lane')
  return verdict
}
const outcomes = ({ results }: ReturnType<typeof judge>) => results.map(({ outcome }) => outcome?.kind ?? null)

describe('a batch whose lane another has', () => {
  it('has its results written, and nothing follows from them', () => {
    const verdict = judge([sentWith(delivery(1), 200), sentWith(delivery(2), 410)], [delivery(3)], { epoch: 8 })
    expect(verdict.kind).toBe('fenced')
    expect(outcomes(verdict)).toEqual([null, null])
  })

  it('records an internal error too', () => {
    const verdict = judge([sentWith(delivery(1), null, { isInternalError: true })], [], { epoch: 8 })
    expect(verdict).toMatchObject({ kind: 'fenced', results: [{ outcome: null, error: 'timedOut' }] })
  })
})

describe('what is sent next', () => {
  const sent = [sentWith(delivery(1), 200), sentWith(delivery(2), 204)]

  it.each([
    [128, { kind: 'leaseNext', most: 128 }],
    [0, { kind: 'unlock' }],
    ['keepLease', { kind: 'keepLease' }],
  ] as const)('behind successes follows what is wanted: %s', (next, lane) => {
    const verdict = judgeCurrent(sent, [delivery(3)], { next })
    expect(verdict.lane).toEqual(lane)
    expect(outcomes(verdict)).toEqual(['succeeded', 'succeeded'])
    expect(ids(verdict.reverted)).toEqual(['dlv_3'])
    expect(verdict).toMatchObject({ health: null, ongoing: null, disables: null, locksEndpoint: false })
  })

  it('behind a failure waits for its retry, whatever is wanted', () => {
    const failed = judgeCurrent([sent[0]!, sentWith(delivery(2), 503)], [delivery(3)])
    expect(failed.lane).toEqual({ kind: 'retry', atMs: now + 5_000, earliestMs: now })
    expect(failed.ongoing).toBe('dlv_2')
    expect(outcomes(failed)).toEqual(['succeeded', 'retry'])
    expect(ids(failed.reverted)).toEqual(['dlv_3'])
  })

  it('behind a delivery that has failed for good goes on', () => {
    const verdict = judgeCurrent([sentWith(delivery(1, { attempts: 10 }), 500)])
    expect(outcomes(verdict)).toEqual(['failed'])
    expect(verdict).toMatchObject({ lane: { kind: 'leaseNext' }, ongoing: null })
  })

  it('counts the schedule from the last manual retry', () => {
    const again = delivery(1, { attempts: 11, attemptsBefore: 10 })
    expect(judgeCurrent([sentWith(again, 500)]).lane).toMatchObject({ kind: 'retry', atMs: now + 5_000 })
  })

  it('of nothing that was tried is as much as wanted, and nothing is charged', () => {
    const verdict = judgeCurrent([], [delivery(1), delivery(2)], { next: 0 })
    expect(verdict).toMatchObject({ results: [], lane: { kind: 'unlock' }, health: null })
    expect(ids(verdict.reverted)).toEqual(['dlv_1', 'dlv_2'])
  })
})

describe('a failure that is not the endpoint’s', () => {
  const internalErrors: [string, Sent, Given][] = [
    ['by an internal error', sentWith(delivery(2), null, { isInternalError: true }), {}],
    ['at a URL that the endpoint has no more', sentWith(delivery(2), 410), { endpoint: { url: `${url}/new` } }],
  ]

  it.each(internalErrors)('%s is reverted, and nothing goes to the endpoint for a moment', (_, last, given) => {
    const verdict = judgeCurrent([sentWith(delivery(1), 200), last], [delivery(3)], given)
    expect(outcomes(verdict)).toEqual(['succeeded'])
    expect(ids(verdict.reverted)).toEqual(['dlv_2', 'dlv_3'])
    expect(verdict.lane).toMatchObject({
      kind: 'internalError',
      delivery: { deliveryId: 'dlv_2' },
      untilMs: now + 7_500,
    })
    expect(verdict).toMatchObject({ health: null, disables: null, locksEndpoint: true })
  })

  it('is not one when the receiver has taken the delivery at the old URL', () => {
    const verdict = judgeCurrent([sentWith(delivery(1), 200)], [], { endpoint: { url: `${url}/new` } })
    expect(outcomes(verdict)).toEqual(['succeeded'])
    expect(verdict.lane).toEqual({ kind: 'leaseNext', most: 128 })
  })

  it('does not come of another connection of a stream', () => {
    const over = delivery(1, { destination: { connectionId: 'con_1' } })
    const verdict = judgeCurrent([sentWith(over, 500)], [], { endpoint: { kind: 'stream', url: null } })
    expect(verdict.lane.kind).toBe('retry')
  })
})

describe('the endpoint’s health', () => {
  it('is not read while it is well and takes everything', () => {
    const all = [sentWith(delivery(1), 200)]
    expect(charge(all).touchesHealth).toBe(false)
    expect(charge(all, [], { endpoint: { isWell: false } }).touchesHealth).toBe(true)
    expect(charge([sentWith(delivery(1), 500)]).touchesHealth).toBe(true)
    expect(charge([sentWith(delivery(1), 500)], [], { epoch: 8 }).touchesHealth).toBe(false)
  })

  it('is none of a stream’s', () => {
    const given: Given = { endpoint: { kind: 'stream', url: null } }
    expect(charge([sentWith(delivery(1, { destination: { connectionId: null } }), 500)], [], given).touchesHealth).toBe(
      false,
    )
  })

  it('counts a failure', () => {
    const after = { failures: 1, failingSinceMs: now, nextProbeAtMs: null }
    expect(judgeCurrent([sentWith(delivery(1), 500)]).health).toEqual({ after, isProbed: false })
  })

  it('is well again with the first success, and what has waited for the probe is due', () => {
    const health = { failures: 4, failingSinceMs: now - 60_000, nextProbeAtMs: now - 1 }
    const probe = sentWith(delivery(1, { isProbe: true }), 200)
    const verdict = judgeCurrent([probe], [], { health, endpoint: { isWell: false } })
    expect(verdict.health).toEqual({ after: wellEndpoint, isProbed: true })
    expect(verdict.locksEndpoint).toBe(true)
  })

  it('disables the endpoint after five days of nothing but failures', () => {
    const health = { failures: 40, failingSinceMs: now - 5 * day, nextProbeAtMs: null }
    const verdict = judgeCurrent([sentWith(delivery(1), 500)], [], { health, endpoint: { isWell: false } })
    expect(verdict.disables).toBe('nothing but failures for five days')
    expect(outcomes(verdict)).toEqual(['gone'])
    expect(verdict.lane).toEqual({ kind: 'gone' })
  })
})

describe('an answer that disables the endpoint', () => {
  it.each([
    ['410', sentWith(delivery(1), 410), 'gone'],
    ['a failure with webhook-delivery: disable', sentWith(delivery(1), 500, { order: 'disable' }), 'gone'],
    ['a success with webhook-delivery: disable', sentWith(delivery(1), 200, { order: 'disable' }), 'succeeded'],
  ])('%s', (_, sent, outcome) => {
    const verdict = judgeCurrent([sent], [delivery(2)], { hasResting: true })
    expect(outcomes(verdict)).toEqual([outcome])
    expect(verdict.disables).toMatch(/^the receiver /)
    expect(verdict).toMatchObject({ locksEndpoint: true, hastens: false })
    expect(verdict.lane.kind).toBe(outcome === 'gone' ? 'gone' : 'leaseNext')
  })

  it('ends what has no attempt left as failed, not as gone', () => {
    const verdict = judgeCurrent([sentWith(delivery(1, { attempts: 10 }), 500)], [], {
      health: { failures: 40, failingSinceMs: now - 5 * day, nextProbeAtMs: null },
    })
    expect(outcomes(verdict)).toEqual(['failed'])
    expect(verdict.disables).not.toBeNull()
  })
})

describe('other lanes of the endpoint', () => {
  it.each([
    ['come earlier when it acknowledges something', [sentWith(delivery(1), 200)], true, true],
    [
      'come earlier when only the last of a batch fails',
      [sentWith(delivery(1), 200), sentWith(delivery(2), 500)],
      true,
      true,
    ],
    ['keep their time when it takes nothing', [sentWith(delivery(1), 500)], true, false],
    ['are not looked for when none waits', [sentWith(delivery(1), 200)], false, false],
  ] as const)('%s', (_, sent, hasResting, hastens) => {
    expect(judgeCurrent([...sent], [], { hasResting }).hastens).toBe(hastens)
  })
})

describe('a challenge', () => {
  const challenged = delivery(1, { challenge: 'abc' })

  it('that was met is an attempt that was not made, and what was to be sent comes next', () => {
    const verdict = judgeCurrent([sentWith(challenged, 200)])
    expect(verdict).toMatchObject({ results: [], verified: { deliveryId: 'dlv_1' }, lane: { kind: 'leaseNext' } })
    expect(ids(verdict.reverted)).toEqual(['dlv_1'])
  })

  it.each([
    ['answered without it', sentWith(challenged, 200, { error: 'the answer does not repeat the challenge' })],
    ['not answered', sentWith(challenged, null)],
  ])('that was %s is tried again by the schedule, and acknowledges nothing', (_, sent) => {
    const verdict = judgeCurrent([sent], [], { hasResting: true })
    expect(verdict).toMatchObject({ verified: null, lane: { kind: 'retry' }, hastens: false })
    expect(verdict.health?.after.failures).toBe(1)
  })

  it('that is answered with 410 disables the endpoint', () => {
    expect(judgeCurrent([sentWith(challenged, 410)])).toMatchObject({ lane: { kind: 'gone' }, verified: null })
  })
})

describe('a question', () => {
  it('has what follows from its own schedule', () => {
    const question = { outcome: { kind: 'retry', atMs: now + 1, earliestMs: null } as const, error: 'not usable: …' }
    const verdict = judgeCurrent([sentWith(delivery(1), 200)], [], { question })
    expect(verdict.results).toMatchObject([question])
    expect(verdict.lane).toEqual(question.outcome)
  })
})
