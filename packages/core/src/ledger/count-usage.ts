import { clockNow, type Sql } from '../database/database.ts'
import { snakeCase } from './patch.ts'

/** What a change adds to a tenant's totals and to its usage of the hour. Bytes may be negative where they leave. */
export interface UsageChange {
  /** Tasks that have not ended. */
  liveTasks?: number
  /** Bytes of files that clients have: temporary and permanent ones. */
  storedBytes?: bigint
  tasksCreated?: number
  tasksCompleted?: number
  tasksFailed?: number
  tasksCanceled?: number
  /** Of the tasks that ended. */
  bytesReceived?: bigint
  bytesSent?: bigint
  wakes?: number
}

/** A tenant's stock after a change. It is exact: others wait for the row until this transaction has ended. */
export interface TenantTotals {
  liveTasks: bigint
  storedBytes: bigint
}

const counters = [
  'tasksCreated',
  'tasksCompleted',
  'tasksFailed',
  'tasksCanceled',
  'bytesReceived',
  'bytesSent',
  'wakes',
] as const satisfies (keyof UsageChange)[]
const columns = counters.map(snakeCase)
const summed = [...columns, 'stored_delta', 'stored_byte_seconds']

/** The parts of an hour, each written under locks of its own (schema.prisma). */
const partOfTotals = 0
const partOfRequests = 1
/** So many rows share the attempts of a tenant's deliveries, so that its sessions hardly wait for each other. */
const partsOfAttempts = 4
const firstOfAttempts = 2

/** The parameter for {@link countingUsage}. */
export function usageParameter(change: UsageChange): string[] {
  const { liveTasks = 0, storedBytes = 0n } = change
  return [liveTasks, storedBytes, ...counters.map((name) => change[name] ?? 0)].map(String)
}

/**
 * SQL: CTEs that count a change into the tenant's totals, which stay locked, and into the hour of `at`: part of the
 * statement that makes the change, or of a later one of its transaction. `total` has the totals behind it. `tenant`, `at`
 * and `change` (bigint[], {@link usageParameter}) are parameters; `behind`: a CTE of one row, whose lock comes first.
 */
export function countingUsage({
  tenant,
  at,
  change,
  behind,
}: Record<'tenant' | 'at' | 'change', string> & { behind?: string }): string {
  const given = `(${change})`
  return `total as (
      update tenant_total set live_tasks = live_tasks + ${given}[1], stored_bytes = stored_bytes + ${given}[2]
      ${behind === undefined ? '' : `from ${behind}`} where tenant_total.tenant_id = ${tenant}
      returning tenant_total.tenant_id, live_tasks, stored_bytes
    ), counted as (
      insert into usage_hour as u (tenant_id, hour, part, ${summed.join(', ')})
      select tenant_id, ${hourOf(at)}, ${partOfTotals}, ${columns.map((_, n) => `${given}[${n + 3}]`).join(', ')}, ${given}[2],
        ${given}[2] * extract(epoch from ${hourOf(at)} + interval '1 hour' - ${at})::float8
      from total ${addingUp(summed)}
    )`
}

/** Counts a change of which no other statement of the transaction takes care. By the clock; the totals behind it. */
export async function countUsage(tx: Sql, tenantId: string, change: UsageChange): Promise<TenantTotals> {
  const totals = await tx.first<TenantTotals>(
    `with clock as materialized (select ${clockNow} as now),
     ${countingUsage({ tenant: '$1', at: '(select now from clock)', change: '$2::int8[]' })}
     select live_tasks, stored_bytes from total`,
    [tenantId, usageParameter(change)],
  )
  return totals!
}

/** Attempts of deliveries with a result. */
export interface CountedAttempts {
  attempts: number
  /** Of them, those that the receiver did not take. */
  failed: number
}

/**
 * Counts recorded attempts of the session's deliveries. The last statement of its transaction: two that hold the same
 * row must not wait for each other's endpoint.
 */
export async function countAttempts(
  tx: Sql,
  tenantId: string,
  sessionId: string,
  { attempts, failed }: CountedAttempts,
): Promise<void> {
  if (attempts === 0) return
  await tx.run(
    `insert into usage_hour as u (tenant_id, hour, part, delivery_attempts, delivery_attempts_failed)
     values ($1, ${hourOf('clock_timestamp()')},
       ${firstOfAttempts} + (hashtext($2) & 2147483647) % ${partsOfAttempts}, $3, $4)
     ${addingUp(['delivery_attempts', 'delivery_attempts_failed'])}`,
    [tenantId, sessionId, attempts, failed],
  )
}

/**
 * Counts requests of tenants, in the order of their ids. The count is lost with the database's last moments. The lock keeps
 * nothing but the removal of a deleted tenant back, behind which nobody would look for the row.
 */
export async function countRequests(relaxed: Sql, requests: ReadonlyMap<string, number>): Promise<void> {
  const inOrder = [...requests].toSorted(([a], [b]) => (a < b ? -1 : 1))
  await relaxed.run(
    `insert into usage_hour as u (tenant_id, hour, part, requests)
     select tenant_id, ${hourOf('statement_timestamp()')}, ${partOfRequests}, requests from (
       select tenant_id, requests from unnest($1::text[], $2::int8[]) as given(tenant_id, requests)
         join tenant_total t using (tenant_id) order by tenant_id for key share of t) there
     ${addingUp(['requests'])}`,
    [inOrder.map(([tenantId]) => tenantId), inOrder.map(([, count]) => count)],
  )
}

function hourOf(at: string): string {
  return `date_trunc('hour', ${at}, 'UTC')`
}

function addingUp(names: readonly string[]): string {
  const sums = names.map((name) => `${name} = u.${name} + excluded.${name}`)
  return `on conflict (tenant_id, hour, part) do update set ${sums.join(', ')}`
}
