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
