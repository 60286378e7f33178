import { isInFlight } from './in-flight.ts'

/*
 * Limits in bytes, which hold a tenant's tasks back while they are reached. Tasks in flight count with what they are expected to
 * bring, so that those that begin together do not go far beyond.
 */

/** Of the tenant's tasks in flight, by the best known sizes. */
const bytesOnTheirWay = (tenant: string) =>
  `(select coalesce(sum(greatest(coalesce(f.bytes_expected, f.expects_to_receive, 0), f.bytes_received)), 0)
    from task f where f.tenant_id = ${tenant} and ${isInFlight('f')})`

/** Of the files that the tenant has. */
const bytesStored = (tenant: string) => `(select stored_bytes from tenant_total where tenant_id = ${tenant})`

const today = "date_trunc('day', statement_timestamp(), 'UTC')"

/** Of the tenant's tasks that have ended on this day, in UTC. */
const bytesOfToday = (tenant: string) =>
  `(select coalesce(sum(bytes_received), 0) from usage_hour where tenant_id = ${tenant} and hour >= ${today})`

/**
 * SQL: the column of the tenant queue's row with the maximum; what is used of it (numeric), by an expression with the tenant's id; and
 * when that does not count any more.
 */
export const byteQuotas = {
  maximumStoredBytes: {
    cap: 'stored_cap',
    usedBy: (tenant: string) => `(${bytesStored(tenant)} + ${bytesOnTheirWay(tenant)})`,
    resetsAt: 'null::timestamptz',
  },
  maximumBytesPerDay: {
    cap: 'daily_cap',
    usedBy: (tenant: string) => `(${bytesOfToday(tenant)} + ${bytesOnTheirWay(tenant)})`,
    resetsAt: `(${today} + interval '1 day')`,
  },
} as const

const all = Object.values(byteQuotas)

/** SQL: the tenant has a byte quota. `queue`: the name of its tenant queue's row. */
export const hasByteQuota = (queue: string) => `(${all.map(({ cap }) => `${queue}.${cap} is not null`).join(' or ')})`

/** SQL: one is reached, so that nothing of the tenant begins. A tenant without any costs nothing. */
export const isByteQuotaReached = (queue: string) =>
  `(${all
    .map(({ cap, usedBy }) => `${queue}.${cap} is not null and ${usedBy(`${queue}.tenant_id`)} >= ${queue}.${cap}`)
    .join(' or ')})`

/** SQL: how far the tenant is from the nearest (float8; null: it has none). */
export const byteQuotaLeft = (queue: string) =>
  `least(${all.map(({ cap, usedBy }) => `${queue}.${cap} - ${usedBy(`${queue}.tenant_id`)}`).join(', ')})::float8`

/** SQL: {@link isByteQuotaReached} by the id of the tenant. */
export const isTenantOverBytes = (tenant: string) =>
  `exists (select from lane quota where quota.tenant_id = ${tenant} and ${isByteQuotaReached('quota')})`
