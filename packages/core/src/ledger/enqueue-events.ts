import { notifying } from '../database/notify.ts'
import { framing, isWantedSql, listOf } from './event-filter.ts'
import type { Tx } from './ledger.ts'
import type { LockedSession } from './session-lock.ts'

/**
 * Puts events, in this order, at the end of the session's delivery lane. `wakeId` null: in the foreground. One that was
 * delivered in another wake without success is told again, under its id and with the words of this wake.
 */
export async function enqueue(
  tx: Tx,
  session: LockedSession,
  wakeId: string | null,
  eventIds: string[],
): Promise<void> {
  if (session.endpoint === null || eventIds.length === 0) return
  const { row, endpoint, now } = session
  const ids = eventIds.map(() => tx.mint.id('dlv'))
  await tx.run(
    `with chosen as (
       select e.id, e.type, coalesce(d.id, c.delivery_id) as delivery_id, row_number() over (order by c.n) as place
       from unnest($4::text[], $5::text[]) with ordinality as c(event_id, delivery_id, n)
       join event e on e.id = c.event_id left join delivery d on d.event_id = e.id and d.endpoint_id = $2
       where ${isWantedSql('$6::text[]', 'e.type')} or e.type in (${listOf(framing)})
     ), lane as (
       insert into delivery_lane (session_id, endpoint_id, due_at, last_position)
       values ($1, $2, $3, (select count(*) from chosen))
       on conflict (session_id, endpoint_id) do update set
         due_at = coalesce(delivery_lane.due_at, excluded.due_at),
         last_position = delivery_lane.last_position + excluded.last_position
       returning last_position, lease_until
     ), marked as (
       update event set wake_id = $7, held = false where id = any($4)
     ), inserted as (
       insert into delivery (id, tenant_id, session_id, endpoint_id, event_id, wake_id, position, state, next_attempt_at, created_at)
       select chosen.delivery_id, $8, $1, $2, chosen.id, $7,
         lane.last_position - (select count(*) from chosen) + chosen.place, 'pending', $3, $3
       from chosen, lane
       on conflict (id) do update set state = 'pending', wake_id = excluded.wake_id, position = excluded.position,
         attempts_before = delivery.attempts, next_attempt_at = excluded.next_attempt_at, ended_at = null, body_sealed = null
       where delivery.state in ('failed', 'canceled')
     ), counted as (
       update wake set event_count = event_count + following.count,
         finished = finished and (following.count = 0 or state <> 'open')
       from (select count(*) as count from chosen where type not in (${listOf(framing)})) as following where id = $7
     )
     -- Who has the lane comes to them by itself.
     select ${notifying('work', {})} from lane
     where lease_until is null or lease_until < clock_timestamp()`,
    [row.id, endpoint.id, now, eventIds, ids, endpoint.eventTypes, wakeId, row.tenantId],
  )
}
