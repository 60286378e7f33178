import type { LimitName } from '../limits/rules/limits.ts'

/**
 * SQL: a tenant's limit (int8; null: there is none). `limits` is the tenant's column. What an operator has set for the
 * tenant goes before the installation's default.
 */
export const limitOf = (limits: string, name: LimitName) =>
  `case when ${limits} ? '${name}' then (${limits} ->> '${name}')::int8
    else (select maximum from default_limit where name = '${name}') end`

const mostInFlight = 2 ** 31 - 1

/** SQL: what a tenant queue's row has of its tenant's limits, as columns and their values in the same order. */
export const queueCaps = {
  columns: 'cap, stored_cap, daily_cap',
  of: (limits: string) =>
    `least(coalesce(${limitOf(limits, 'maximumTasksInFlight')}, ${mostInFlight}), ${mostInFlight})::int4,
     ${limitOf(limits, 'maximumStoredBytes')}, ${limitOf(limits, 'maximumBytesPerDay')}`,
}
