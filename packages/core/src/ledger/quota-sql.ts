import { isInFlight } from './in-flight.ts'

/*
 * What a tenant's byte quotas are compared with. Tasks in flight count with what they are expected to bring, so that
 * those that begin together do not go far beyond.
 */

/** SQL: bytes of the tenant's tasks in flight, by the best known sizes (numeric). `tenant`: an expression with its id. */
export const bytesOnTheirWay = (tenant: string) =>
  `(select coalesce(sum(greatest(coalesce(f.bytes_expected, f.expects_to_receive, 0), f.bytes_received)), 0)
    from task f where f.tenant_id = ${tenant} and ${isInFlight('f')})`

/** SQL: bytes of the files that the tenant has (int8). */
export const bytesStored = (tenant: string) => `(select stored_bytes from tenant_total where tenant_id = ${tenant})`

/** SQL: bytes that tasks of the tenant received which have ended today, in UTC (numeric). */
export const bytesOfToday = (tenant: string) =>
  `(select coalesce(sum(bytes_received), 0) from usage_hour
    where tenant_id = ${tenant} and hour >= date_trunc('day', statement_timestamp(), 'UTC'))`

/** SQL: when the day of {@link bytesOfToday} is over. */
export const nextDay = "(date_trunc('day', statement_timestamp(), 'UTC') + interval '1 day')"

const used = {
  stored: (tenant: string) => `(${bytesStored(tenant)} + ${bytesOnTheirWay(tenant)})`,
  today: (tenant: string) => `(${bytesOfToday(tenant)} + ${bytesOnTheirWay(tenant)})`,
}

/**
 * SQL: a byte quota of the tenant is reached, so that nothing of it begins. `queue`: the name of its tenant queue's row. A tenant
 * without one costs nothing.
 */
export const isByteQuotaReached = (queue: string) =>
  `(${queue}.stored_cap is not null and ${used.stored(`${queue}.tenant_id`)} >= ${queue}.stored_cap
    or ${queue}.daily_cap is not null and ${used.today(`${queue}.tenant_id`)} >= ${queue}.daily_cap)`

/** SQL: how far the tenant is from its nearest byte quota (float8; null: it has none). `queue` as above. */
export const byteQuotaLeft = (queue: string) =>
  `least(${queue}.stored_cap - ${used.stored(`${queue}.tenant_id`)}, ${queue}.daily_cap - ${used.today(`${queue}.tenant_id`)})::float8`

/** SQL: {@link isByteQuotaReached} by the id of the tenant. */
export const isTenantOverBytes = (tenant: string) =>
  `exists (select from lane quota where quota.tenant_id = ${tenant} and ${isByteQuotaReached('quota')})`
