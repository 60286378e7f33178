import { describe, expect, it } from 'vitest'
import { acquisitionsLeft, acquisitionsPerHour } from '#core/wakes/rules/foreground-quota.ts'

const now = 1_800_000_000_000
const hour = 3_600_000
/** So many, a second apart, the last one just now. */
const taken = (count: number) => Array.from({ length: count }, (_, n) => now - n * 1000)

const left = (takenAt: number[]) => {
  const { left, moreInSeconds } = acquisitionsLeft(takenAt, now)
  return [left, moreInSeconds]
}

describe('a foreground lease', () => {
  it('may be taken 30 times an hour', () => {
    expect(acquisitionsPerHour).toBe(30)
    expect(acquisitionsLeft([], now)).toMatchObject({ quota: 30, windowSeconds: 3600, left: 30 })
    expect(left(taken(1))).toEqual([29, 3600])
    expect(left(taken(29))).toEqual([1, 3600 - 28])
    expect(left(taken(30))).toEqual([0, 3600 - 29])
  })

  it.each([
    ['as soon as the oldest of them is an hour old', now - hour, [1, 3600 - 28]],
    ['not a millisecond before, and then it says a whole second', now - hour + 1, [0, 1]],
    ['rounded up', now - hour + 1_001, [0, 2]],
  ])('may be taken again %s', (_when, oldest, expected) => {
    expect(left([...taken(29), oldest])).toEqual(expected)
  })

  it('counts the newest 30, in whatever order they come', () => {
    const many = [...taken(40)].reverse()
    expect(left(many)).toEqual([0, 3600 - 29])
  })
})
