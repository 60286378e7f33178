import { mostUnansweredAttempts } from '../rules/retry-schedule.ts'

/**
 * SQL: how many attempts of the delivery `d` before the attempt `number` (SQL) do not count: those before its newest schedule
 * began, and those behind that whose outcome is not known. Looked up only for a delivery that was tried before.
 */
export function unchargedBefore(number: string): string {
  return `d.attempts_before + case when ${number} > d.attempts_before + 1 then least(${mostUnansweredAttempts}, (
    select count(*)::int from delivery_attempt u
    where u.delivery_id = d.id and u.number > d.attempts_before and u.number < ${number} and u.ended_at is null)) else 0 end`
}
