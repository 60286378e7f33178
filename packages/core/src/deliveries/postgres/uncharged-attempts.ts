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

/**
 * SQL: `attempts_before` of the delivery `d`, so that its newest attempt does not count either. It stands for that many of the first attempts. Those
 * without an outcome among them do not count anyway, so it goes beyond them: to the first attempt that counts, or the newest itself.
 */
export const withoutNewest = `(select min(u.number) from delivery_attempt u
  where u.delivery_id = d.id and u.number > d.attempts_before and (u.ended_at is not null or u.number = d.attempts))`
