import { snakeCase } from '../../ledger/patch.ts'
import { sampledCounters } from '../rules/sample-rings.ts'

const sums = (where: string) => sampledCounters.map((name) => `coalesce(sum(u.${snakeCase(name)})${where}, 0)::int8`)

/** SQL: tasks that clients see as running, if `task` is in flight. */
export const isRunning = (task: string) => `${task}.state in ('running', 'completing')`

/**
 * SQL: a query of one row for LATERAL: `counts` of the hour of `until`, and what was `added` since the sample of `since`,
 * both in the order of the counters. `level` is the tenant's row of usage_level, maybe null. What it counted in the hour of
 * `since` was there then; a row of an earlier hour says that until then nothing was counted in this one.
 */
export function countedSince({
  tenant,
  since,
  until,
  level,
}: Record<'tenant' | 'since' | 'until' | 'level', string>): string {
  const hourOf = (at: string) => `date_trunc('hour', ${at}, 'UTC')`
  const isOfHour = `${level}.at >= ${hourOf(since)}`
  const known = (n: number) => `coalesce(case when ${isOfHour} then ${level}.counts[${n + 1}] end, 0)`
  // A counter that the process which sampled last did not know, because it is of the version before, counts from the next sample on.
  const isKnown = (n: number) => `not coalesce(${isOfHour} and cardinality(${level}.counts) < ${n + 1}, false)`
  const added = sums('').map((sum, n) => `case when ${isKnown(n)} then greatest(${sum} - ${known(n)}, 0) else 0 end`)
  return `select array[${sums(` filter (where u.hour = ${hourOf(until)})`).join(', ')}] as counts,
      array[${added.join(', ')}] as added
    from usage_hour u where u.tenant_id = ${tenant} and u.hour >= ${hourOf(since)}`
}
