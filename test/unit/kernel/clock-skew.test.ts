import { describe, expect, it } from 'vitest'
import { clockOffset, createClockWatch } from '#core/kernel/clock-skew.ts'

const now = Date.UTC(2026, 10, 25)

function watched() {
  const said: unknown[] = []
  const log = { info() {}, warn() {}, error: (fields: object) => void said.push(fields) }
  return { watch: createClockWatch(log), said }
}

describe('a clock', () => {
  it.each([
    [0, null],
    [60_000, null],
    [-60_000, null],
    [60_001, 60_001],
    [-60_001, -60_001],
    [600_000, 600_000],
  ])('that is %i ms ahead of the database’s is off by %s', (aheadMs, offset) => {
    expect(clockOffset(now + aheadMs, now)).toBe(offset)
  })

  it('is complained about once a minute, with its offset', () => {
    const { watch, said } = watched()
    for (let second = 0; second <= 120; second++) watch.agrees(now + second * 1000, now + second * 1000 + 600_000)
    expect(said).toEqual(Array(3).fill({ event: 'clock.off', offsetMs: -600_000 }))
  })

  it('is not asked again for ten seconds, and is forgiven once it agrees', () => {
    const { watch } = watched()
    expect(watch.isOff(now)).toBe(false)
    expect(watch.agrees(now, now - 600_000)).toBe(false)
    expect([watch.isOff(now), watch.isOff(now + 9_999), watch.isOff(now + 10_000)]).toEqual([true, true, false])
    expect(watch.agrees(now + 10_000, now + 10_000)).toBe(true)
    expect(watch.isOff(now + 10_001)).toBe(false)
  })

  it('that was put right by a jump back is asked at once', () => {
    const { watch } = watched()
    watch.agrees(now, now - 600_000)
    expect(watch.isOff(now - 600_000)).toBe(false)
  })
})
