import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latestStart, plannedStart, defaultDurationPolicy as policy } from '#core/sessions/rules/latest-start.ts'

const readyAtMs = Date.parse('2026-11-23T12:00:00.000Z')
const hourMs = 3_600_000
const night = { timeZone: 'UTC', windows: [{ from: '22:00', to: '06:00' }] }
/** Minutes that the latest start lies before a deadline ten hours away. */
const minutesBefore = (expectedBytes: number | null, rate: number | null) => {
  const deadlineMs = readyAtMs + 10 * hourMs
  return (deadlineMs - latestStart(policy, { readyAtMs, deadlineMs, expectedBytes }, rate)) / 60_000
}

describe('the latest start', () => {
  it.each([
    ['leaves a minute of margin to a task that takes none', 0, 1_000_000, 1],
    ['leaves time for the transfer and half of it', 600_000_000, 1_000_000, 15],
    ['leaves a minute at least', 60_000_000, 1_000_000, 2],
    ['assumes a rate where nobody has measured', 600 * 1_048_576, null, 15],
    ['assumes a size where nobody has said one', null, 67_108_864 / 600, 15],
    ['does not believe that nothing moves', 600 * 1_048_576, 0, 15],
  ])('%s', (_name, bytes, rate, minutes) => {
    expect(minutesBefore(bytes, rate)).toBeCloseTo(minutes, 5)
  })

  it('is never before the task is ready, and never behind its deadline', () => {
    const size = fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER }))
    const rate = fc.option(fc.double({ min: 0, max: 1e12, noNaN: true }))
    fc.assert(
      fc.property(size, rate, fc.nat({ max: 31_536_000_000 }), (expectedBytes, perSecond, ms) => {
        const deadlineMs = readyAtMs + ms
        const latest = latestStart(policy, { readyAtMs, deadlineMs, expectedBytes }, perSecond)
        expect(latest).toBeGreaterThanOrEqual(readyAtMs)
        expect(latest).toBeLessThanOrEqual(deadlineMs)
        expect(Number.isInteger(latest)).toBe(true)
      }),
    )
  })
})

describe('the planned start', () => {
  it.each([
    ['is when it is ready without hours', null, null, 0],
    ['is the next opening', night, null, 10],
    ['is the next opening before the latest start', night, 11, 10],
    ['is the latest start when the hours open too late', night, 3, 3],
    ['is at once when the latest start has passed', night, -1, 0],
  ])('%s', (_name, hours, latest, planned) => {
    const latestMs = latest === null ? null : readyAtMs + latest * hourMs
    expect(plannedStart(hours, readyAtMs, latestMs)).toBe(readyAtMs + planned * hourMs)
  })
})
