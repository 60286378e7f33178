import { isAged } from '../../database/aged.ts'
import type { Database } from '../../database/database.ts'
import { noSession } from '../../ledger/append-tenant-event.ts'
import type { Retention } from '../rules/retention.ts'

const atOnce = 1_000
const batchesAtOnce = 10

/** Each batch is a transaction; the rest goes at the next sweep. */
export async function forgetTraces(
  database: Database,
  days: Pick<Retention, 'goneTask' | 'wake' | 'endpoint' | 'presence'>,
): Promise<void> {
  await inBatches(() => database.run(goneTasks, [days.goneTask, atOnce]))
  await inBatches(() => database.run(wakes, [days.wake, atOnce]))
  await inBatches(() => database.run(presences, [days.presence, atOnce]))
  await inBatches(() => database.run(endpoints, [days.endpoint, atOnce]))
}

/** There are as many lookups as tenants, so this is asked for seldom. */
export async function forgetUsage(database: Database, days: Pick<Retention, 'usage'>): Promise<void> {
  await inBatches(() => database.run(usage, [days.usage, atOnce]))
}

async function inBatches(forget: () => Promise<number>): Promise<void> {
  for (let batch = 0; batch < batchesAtOnce; batch++) if ((await forget()) < atOnce) break
}

const goneTasks = `
  delete from gone_task where (tenant_id, id) in (
    select tenant_id, id from gone_task where ${isAged('gone_at', '$1')}
    order by gone_at limit $2 for update skip locked)`

/** A delivery that can be repeated keeps its wake, which tells what was acknowledged with it. */
const wakes = `
  delete from wake where id in (
    select id from wake w where state <> 'open' and ${isAged('closed_at', '$1')}
      and not exists (select 1 from delivery where wake_id = w.id)
    order by closed_at limit $2 for update skip locked)`

/** The oldest are the first: times grow with the numbers, so no other index is needed. */
const presences = `
  delete from presence where id in (
    select id from (select id, at from presence order by id limit $2) oldest where ${isAged('at', '$1')})`

/** With its secrets. What was delivered to it went before: its last deliveries ended when it was deleted. */
const endpoints = `
  with gone as materialized (
    select id from endpoint p where deleted_at is not null and ${isAged('deleted_at', '$1')}
      and not exists (select 1 from session where endpoint_id = p.id)
    order by deleted_at limit $2 for update skip locked
  ), secrets as (
    delete from endpoint_secret where endpoint_id in (select id from gone)
  ), lanes as (
    delete from delivery_lane where session_id = '${noSession}' and endpoint_id in (select id from gone)
  )
  delete from endpoint where id in (select id from gone)`

/** The hours of each tenant are looked up by themselves (usage_hour's key begins with the tenant). */
const usage = `
  delete from usage_hour u using (
    select old.tenant_id, old.hour, old.part from tenant t cross join lateral (
      select tenant_id, hour, part from usage_hour where tenant_id = t.id and ${isAged('hour', '$1')}
      order by hour limit $2) old
    limit $2) old
  where u.tenant_id = old.tenant_id and u.hour = old.hour and u.part = old.part`
