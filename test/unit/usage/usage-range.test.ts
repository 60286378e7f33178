import { describe, expect, it } from 'vitest'
import { type GivenUsageRange, maxUsagePoints, usageRange } from '#core/usage/rules/usage-range.ts'

const now = Date.parse('2026-06-30T12:34:56.789Z')

/** Its first point, and the end of its last one. */
function endsOf(given: GivenUsageRange): [string, string] {
  const checked = usageRange(given, now)
  if ('errors' in checked) throw new Error(JSON.stringify(checked.errors))
  const { sinceMs, endMs } = checked.range
  return [new Date(sinceMs).toISOString(), new Date(endMs).toISOString()]
}

describe('the range of usage', () => {
  const leaps = ['1990-12-31T23:59:60Z']
  it.each<[string, GivenUsageRange, string, string]>([
    ['30 days and today, without anything', {}, '2026-05-31T00:00:00.000Z', '2026-07-01T00:00:00.000Z'],
    ['two days by hours', { step: 'hour' }, '2026-06-28T12:00:00.000Z', '2026-06-30T13:00:00.000Z'],
    [
      'from a time up to now',
      { since: '2026-06-29T23:59:59Z' },
      '2026-06-29T00:00:00.000Z',
      '2026-07-01T00:00:00.000Z',
    ],
    ['30 days up to a time', { until: '2026-05-15T00:00:00Z' }, '2026-04-15T00:00:00.000Z', '2026-05-15T00:00:00.000Z'],
    [
      'in UTC, whatever zone the times are in',
      { since: '2026-06-02T01:00:00+02:00', until: '2026-06-02T22:00:00-03:00' },
      '2026-06-01T00:00:00.000Z',
      '2026-06-04T00:00:00.000Z',
    ],
    [
      'the hour that contains a moment',
      { since: '2026-06-02T10:30:00Z', until: '2026-06-02T10:30:00Z', step: 'hour' },
      '2026-06-02T10:00:00.000Z',
      '2026-06-02T11:00:00.000Z',
    ],
    [
      'nothing between a full hour and itself',
      { since: '2026-06-02T10:00:00Z', until: '2026-06-02T10:00:00Z', step: 'hour' },
      '2026-06-02T10:00:00.000Z',
      '2026-06-02T10:00:00.000Z',
    ],
    [
      'up to now when the end lies in the future',
      { since: '2026-06-30T00:00:00Z', until: '2999-01-01T00:00:00Z' },
      '2026-06-30T00:00:00.000Z',
      '2026-07-01T00:00:00.000Z',
    ],
    [
      'nothing in the future',
      { since: '2026-07-10T00:00:00Z', until: '2026-07-12T00:00:00Z' },
      '2026-07-10T00:00:00.000Z',
      '2026-07-10T00:00:00.000Z',
    ],
  ])('is %s', (_, given, since, end) => {
    expect(endsOf(given)).toEqual([since, end])
  })

  it(`has ${maxUsagePoints} points at most`, () => {
    const hoursAgo = (hours: number) => new Date(Date.parse('2026-06-30T12:00:00Z') - hours * 3_600_000).toISOString()
    const range = (points: number) => usageRange({ since: hoursAgo(points), until: hoursAgo(0), step: 'hour' }, now)
    expect(range(maxUsagePoints)).toHaveProperty('range')
    expect(range(maxUsagePoints + 1)).toMatchObject({ errors: [{ pointer: '/query/step', code: 'maximum' }] })
  })

  it.each<[string, GivenUsageRange, string[]]>([
    ['backwards', { since: '2026-06-02T00:00:00Z', until: '2026-06-01T00:00:00Z' }, ['/query/since maximum']],
    ['from the future without an end', { since: '2026-07-02T00:00:00Z' }, ['/query/since maximum']],
    ['of centuries', { since: '0001-01-01T00:00:00Z' }, ['/query/step maximum']],
    ['from a leap second', { since: leaps[0] }, ['/query/since date-time']],
    ['to a leap second', { until: leaps[0] }, ['/query/until date-time']],
    ['of two leap seconds', { since: leaps[0], until: leaps[0] }, ['/query/since date-time', '/query/until date-time']],
  ])('is refused %s', (_, given, expected) => {
    const checked = usageRange(given, now)
    const errors = 'errors' in checked ? checked.errors : []
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(expected)
  })
})
