import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkPreferredHours,
  isOpen,
  nextOpening,
  type PreferredHours,
  weekdays,
} from '#core/sessions/rules/preferred-hours.ts'

const berlin = (...windows: PreferredHours['windows']): PreferredHours => ({ timeZone: 'Europe/Berlin', windows })
const night = berlin({ from: '22:00', to: '06:00' })
const ms = (text: string) => Date.parse(text)
const opening = (hours: PreferredHours, from: string) => new Date(nextOpening(hours, ms(from))).toISOString()

describe('hours', () => {
  // 23 November 2026 is a Monday; Berlin is at UTC+1.
  it.each([
    ['before they begin', night, '2026-11-23T20:59:59.999Z', false],
    ['when they begin', night, '2026-11-23T21:00:00.000Z', true],
    ['behind midnight', night, '2026-11-24T03:00:00.000Z', true],
    ['just before they end', night, '2026-11-24T04:59:59.999Z', true],
    ['when they end', night, '2026-11-24T05:00:00.000Z', false],
    ['until midnight', berlin({ from: '22:00', to: '24:00' }), '2026-11-23T22:59:59.999Z', true],
    ['at midnight', berlin({ from: '22:00', to: '24:00' }), '2026-11-23T23:00:00.000Z', false],
    [
      'at a midnight that is written as 00:00',
      berlin({ from: '22:00', to: '00:00' }),
      '2026-11-23T23:00:00.000Z',
      false,
    ],
    ['just before it', berlin({ from: '22:00', to: '00:00' }), '2026-11-23T22:59:59.999Z', true],
    ['of a whole day', berlin({ days: ['mon'], from: '00:00', to: '24:00' }), '2026-11-23T12:00:00.000Z', true],
    ['of another day', berlin({ days: ['tue'], from: '00:00', to: '24:00' }), '2026-11-23T12:00:00.000Z', false],
    ['that began yesterday', berlin({ days: ['sun'], from: '22:00', to: '06:00' }), '2026-11-23T03:00:00.000Z', true],
    ['that begin tonight', berlin({ days: ['mon'], from: '22:00', to: '06:00' }), '2026-11-23T03:00:00.000Z', false],
    [
      'the second window',
      berlin({ from: '01:00', to: '02:00' }, { from: '12:00', to: '14:00' }),
      '2026-11-23T12:00:00Z',
      true,
    ],
    [
      'between two windows',
      berlin({ from: '01:00', to: '02:00' }, { from: '12:00', to: '14:00' }),
      '2026-11-23T10:00:00Z',
      false,
    ],
    [
      'of a zone with half an hour',
      { timeZone: 'Asia/Kolkata', windows: [{ from: '00:00', to: '01:00' }] },
      '2026-11-23T18:30:00Z',
      true,
    ],
  ] as const)('%s', (_name, hours, at, open) => {
    expect(isOpen(hours as PreferredHours, ms(at))).toBe(open)
  })
})

describe('the next opening', () => {
  it.each([
    ['is now when it is open', night, '2026-11-24T03:00:00.000Z', '2026-11-24T03:00:00.000Z'],
    ['is tonight', night, '2026-11-23T12:00:00.000Z', '2026-11-23T21:00:00.000Z'],
    [
      'is in a week when today’s is over',
      berlin({ days: ['mon'], from: '01:00', to: '02:00' }),
      '2026-11-23T12:00:00Z',
      '2026-11-30T00:00:00.000Z',
    ],
    [
      'is the sooner of two windows',
      berlin({ from: '20:00', to: '21:00' }, { from: '15:00', to: '16:00' }),
      '2026-11-23T12:00:00Z',
      '2026-11-23T14:00:00.000Z',
    ],
    // The clocks of Berlin go from 02:00 to 03:00 on 28 March 2027, a Sunday.
    ['is an hour sooner when clocks have gone forward', night, '2027-03-28T12:00:00Z', '2027-03-28T20:00:00.000Z'],
    [
      'is the jump of the clocks into a window',
      berlin({ from: '02:30', to: '04:00' }),
      '2027-03-28T00:00:00Z',
      '2027-03-28T01:00:00.000Z',
    ],
    [
      'skips a window that the clocks jump over',
      berlin({ from: '02:15', to: '02:45' }),
      '2027-03-28T00:00:00Z',
      '2027-03-29T00:15:00.000Z',
    ],
    [
      'skips it for a week if need be',
      berlin({ days: ['sun'], from: '02:15', to: '02:45' }),
      '2027-03-28T00:00:00Z',
      '2027-04-04T00:15:00.000Z',
    ],
    // They go from 03:00 back to 02:00 on 25 October 2026, a Sunday.
    [
      'is the first of two when clocks go back',
      berlin({ from: '02:30', to: '02:45' }),
      '2026-10-25T00:00:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'is the second when the first is over',
      berlin({ from: '02:30', to: '02:45' }),
      '2026-10-25T00:50:00Z',
      '2026-10-25T01:30:00.000Z',
    ],
    [
      'is the jump back into a window',
      berlin({ from: '01:00', to: '02:30' }),
      '2026-10-25T00:40:00Z',
      '2026-10-25T01:00:00.000Z',
    ],
    ['is an hour later when clocks have gone back', night, '2026-10-25T12:00:00Z', '2026-10-25T21:00:00.000Z'],
    [
      'knows the other half of the world',
      { timeZone: 'Australia/Lord_Howe', windows: [{ from: '02:10', to: '02:20' }] },
      '2026-10-03T15:00:00Z',
      '2026-10-04T15:10:00.000Z',
    ],
    [
      'knows a country that skipped a day',
      { timeZone: 'Pacific/Apia', windows: [{ days: ['fri'], from: '10:00', to: '11:00' }] },
      '2011-12-29T12:00:00Z',
      '2012-01-05T20:00:00.000Z',
    ],
  ] as const)('%s', (_name, hours, from, at) => {
    expect(opening(hours as PreferredHours, from)).toBe(at)
  })

  const time = fc.integer({ min: 0, max: 95 }).map((quarter) => clock(quarter * 15))
  const window = fc
    .record(
      { days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }), from: time, to: time },
      { requiredKeys: ['from', 'to'] },
    )
    .filter(({ from, to }) => from !== to)
  const hours = fc.record({
    timeZone: fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'Pacific/Chatham',
    ),
    windows: fc.array(window, { minLength: 1, maxLength: 3 }),
  }) as fc.Arbitrary<PreferredHours>
  // Around the days on which clocks change, more often than by chance.
  const days = ['2026-10-04', '2026-10-25', '2026-11-01', '2027-03-14', '2027-03-28', '2027-04-04', '2027-07-01']
  const moment = fc
    .tuple(fc.constantFrom(...days), fc.integer({ min: -3 * 1440, max: 3 * 1440 }))
    .map(([day, minutes]) => ms(day) + minutes * 60_000)

  it('is open, comes within 15 days, and has nothing open before it', () => {
    fc.assert(
      fc.property(hours, moment, (each, from) => {
        const at = nextOpening(each, from)
        expect(isOpen(each, at)).toBe(true)
        expect(at).toBeGreaterThanOrEqual(from)
        expect(at).toBeLessThan(from + 15 * 86_400_000)
        // Windows and clocks move in steps of a quarter of an hour here.
        for (let ms = from; ms < Math.min(at, from + 2 * 86_400_000); ms += 300_000) {
          if (isOpen(each, ms)) throw new Error(`open at ${new Date(ms).toISOString()}`)
        }
        if (at > from) expect(isOpen(each, at - 1)).toBe(false)
      }),
      { numRuns: 200 },
    )
  })
})

describe('hours that mean nothing', () => {
  it.each(['Mars/Olympus', '', '+01:00', 'Europe/Berlin ', 'UTC+1'])('of the zone %j are refused', (timeZone) => {
    expect(checkPreferredHours({ ...night, timeZone }, '/at')).toMatchObject([{ pointer: '/at/timeZone' }])
  })

  it('because a window is empty are refused, each with its place', () => {
    const empty = berlin({ from: '10:00', to: '10:00' }, { from: '00:00', to: '24:00' }, { from: '00:00', to: '00:00' })
    expect(checkPreferredHours(empty, '/at').map(({ pointer }) => pointer)).toEqual([
      '/at/windows/0/to',
      '/at/windows/2/to',
    ])
  })

  it('are the only ones that are refused', () => {
    expect(checkPreferredHours(night, '')).toEqual([])
    expect(checkPreferredHours({ ...night, timeZone: 'UTC' }, '')).toEqual([])
  })
})

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}
