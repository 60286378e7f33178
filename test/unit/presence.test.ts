import { describe, expect, it } from 'vitest'
import { acquisitionsPerHour, acquisitionWaitSeconds } from '../../packages/core/src/domain/presence.ts'

const now = 1_800_000_000_000
const hour = 3_600_000
/** So many, a second apart, the last one just now. */
const taken = (count: number) => Array.from({ length: count }, (_, n) => now - n * 1000)

describe('a foreground lease', () => {
  it('may be taken 30 times an hour', () => {
    expect(acquisitionsPerHour).toBe(30)
    expect(acquisitionWaitSeconds([], now)).toBeNull()
    expect(acquisitionWaitSeconds(taken(29), now)).toBeNull()
    expect(acquisitionWaitSeconds(taken(30), now)).toBe(3600 - 29)
  })

  it.each([
    ['as soon as the oldest of them is an hour old', now - hour, null],
    ['not a millisecond before, and then it says a whole second', now - hour + 1, 1],
    ['rounded up', now - hour + 1_001, 2],
  ])('may be taken again %s', (_when, oldest, wait) => {
    expect(acquisitionWaitSeconds([...taken(29), oldest], now)).toBe(wait)
  })

  it('counts the newest 30, in whatever order they come', () => {
    const many = [...taken(40)].reverse()
    expect(acquisitionWaitSeconds(many, now)).toBe(3600 - 29)
  })
})
