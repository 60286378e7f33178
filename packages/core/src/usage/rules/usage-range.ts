import type { RequestError } from '../../kernel/rules/errors.ts'

export const usageSteps = ['hour', 'day'] as const
export type UsageStep = (typeof usageSteps)[number]

const hourMs = 3_600_000
const dayMs = 24 * hourMs
export const stepMs: Record<UsageStep, number> = { hour: hourMs, day: dayMs }

/** The most points of a response. */
export const maxUsagePoints = 1000

/** Without `since`: so long before the end. */
const usualMs: Record<UsageStep, number> = { hour: 2 * dayMs, day: 30 * dayMs }

/** Whole hours or days in UTC, Unix ms: the first begins at `sinceMs`, the last ends at `endMs`. */
export interface UsageRange {
  step: UsageStep
  sinceMs: number
  endMs: number
}

/** Times in RFC 3339. */
export interface GivenUsageRange {
  since?: string | undefined
  until?: string | undefined
  step?: UsageStep | undefined
}

/**
 * The hours or days that touch the range, or all of its errors. It ends now at the latest: nothing is known of the future.
 * By default it ends now, goes by days, and begins 30 days earlier, or 2 days earlier by hours.
 */
export function usageRange(given: GivenUsageRange, nowMs: number): { range: UsageRange } | { errors: RequestError[] } {
  const step = given.step ?? 'day'
  const until = momentOf(given.until, nowMs)
  const since = momentOf(given.since, until - usualMs[step])
  const errors: RequestError[] = []
  // A leap second is a valid RFC 3339 time, but not one that JavaScript can hold.
  for (const [name, ms] of Object.entries({ since, until }))
    if (Number.isNaN(ms) && given[name as 'since' | 'until'] !== undefined)
      errors.push({ pointer: `/query/${name}`, code: 'date-time', detail: 'The time cannot be represented.' })
  if (errors.length > 0) return { errors }
  if (since > until) {
    const detail = 'The beginning of the range is later than its end.'
    return { errors: [{ pointer: '/query/since', code: 'maximum', detail }] }
  }
  const each = stepMs[step]
  const sinceMs = Math.floor(since / each) * each
  const endMs = Math.max(sinceMs, Math.ceil(Math.min(until, nowMs) / each) * each)
  const points = (endMs - sinceMs) / each
  if (points > maxUsagePoints) {
    const detail = `These are ${points} points; there may be ${maxUsagePoints}.`
    const fix = step === 'hour' ? 'Ask for days, or for a shorter range.' : 'Ask for a shorter range.'
    return { errors: [{ pointer: '/query/step', code: 'maximum', detail, fix }] }
  }
  return { range: { step, sinceMs, endMs } }
}

function momentOf(given: string | undefined, otherwise: number): number {
  return given === undefined ? otherwise : Date.parse(given)
}
