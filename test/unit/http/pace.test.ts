import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPace } from '#transfer/http/pace.ts'
import { createReadAllowance } from '#transfer/http/read-allowance.ts'
import { createSharedRate, type SharedRate } from '#transfer/http/shared-rate.ts'

// Time goes on only when a test says so: timers and the clock of the rates.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const never = () => {
  throw new Error('nobody was to be told')
}

describe('a rate that readers share', () => {
  it('serves them in the order in which they ask, each when its bytes have accrued', () => {
    const rate = createSharedRate(1000)
    const served: string[] = []
    for (const name of ['first', 'second', 'third']) rate.take(100, () => served.push(name))
    expect(served).toEqual([])
    vi.advanceTimersByTime(1)
    expect(served).toEqual(['first'])
    vi.advanceTimersByTime(98)
    expect(served).toEqual(['first'])
    vi.advanceTimersByTime(3)
    expect(served).toEqual(['first', 'second'])
    vi.advanceTimersByTime(102)
    expect(served).toEqual(['first', 'second', 'third'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps nobody waiting for one who has gone', () => {
    const rate = createSharedRate(1000)
    const withdraw = rate.take(1e6, never)
    let isServed = false
    rate.take(1, () => {
      isServed = true
    })
    withdraw()
    vi.advanceTimersByTime(2)
    expect([isServed, vi.getTimerCount()]).toEqual([true, 0])
  })

  it('serves those who wait when it is raised from nothing', () => {
    const rate = createSharedRate(0)
    let isServed = false
    rate.take(10, () => {
      isServed = true
    })
    expect(vi.getTimerCount()).toBe(0)
    rate.change(1000)
    vi.advanceTimersByTime(2)
    expect(isServed).toBe(true)
  })

  it('tells what was read, and how long somebody waited for it', () => {
    const rate = createSharedRate(1000)
    rate.take(500, () => {})
    vi.advanceTimersByTime(1)
    rate.take(200, () => {})
    rate.give(100)
    vi.advanceTimersByTime(999)
    expect(rate.measure(1001)).toBeNull()
    expect(rate.measure()).toEqual({ bytes: 600, waitedMs: 401, elapsedMs: 1000 })
    expect(rate.measure()).toEqual({ bytes: 0, waitedMs: 0, elapsedMs: 0 })
  })
})

describe('the pace of a download', () => {
  it('waits for the narrow rate before it takes anything of the wide one', () => {
    const [narrow, wide] = [createSharedRate(100), createSharedRate(10_000)]
    const pace = createPace([narrow, wide])
    vi.advanceTimersByTime(1000)
    let taken = 0
    const take = () =>
      pace.take(100, () => {
        taken += 100
        take()
      })
    take()
    let others = 0
    const takeOther = () =>
      wide.take(100, () => {
        others += 100
        takeOther()
      })
    takeOther()
    vi.advanceTimersByTime(10_000)
    expect(taken).toBeGreaterThanOrEqual(1000)
    expect(taken).toBeLessThanOrEqual(1200)
    expect(others).toBeGreaterThanOrEqual(98_000)
    expect(taken + others).toBeLessThanOrEqual(105_200)
    expect(pace.waitedMs()).toBeGreaterThan(9000)
  })

  it('goes by its new rates at once, those that wait too, and gives the old ones back what they had given', () => {
    const [old, stopped] = [createSharedRate(1000), createSharedRate(0)]
    const pace = createPace([old, stopped])
    vi.advanceTimersByTime(500)
    let isGranted = false
    pace.take(500, () => {
      isGranted = true
    })
    expect(isGranted).toBe(false)
    pace.limitTo([])
    expect([isGranted, pace.isLimited()]).toEqual([true, false])
    let isLeft = false
    old.take(500, () => {
      isLeft = true
    })
    expect(isLeft).toBe(true)
  })

  it('loses no byte of its rates, whatever is taken, withdrawn, given back and changed', () => {
    const step = fc.record({
      act: fc.constantFrom('take', 'withdraw', 'give', 'change', 'limit', 'wait'),
      luck: fc.nat(1000),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rates = [createSharedRate(1000), createSharedRate(5000)] as const
        const pace = createPace([...rates])
        const waiting: (() => void)[] = []
        let granted = 0
        const start = performance.now()
        for (const { act, luck } of steps) {
          if (act === 'take') {
            waiting.push(
              pace.take(luck, () => {
                granted += luck
              }),
            )
          } else if (act === 'withdraw') waiting.splice(luck % Math.max(1, waiting.length), 1)[0]?.()
          else if (act === 'give') {
            const back = Math.min(luck, granted)
            granted -= back
            pace.give(back)
          } else if (act === 'change') rates[luck % 2]!.change(luck)
          else if (act === 'limit') pace.limitTo(luck % 2 === 0 ? [rates[0]] : [...rates])
          else vi.advanceTimersByTime(luck)
        }
        const seconds = (performance.now() - start) / 1000
        // The first rate counts everything, and was never above 1000 bytes a second.
        expect(granted).toBeLessThanOrEqual(1000 * (seconds + 0.5) + 1000 * 60)
        rates[0].change(1000)
        rates[1].change(5000)
        for (const withdraw of waiting) withdraw()
        expect(vi.getTimerCount()).toBe(0)
      }),
    )
  })
})

describe('the allowance of a connection', () => {
  const allowanceOf = (rate: SharedRate) => {
    let granted = 0
    const allowance = createReadAllowance(() => {
      granted += 1
    })
    allowance.set(createPace([rate]))
    return { allowance, granted: () => granted }
  }

  it('holds a connection back when it is used up, and lets it read as much as it was granted', () => {
    const { allowance, granted } = allowanceOf(createSharedRate(20_000))
    allowance.keep()
    expect(allowance.isHeld()).toBe(true)
    vi.advanceTimersByTime(1)
    expect([allowance.isHeld(), granted(), allowance.most()]).toEqual([false, 1, 1000])
    allowance.spend(400)
    expect([allowance.isHeld(), allowance.most()]).toEqual([false, 600])
    allowance.spend(600)
    expect([allowance.isHeld(), allowance.most()]).toEqual([true, 1000])
  })

  it('counts the head of a response without holding it, and has it paid before the body goes on', () => {
    const { allowance } = allowanceOf(createSharedRate(1000))
    allowance.spend(5000)
    expect(allowance.isHeld()).toBe(false)
    allowance.keep()
    vi.advanceTimersByTime(4700)
    expect(allowance.isHeld()).toBe(true)
    vi.advanceTimersByTime(400)
    expect(allowance.isHeld()).toBe(false)
  })

  it('leaves what it has read too early to be paid by those who share its rate', () => {
    const rate = createSharedRate(1000)
    const { allowance } = allowanceOf(rate)
    allowance.spend(3000)
    allowance.set(null)
    let isServed = false
    rate.take(1, () => {
      isServed = true
    })
    vi.advanceTimersByTime(2999)
    expect(isServed).toBe(false)
    vi.advanceTimersByTime(5)
    expect(isServed).toBe(true)
  })

  it('asks for nothing any more when its connection has ended', () => {
    const { allowance } = allowanceOf(createSharedRate(10))
    allowance.keep()
    allowance.set(null)
    expect([allowance.isHeld(), allowance.most(), vi.getTimerCount()]).toEqual([false, Number.POSITIVE_INFINITY, 0])
  })
})
