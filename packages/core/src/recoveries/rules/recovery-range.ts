import type { RequestError } from '../../kernel/rules/errors.ts'

/** Events are recovered so many days back. */
export const recoveryDays = 30

const dayMs = 86_400_000
/** Clocks of clients are not ours. */
const leewayMs = 60_000

/**
 * Numbers and times of events do not grow quite alike: the time is taken before the feed's lock is waited for. No statement
 * may take so long (database.ts), let alone that wait.
 */
export const disorderSeconds = 60

/** `until` null: up to now. */
export interface RecoveryRange {
  since: Date
  until: Date | null
}

/** The range of a recovery, given in RFC 3339, or all of its errors. */
export function recoveryRange(
  given: { since: string; until?: string | undefined },
  nowMs: number,
): { range: RecoveryRange } | { errors: RequestError[] } {
  const since = new Date(given.since)
  const until = given.until === undefined ? null : new Date(given.until)
  const errors = [...errorsIn(since, '/since', nowMs), ...(until ? errorsIn(until, '/until', nowMs) : [])]
  if (since.getTime() < nowMs - recoveryDays * dayMs - leewayMs) {
    const detail = `The time is more than ${recoveryDays} days ago.`
    errors.push({ pointer: '/since', code: 'minimum', detail })
  }
  if (until && until <= since) {
    errors.push({ pointer: '/until', code: 'minimum', detail: 'The end of the range is not later than its beginning.' })
  }
  return errors.length > 0 ? { errors } : { range: { since, until } }
}

function errorsIn(date: Date, pointer: string, nowMs: number): RequestError[] {
  // A leap second is a valid RFC 3339 time, but not one that JavaScript or PostgreSQL can hold.
  if (Number.isNaN(date.getTime())) return [{ pointer, code: 'date-time', detail: 'The time cannot be represented.' }]
  if (date.getTime() <= nowMs + leewayMs) return []
  return [{ pointer, code: 'maximum', detail: 'The time lies in the future.' }]
}
