import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { divideRate, isHungry, nextShare, type WorkerShare, type WorkerUse } from '#core/bandwidth/rules/divide-rate.ts'

const hungry = (transfers: number, bytesPerSecond = 0): WorkerUse => ({ transfers, bytesPerSecond, isHungry: true })
const content = (transfers: number, bytesPerSecond: number): WorkerUse => ({
  transfers,
  bytesPerSecond,
  isHungry: false,
})

describe('dividing a maximum of 1000 among workers', () => {
  it.each<[string, WorkerUse[], number[]]>([
    ['nobody', [], []],
    ['a worker without transfers', [hungry(0)], [0]],
    ['one', [hungry(1)], [1000]],
    ['one that uses hardly anything: it may have what nobody wants', [content(1, 10)], [1000]],
    ['two that are hungry', [hungry(1), hungry(1)], [500, 500]],
    ['two that are hungry, by their transfers', [hungry(3), hungry(1)], [750, 250]],
    ['a slow one and a hungry one', [content(4, 100), hungry(4)], [110, 890]],
    ['one that has done nothing yet and a hungry one', [content(1, 0), hungry(1)], [15.625, 984.375]],
    ['a slow one and two hungry ones', [content(1, 100), hungry(1), hungry(1)], [110, 445, 445]],
    ['one that uses its fair share and no more', [content(1, 500), hungry(1)], [500, 500]],
    ['two slow ones, which share what is left', [content(1, 100), content(1, 300)], [390, 610]],
    ['a hungry one and one that has ended', [hungry(2), hungry(0)], [1000, 0]],
  ])('among %s', (_, uses, shares) => {
    divideRate(1000, uses).forEach((share, n) => {
      expect(share).toBeCloseTo(shares[n]!, 6)
    })
  })

  const use = fc.record({
    transfers: fc.nat(200),
    bytesPerSecond: fc.integer({ min: 0, max: 1e10 }),
    isHungry: fc.boolean(),
  })
  const uses = fc.array(use, { minLength: 1, maxLength: 12 })
  const maximum = fc.integer({ min: 1024, max: 1e10 })
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

  it('gives away exactly the maximum, and something to everybody', () => {
    fc.assert(
      fc.property(maximum, uses, (most, all) => {
        const shares = divideRate(most, all)
        const weight = sum(all.map(({ transfers }) => transfers))
        expect(sum(shares)).toBeCloseTo(weight === 0 ? 0 : most, 3)
        shares.forEach((share, n) => {
          const fair = weight === 0 ? 0 : (most * all[n]!.transfers) / weight
          expect(share).toBeGreaterThanOrEqual((fair / 32) * 0.999)
          if (all[n]!.isHungry) expect(share).toBeGreaterThanOrEqual(fair * 0.999)
        })
      }),
    )
  })

  it('gives nobody less when there is more to give, or when it wants more', () => {
    fc.assert(
      fc.property(maximum, maximum, uses, fc.nat(1e9), (one, two, all, more) => {
        const [less, most] = [Math.min(one, two), Math.max(one, two)]
        const before = divideRate(less, all)
        divideRate(most, all).forEach((share, n) => {
          expect(share).toBeGreaterThanOrEqual(before[n]! * 0.999_999)
        })
        const [first, ...others] = all as [WorkerUse, ...WorkerUse[]]
        for (const wanting of [
          { ...first, bytesPerSecond: first.bytesPerSecond + more },
          { ...first, isHungry: true },
        ])
          expect(divideRate(less, [wanting, ...others])[0]).toBeGreaterThanOrEqual(before[0]! * 0.999_999)
      }),
    )
  })
})

describe('workers that report one after the other', () => {
  interface Worker {
    /** What its origins would give it. */
    demand: number
    transfers: number
  }
  /** A worker reads as much as it wants of its share; in every round each reports once, in the order of `turns`. */
  const play = (
    maximum: number,
    workers: readonly Worker[],
    rounds: number,
    turn: (round: number) => readonly number[],
  ) => {
    const shares: WorkerShare[] = workers.map(() => ({ transfers: 0, bytesPerSecond: 0, isHungry: true, share: 0 }))
    for (let round = 0; round < rounds; round++) {
      for (const n of turn(round)) {
        const { demand, transfers } = workers[n]!
        const { share } = shares[n]!
        const own = { transfers, bytesPerSecond: Math.min(demand, share), isHungry: demand > share }
        shares[n] = {
          ...own,
          share: nextShare(
            maximum,
            own,
            shares.filter((_, other) => other !== n),
          ),
        }
        expect(shares.reduce((total, each) => total + each.share, 0)).toBeLessThanOrEqual(maximum * 1.000_001)
      }
    }
    return shares.map(({ share }) => share)
  }
  const worker = fc.record({ demand: fc.integer({ min: 1, max: 10_000 }), transfers: fc.integer({ min: 1, max: 50 }) })

  it('never have more than the maximum together, and soon waste little of it', () => {
    fc.assert(
      fc.property(
        fc.array(worker, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(1000), { minLength: 6, maxLength: 6 }),
        (workers, luck) => {
          const order = workers.map((_, n) => n).sort((a, b) => luck[a]! - luck[b]!)
          const shares = play(5000, workers, 10, () => order)
          const used = workers.reduce((total, { demand }, n) => total + Math.min(demand, shares[n]!), 0)
          const wanted = workers.reduce((total, { demand }) => total + demand, 0)
          // A content worker keeps a tenth of what it uses to grow into, so a tenth of the maximum may lie idle.
          expect(used).toBeGreaterThanOrEqual(Math.min(5000, wanted) * 0.9)
        },
      ),
    )
  })

  it('do not swing: once found, the shares stay', () => {
    fc.assert(
      fc.property(fc.array(worker, { minLength: 1, maxLength: 6 }), (workers) => {
        const order = workers.map((_, n) => n)
        const settled = play(5000, workers, 20, () => order)
        play(5000, workers, 21, () => order).forEach((share, n) => {
          expect(Math.abs(share - settled[n]!)).toBeLessThan(50)
        })
      }),
    )
  })
})

it.each([
  [0, 1000, false],
  [500, 1000, false],
  [501, 1000, true],
  [0, 0, false],
])('a worker that waited %i of %i ms for its share is hungry: %s', (waitedMs, elapsedMs, is) => {
  expect(isHungry({ waitedMs, elapsedMs })).toBe(is)
})
