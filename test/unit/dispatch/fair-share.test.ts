import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catchUp, type QueueTurn, type Room, shareSlots, type TenantQueue } from '#core/dispatch/rules/fair-share.ts'

/** Tasks that nothing stands in the way of; each test takes from them as many as it says are due. */
const plenty = Array.from({ length: 300 }, (_, n) => ({
  taskId: `${n}`,
  sessionId: 's',
  host: 'h',
  discretionary: false,
  bytes: 0,
}))
type Changes = Partial<Omit<TenantQueue, 'candidates' | 'bytesFree' | 'quotaLeft'>> & { due?: number }
const queue = (tenantId: string, { due = 1e6, ...changes }: Changes = {}) => ({
  tenantId,
  vtime: 0,
  weight: 1,
  free: 1e6,
  due,
  idle: false,
  bytesFree: 0,
  quotaLeft: Number.POSITIVE_INFINITY,
  candidates: due < plenty.length ? plenty.slice(0, due) : plenty,
  ...changes,
})
type TestQueue = ReturnType<typeof queue>
const ceilingOf = (queues: readonly TenantQueue[]) => Math.max(...queues.map(({ vtime }) => vtime))
const unlimited = new Map([['h', Number.POSITIVE_INFINITY]])
const connections = new Map([['s h', Number.POSITIVE_INFINITY]])
const roomFor = (slots: number, reserve = 0): Room => ({
  slots,
  reserve,
  spare: 0,
  hosts: unlimited,
  connections,
})
const share = (
  queues: readonly TenantQueue[],
  slots: number,
  ceiling = ceilingOf(queues),
  reserve = 0,
  elsewhere: readonly QueueTurn[] = [],
) =>
  shareSlots(queues, roomFor(slots, reserve), ceiling, elsewhere).map(({ taken, ...one }) => ({
    ...one,
    take: taken.length,
  }))

/** As dispatch does it: the shares' virtual times are kept, and each round sees the largest of all tenant queues. */
function simulate(queues: TestQueue[], rounds: number, slots: number): Map<string, number> {
  const served = new Map(queues.map(({ tenantId }) => [tenantId, 0]))
  for (let round = 0; round < rounds; round++) {
    for (const { tenantId, take, vtime } of share(queues, slots)) {
      queues.find((one) => one.tenantId === tenantId)!.vtime = vtime
      served.set(tenantId, served.get(tenantId)! + take)
    }
  }
  return served
}

const anyQueues = fc
  .array(
    fc.record({
      vtime: fc.double({ min: 0, max: 1e6, noNaN: true }),
      weight: fc.constantFrom(0.1, 0.5, 1, 2, 7, 100),
      free: fc.integer({ min: -3, max: 40 }),
      due: fc.nat(40),
      idle: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((queues) => queues.map((one, index) => queue(`t${index}`, one)))
const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 6 })
const named = (given: number[]) => given.map((weight, index) => queue(`t${index}`, { weight }))

describe('the reserve', () => {
  it('gives one task each to tenants with nothing in flight, and nothing to the others', () => {
    const full = queue('full', { free: 40, due: 90 })
    const capped = queue('capped', { idle: true, free: 0 })
    const newcomers = ['a', 'b', 'c'].map((name, index) => queue(name, { idle: true, vtime: index }))
    const given = share([full, capped, ...newcomers], 0, 2, 2)
    expect(given.map(({ tenantId, take }) => [tenantId, take])).toEqual([
      ['a', 1],
      ['b', 1],
    ])
  })

  it('adds at most its size, and only idle queues that got nothing otherwise', () => {
    fc.assert(
      fc.property(anyQueues, fc.nat(20), fc.nat(8), (queues, slots, reserve) => {
        const without = new Map(share(queues, slots).map(({ tenantId, take }) => [tenantId, take]))
        const given = share(queues, slots, ceilingOf(queues), reserve)
        const extra = given.filter(({ tenantId, take }) => take !== without.get(tenantId))
        expect(extra.length).toBeLessThanOrEqual(reserve)
        for (const { tenantId, take } of extra) {
          expect(take).toBe(1)
          expect(without.has(tenantId)).toBe(false)
          expect(queues.find((one) => one.tenantId === tenantId)).toMatchObject({ idle: true })
        }
      }),
    )
  })
})

describe('beside tenant queues that another dispatcher serves', () => {
  it('no queue gets so far ahead that those would lose what they have not had', () => {
    fc.assert(
      fc.property(anyQueues, anyQueues, fc.nat(100), (queues, elsewhere, slots) => {
        const all = [...queues, ...elsewhere]
        const step = 1 / Math.min(...all.map(({ weight }) => weight))
        const ceiling = ceilingOf(all)
        const shares = share(queues, slots, ceiling, 0, elsewhere)
        const after = Math.max(ceiling, ...shares.map(({ vtime }) => vtime))
        for (const { vtime, weight } of elsewhere) {
          const lifted = (to: number) => Math.max(vtime, to - Math.max(catchUp / weight, step))
          expect(lifted(after)).toBeCloseTo(lifted(ceiling), 6)
        }
      }),
    )
  })

  it('a queue still gets as much as they can catch up', () => {
    expect(share([queue('a')], 50, 0, 0, [queue('b')])).toMatchObject([{ tenantId: 'a', take: catchUp }])
    expect(share([queue('a')], 50, 0, 0, [queue('b', { weight: 4 })])).toMatchObject([{ tenantId: 'a', take: 4 }])
  })
})

describe('sharing slots', () => {
  it('never exceeds a cap, what is due, or the slots', () => {
    fc.assert(
      fc.property(anyQueues, fc.nat(100), (queues, slots) => {
        const shares = share(queues, slots)
        expect(shares.reduce((sum, { take }) => sum + take, 0)).toBeLessThanOrEqual(slots)
        expect(new Set(shares.map(({ tenantId }) => tenantId)).size).toBe(shares.length)
        for (const { tenantId, take } of shares) {
          const { free, due } = queues.find((one) => one.tenantId === tenantId)!
          expect(take).toBeGreaterThan(0)
          expect(take).toBeLessThanOrEqual(free)
          expect(take).toBeLessThanOrEqual(due)
        }
      }),
    )
  })

  it('leaves no slot unused that some queue could use', () => {
    fc.assert(
      fc.property(anyQueues, fc.nat(100), (queues, slots) => {
        const possible = queues.reduce((sum, { free, due }) => sum + Math.max(0, Math.min(free, due)), 0)
        expect(share(queues, slots).reduce((sum, { take }) => sum + take, 0)).toBe(Math.min(slots, possible))
      }),
    )
  })

  it('charges each queue its work over its weight, and no queue for being idle', () => {
    fc.assert(
      fc.property(anyQueues, fc.nat(100), (queues, slots) => {
        for (const { tenantId, take, vtime } of share(queues, slots)) {
          const before = queues.find((one) => one.tenantId === tenantId)!
          expect(vtime).toBeGreaterThan(before.vtime + (take / before.weight) * 0.999)
        }
      }),
    )
  })

  it('gives a lone queue everything, wherever the others are', () => {
    expect(share([queue('a', { vtime: 3 })], 50, 1e6)).toMatchObject([{ tenantId: 'a', take: 50 }])
    expect(share([queue('a', { vtime: 1e6 }), queue('b', { due: 0 }), queue('c', { free: 0 })], 50)).toMatchObject([
      { tenantId: 'a', take: 50 },
    ])
  })

  it('gives nothing where there is nothing', () => {
    expect(share([], 10, 0)).toEqual([])
    expect(share([queue('a')], 0)).toEqual([])
  })

  it('serves backlogged queues in proportion to their weights, to within a task and a turn of the lightest', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 70 }), (given, slots) => {
        const rounds = Math.ceil(3000 / slots)
        const served = simulate(named(given), rounds, slots)
        const total = given.reduce((sum, weight) => sum + weight, 0)
        for (const [index, weight] of given.entries()) {
          const fair = (rounds * slots * weight) / total
          const turn = weight / Math.min(...given)
          expect(Math.abs(served.get(`t${index}`)! - fair)).toBeLessThanOrEqual(given.length * (1 + turn))
        }
      }),
    )
  })

  it('keeps a weight of 100 against one of 1 when slots come free one by one', () => {
    const served = simulate([queue('light'), queue('heavy', { weight: 100 })], 10_100, 1)
    expect(served.get('light')).toBeGreaterThan(98)
    expect(served.get('light')).toBeLessThan(102)
  })

  it('does not let a backlog’s length count', () => {
    const served = simulate([queue('million', { due: 1e6 }), queue('few', { due: 64 })], 100, 64)
    expect(served.get('million')).toBe(served.get('few'))
  })

  it('lets a queue that was idle for long catch up by no more than its allowance', () => {
    expect(catchUp).toBe(16)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 16 }), (others, slots) => {
        const busy = Array.from({ length: others }, (_, index) => queue(`busy${index}`))
        simulate(busy, Math.ceil(5000 / slots), slots)
        const idle = queue('idle')
        // Up to the first slot that goes to somebody else, one at a time.
        let ahead = 0
        for (;;) {
          const { tenantId, vtime } = share([...busy, idle], 1)[0]!
          if (tenantId !== 'idle') break
          idle.vtime = vtime
          ahead += 1
        }
        expect(ahead).toBeGreaterThan(0)
        expect(ahead).toBeLessThanOrEqual(catchUp)
      }),
    )
  })

  it('bounds what an idle queue of any weight takes before the others have their share again', () => {
    fc.assert(
      fc.property(
        weights,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 40 }),
        (given, weight, slots) => {
          const busy = named(given)
          simulate(busy, Math.ceil(5000 / slots), slots)
          const rounds = Math.ceil(2000 / slots)
          const served = simulate([...busy, queue('idle', { weight })], rounds, slots)
          const total = given.reduce((sum, one) => sum + one, weight)
          const turn = weight / Math.min(...given, weight)
          const fair = (rounds * slots * weight) / total
          expect(served.get('idle')!).toBeLessThanOrEqual(fair + catchUp + given.length + 1 + turn)
        },
      ),
    )
  })

  it('serves a newcomer’s first task at once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 15 }),
        fc.integer({ min: 1, max: 64 }),
        (others, weight, slots) => {
          const busy = Array.from({ length: others }, (_, index) => queue(`busy${index}`))
          simulate(busy, Math.ceil((20 * others) / slots), slots)
          expect(share([...busy, queue('newcomer', { weight, due: 1 })], 1)).toMatchObject([
            { tenantId: 'newcomer', take: 1 },
          ])
        },
      ),
    )
  })

  it('serves a newcomer within one slot a queue, whatever the weights', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 100 }), (given, weight) => {
        const busy = named(given)
        simulate(busy, 500, 8)
        const shares = share([...busy, queue('newcomer', { weight, due: 1 })], given.length + 1)
        expect(shares).toContainEqual(expect.objectContaining({ tenantId: 'newcomer', take: 1 }))
      }),
    )
  })
})
