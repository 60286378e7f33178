import type { LimitName } from '../limits/rules/limits.ts'

/**
 * SQL: a tenant's limit (int8; null: there is none). `limits` is the tenant's column. What an operator has set for the
 * tenant goes before the installation's default.
 */
export const limitOf = (limits: string, name: LimitName) =>
  `case when ${limits} ? '${name}' then (${limits} ->> '${name}')::int8
    else (select maximum from default_limit where name = '${name}') end`

const mostInFlight = 2 ** 31 - 1

/** SQL: the cap of a tenant queue (int4). */
export const capOf = (limits: string) =>
  `least(coalesce(${limitOf(limits, 'maximumTasksInFlight')}, ${mostInFlight}), ${mostInFlight})::int4`
