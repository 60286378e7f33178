import { AppError } from '../../kernel/rules/errors.ts'
import { type LimitName, violationOf } from './limits.ts'

/** What quotas that refuse a creation are counted in. */
const things = {
  maximumTasksWaiting: 'tasks that wait',
  maximumSessions: 'sessions',
  maximumEndpoints: 'webhook endpoints',
  maximumApiKeys: 'API keys',
  maximumStreams: 'open streams',
} as const satisfies { [Name in LimitName]?: string }
export type Quota = keyof typeof things

/** Throws `quota_exceeded` if `adding` more than are `used` would be more than the maximum (null: there is none). */
export function requireRoom(
  name: Quota,
  { maximum, used, adding = 1 }: { maximum: number | null; used: number; adding?: number },
  retryAfterSeconds?: number,
): void {
  const violation = violationOf(name, maximum, used, adding)
  if (violation === null) return
  const detail = `The tenant may have ${violation.maximum} ${things[name]}, and has ${used}; this would add ${adding}.`
  throw new AppError('quota_exceeded', detail, {
    extensions: { violated: [violation] },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}
