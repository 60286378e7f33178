import { describe, expect, test } from 'vitest'
import { createSharedClock } from '#dashboard/rules/shared-clock.ts'
import { eventually } from '#support/assertions/eventually.ts'

describe('the clock that all times share', () => {
  test('reads the time once a tick, however many listen, and stands still when nobody does', async () => {
    let reads = 0
    let ms = 1_000
    const clock = createSharedClock(() => {
      reads += 1
      return ms
    }, 5)
    const heard = [0, 0, 0]
    const leave = heard.map((_, n) => clock.listen(() => (heard[n]! += 1)))
    const before = reads
    ms = 2_000
    await eventually('all have heard of a tick', async () => heard.every((count) => count > 0))
    expect(reads - before).toBe(heard[0])
    for (const each of leave) each()
    const [told, after] = [[...heard], reads]
    const other = createSharedClock(() => ms, 5)
    let ticks = 0
    const stop = other.listen(() => (ticks += 1))
    await eventually('another clock has gone on', async () => ticks > 2)
    stop()
    expect([heard, reads]).toEqual([told, after])
  })

  test('is the same for all between two ticks, and in whole steps where it is asked for them', () => {
    let ms = 12_345
    const clock = createSharedClock(() => ms, 1_000)
    ms = 12_900
    expect([clock.nowMs(), clock.nowMs(5_000)]).toEqual([12_345, 10_000])
  })

  test('is right at once when nobody has listened for long', () => {
    let ms = 1_000
    const clock = createSharedClock(() => ms, 1_000)
    ms = 60_000
    expect(clock.nowMs()).toBe(60_000)
  })
})
