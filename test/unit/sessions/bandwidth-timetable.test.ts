import { describe, expect, it } from 'vitest'
import { checkBandwidthTimetable, sessionRate, withTimeZones } from '#core/sessions/rules/bandwidth-timetable.ts'

const window = (from: string, to: string, maximumBytesPerSecond: number | null, more = {}) => ({
  timeZone: 'Europe/Berlin',
  from,
  to,
  maximumBytesPerSecond,
  ...more,
})

describe("a session's maximum", () => {
  const office = window('08:00', '18:00', 2000, { days: ['mon', 'tue', 'wed', 'thu', 'fri'] })
  const night = window('22:00', '06:00', null)
  const lunch = window('12:00', '13:00', 9000)
  it.each([
    ['within a window, by the clocks of its place', '2026-07-01T06:30:00Z', 2000],
    ['and in winter', '2026-12-01T07:30:00Z', 2000],
    ['before it', '2026-12-01T06:30:00Z', 5000],
    ['at its end', '2026-12-01T17:00:00Z', 5000],
    ['on another day', '2026-12-05T12:30:00Z', 5000],
    ['in a window over midnight that lifts it', '2026-12-02T02:00:00Z', null],
    ['in two windows, the smaller one', '2026-12-01T11:30:00Z', 2000],
  ])('%s', (_, at, rate) => {
    const session = { maximumBytesPerSecond: 5000, bandwidthTimetable: [office, night, lunch] }
    // At the week-end the window at lunch would be open, too.
    const timetable = at.includes('12-05') ? [office, night] : session.bandwidthTimetable
    expect(
      sessionRate({ ...session, bandwidthTimetable: timetable as typeof session.bandwidthTimetable }, Date.parse(at)),
    ).toBe(rate)
  })

  it('is the smallest one, where an open window has one and another has none', () => {
    const bandwidthTimetable = [window('00:00', '24:00', null), window('00:00', '24:00', 3000)]
    expect(sessionRate({ maximumBytesPerSecond: 1024, bandwidthTimetable }, 0)).toBe(3000)
  })
})

describe('a timetable', () => {
  it('is by UTC where it names no zone', () => {
    expect(withTimeZones([{ from: '01:00', to: '02:00', maximumBytesPerSecond: null }])).toEqual([
      { from: '01:00', to: '02:00', maximumBytesPerSecond: null, timeZone: 'UTC' },
    ])
  })

  it('is refused like preferred hours, with a pointer to each window', () => {
    const errors = checkBandwidthTimetable(
      [
        window('08:00', '18:00', 2000),
        window('08:00', '08:00', 2000),
        window('08:00', '09:00', 1, { timeZone: 'Mars' }),
      ],
      '/configuration/bandwidthTimetable',
    )
    expect(errors.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/configuration/bandwidthTimetable/1/to', 'neverOpens'],
      ['/configuration/bandwidthTimetable/2/timeZone', 'timeZone'],
    ])
  })
})
