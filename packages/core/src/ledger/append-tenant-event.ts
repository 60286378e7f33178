import { clockNow } from '../database/database.ts'
import { announce } from '../database/notify.ts'
import type { EventType } from '../events/rules/event.ts'
import { isWanted } from './event-filter.ts'
import type { Tx } from './ledger.ts'
import { announcingEvents } from './notify-live.ts'

/** Stands for the session in the delivery lanes of events that belong to none. */
export const noSession = ''

interface TenantEvent {
  type: EventType
  taskId?: string
  data: Record<string, unknown>
}

/** Tells the tenant in the feed and at those of its endpoints, but for one, that are there and want to know. */
export async function tellTenant(
  tx: Tx,
  tenantId: string,
  event: TenantEvent,
  { butNot }: { butNot?: string } = {},
): Promise<void> {
  const endpoints = await tx.many<{ id: string; eventTypes: string[] }>(
    `select id, event_types from endpoint
     where tenant_id = $1 and id is distinct from $2 and state = 'enabled' and deleted_at is null
       and (not requires_verification or verified_at is not null)`,
    [tenantId, butNot ?? null],
  )
  const told = endpoints.filter(({ eventTypes }) => isWanted(eventTypes, event.type)).map(({ id }) => id)
  await appendTenantEvent(tx, tenantId, event, told)
}

/**
 * Writes an event that is about the tenant and belongs to no session, and delivers it to these endpoints, in delivery
 * lanes of their own; the deliveries are in the order of the endpoints. Takes the feed's lock, then the delivery
 * lanes'.
 */
export async function appendTenantEvent(
  tx: Tx,
  tenantId: string,
  { type, taskId, data }: TenantEvent,
  endpointIds: readonly string[],
): Promise<{ eventId: string; deliveryIds: string[] }> {
  const deliveryIds = endpointIds.map(() => tx.mint.id('dlv'))
  const eventId = tx.mint.id('evt')
  await tx.many(
    `with feed as (
       update feed set last_sequence = last_sequence + 1 where tenant_id = $1 returning last_sequence
     ), inserted as (
       insert into event (id, tenant_id, task_id, type, sequence, tenant_sequence, data, created_at)
       select $2, $1, $5, $3, last_sequence, last_sequence, $4::json, ${clockNow} from feed
     ), streamed as (
       ${announcingEvents('$1', 'feed.last_sequence', 'feed')}
     )
     select count(*) from streamed`,
    [tenantId, eventId, type, JSON.stringify(data), taskId ?? null],
  )
  if (endpointIds.length === 0) return { eventId, deliveryIds }
  await tx.run(
    `with lane as (
       insert into delivery_lane (session_id, endpoint_id, due_at, last_position)
       select '${noSession}', id, ${clockNow}, 1 from unnest($3::text[]) as id order by id
       on conflict (session_id, endpoint_id) do update set
         due_at = coalesce(delivery_lane.due_at, excluded.due_at), last_position = delivery_lane.last_position + 1
       returning endpoint_id, last_position
     )
     insert into delivery (id, tenant_id, session_id, endpoint_id, event_id, position, state, next_attempt_at, created_at)
     select chosen.id, $1, '${noSession}', endpoint_id, $2, last_position, 'pending', ${clockNow}, ${clockNow}
     from lane join unnest($3::text[], $4::text[]) as chosen(of_endpoint, id) on of_endpoint = endpoint_id`,
    [tenantId, eventId, endpointIds, deliveryIds],
  )
  await announce(tx, 'work')
  return { eventId, deliveryIds }
}
