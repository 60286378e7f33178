import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryBudget } from '#transfer/bytes/memory-budget.ts'

const KiB = 1024
/** Of every part, not counted. */
const free = 256 * KiB

describe('the memory budget', () => {
  it('lets small files through at once, however full it is', () => {
    const budget = createMemoryBudget(0)
    for (let n = 0; n < 100; n++) {
      let granted = false
      budget.open().take(free, () => {
        granted = true
      })
      expect(granted).toBe(true)
    }
  })

  it('grants in the order in which one account asked', () => {
    const budget = createMemoryBudget(0)
    const blockers = Array.from({ length: 4 }, () => budget.open())
    for (const blocker of blockers) blocker.take(free + 1, () => {})
    const account = budget.open()
    const granted: number[] = []
    for (const n of [0, 1, 2, 3]) account.take(n === 0 ? free + 1 : 1, () => granted.push(n))
    expect(granted).toEqual([])
    blockers[0]!.close()
    expect(granted).toEqual([0, 1, 2, 3])
  })

  it('calls nobody back who has closed, and counts nothing for them', () => {
    const budget = createMemoryBudget(0)
    const blockers = Array.from({ length: 4 }, () => budget.open())
    for (const blocker of blockers) blocker.take(free + 1, () => {})
    const closed = budget.open()
    let calls = 0
    closed.take(free + 1, () => {
      calls += 1
    })
    closed.close()
    closed.close()
    for (const blocker of blockers) blocker.close()
    expect(calls).toBe(0)
    let granted = false
    budget.open().take(free + 1, () => {
      granted = true
    })
    expect(granted).toBe(true)
  })

  it('never holds more than the budget and four parts, and serves everybody in the end', () => {
    const part = fc.array(fc.integer({ min: 1, max: free }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 0, max: 2048 * KiB }),
        fc.infiniteStream(fc.nat()),
        (parts, budgetBytes, luck) => {
          const budget = createMemoryBudget(budgetBytes)
          const largest = Math.max(...parts.map((pieces) => pieces.reduce((sum, bytes) => sum + bytes, 0)))
          const holders = parts.map((pieces) => ({
            account: budget.open(),
            wanted: [...pieces],
            held: 0,
            waits: false,
            isDone: false,
          }))
          const check = () => {
            const counted = holders.reduce((sum, { held, isDone }) => sum + (isDone ? 0 : Math.max(0, held - free)), 0)
            expect(counted).toBeLessThanOrEqual(budgetBytes + 4 * largest)
          }
          const ask = (holder: (typeof holders)[number]) => {
            const bytes = holder.wanted.shift()!
            holder.waits = true
            holder.account.take(bytes, () => {
              holder.waits = false
              holder.held += bytes
            })
            check()
          }
          for (;;) {
            const able = holders.filter(({ waits, isDone }) => !waits && !isDone)
            if (able.length === 0) break
            const holder = able[luck.next().value % able.length]!
            if (holder.wanted.length > 0) ask(holder)
            else {
              holder.isDone = true
              holder.account.close()
              check()
            }
          }
          expect(holders.every(({ isDone }) => isDone)).toBe(true)
        },
      ),
    )
  })
})
