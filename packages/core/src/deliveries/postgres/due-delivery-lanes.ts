import type { Sql } from '../../database/database.ts'
import { isResting } from '../../ledger/resting.ts'
import type { DeliveryLane } from '../delivery-store.ts'

/** Delivery lanes sent at the same time, at most: a slow or dead receiver must not take the slots of the others. */
const lanesPerTenant = 8
const lanesPerEndpoint = 4

/**
 * Goes from endpoint to endpoint, not from delivery lane to delivery lane: one with ten thousand delivery lanes costs
 * no more than one with a few, and one that is backing off (half-open, or at its rate) costs a step. A disabled one is
 * listed with one delivery lane: taking it cancels the pending deliveries of all of them. It takes no slot from living
 * endpoints. Streams are not listed: the process with the connection sends. Nor are
 * those of tenants that rest.
 */
const dueLanes = `
  with recursive pending as (
    (select endpoint_id from delivery_lane where due_at is not null order by endpoint_id limit 1)
    union all
    (select next.endpoint_id from pending cross join lateral (
       select l.endpoint_id from delivery_lane l where l.due_at is not null and l.endpoint_id > pending.endpoint_id
       order by l.endpoint_id limit 1) next)
  ), busy as (
    select p.tenant_id, l.endpoint_id, count(*) as lanes from delivery_lane l join endpoint p on p.id = l.endpoint_id
    where l.lease_until >= clock_timestamp() and p.kind = 'http' group by 1, 2
  ), open as (
    select p.id, p.tenant_id,
      is_stopped, case when is_stopped then 1
        else greatest(0, case when next_probe_at is null then $3 else 1 end - coalesce(busy.lanes, 0)) end as room
    from pending join endpoint p on p.id = pending.endpoint_id left join busy on busy.endpoint_id = p.id
      cross join lateral (select p.state <> 'enabled' or p.deleted_at is not null as is_stopped) s
    where (is_stopped or (p.kind = 'http' and coalesce(next_probe_at, '-infinity') <= clock_timestamp()
      and coalesce(next_send_at, '-infinity') <= clock_timestamp()))
      and not ${isResting('p.tenant_id')}
  ), due as (
    select l.session_id, l.endpoint_id, l.due_at, open.tenant_id, open.is_stopped,
      row_number() over (partition by open.tenant_id, open.is_stopped order by l.due_at) as of_tenant
    from open cross join lateral (
      select session_id, endpoint_id, due_at from delivery_lane
      where endpoint_id = open.id and due_at <= statement_timestamp()
        and (lease_until is null or lease_until < clock_timestamp())
      order by due_at limit open.room) l
  )
  select session_id, endpoint_id from due
  where is_stopped or of_tenant + coalesce((select sum(lanes) from busy where busy.tenant_id = due.tenant_id), 0) <= $2
  order by of_tenant, due_at limit $1`

export function listDueDeliveryLanes(database: Pick<Sql, 'many'>, limit: number): Promise<DeliveryLane[]> {
  return database.many<DeliveryLane>(dueLanes, [limit, lanesPerTenant, lanesPerEndpoint])
}
