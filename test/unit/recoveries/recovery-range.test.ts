import { describe, expect, it } from 'vitest'
import { recoveryRange } from '#core/recoveries/rules/recovery-range.ts'

const now = Date.parse('2026-06-30T12:00:00Z')
const days = (count: number) => new Date(now - count * 86_400_000).toISOString()
const seconds = (count: number) => new Date(now + count * 1000).toISOString()

describe('the range of a recovery', () => {
  it.each([
    ['from a moment up to now', { since: days(1) }],
    ['from one moment to another', { since: days(2), until: days(1) }],
    [
      'thirty days ago, as a client knows it whose clock is a little behind',
      { since: new Date(Date.parse(days(30)) - 30_000).toISOString() },
    ],
    ['up to the now of a client whose clock is a little ahead', { since: days(1), until: seconds(30) }],
  ])('is %s', (_, given: { since: string; until?: string }) => {
    const until = given.until === undefined ? null : new Date(given.until)
    expect(recoveryRange(given, now)).toEqual({ range: { since: new Date(given.since), until } })
  })

  it.each([
    ['more than thirty days ago', { since: days(31) }, ['/since minimum']],
    ['in the future', { since: seconds(90) }, ['/since maximum']],
    ['to the future', { since: days(1), until: seconds(90) }, ['/until maximum']],
    ['backwards', { since: days(1), until: days(2) }, ['/until minimum']],
    ['empty', { since: days(1), until: days(1) }, ['/until minimum']],
    ['from a leap second', { since: '2016-12-31T23:59:60Z' }, ['/since date-time']],
    ['wrong in all ways', { since: days(40), until: days(50) }, ['/since minimum', '/until minimum']],
  ])('is refused %s', (_, given: { since: string; until?: string }, expected) => {
    const checked = recoveryRange(given, now)
    const errors = 'errors' in checked ? checked.errors : []
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(expected)
  })
})
