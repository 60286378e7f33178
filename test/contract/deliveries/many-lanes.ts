import type { BuiltSession, StoreBuilder } from '#support/builders/store-builder.ts'

/** So many sessions like the given one, each with an event that is to be delivered to its endpoint now. */
export async function addLanesWithEvents(
  { database }: StoreBuilder,
  { id, endpointId, tenantId }: BuiltSession,
  count: number,
): Promise<void> {
  await database.run(
    `with numbered as (
       select $1 || '-' || n as session_id, 'evt_' || $1 || '-' || n as event_id, n from generate_series(1, $4::int) n
     ), sessions as (
       insert into session (id, tenant_id, identifier, state, configuration, endpoint_id)
       select numbered.session_id, s.tenant_id, s.identifier || '-' || n, s.state, s.configuration, s.endpoint_id
       from session s, numbered where s.id = $1
     ), feed as (
       update feed set last_sequence = last_sequence + $4::int where tenant_id = $3
       returning last_sequence - $4::int as last_sequence
     ), events as (
       insert into event (id, tenant_id, session_id, type, sequence, tenant_sequence, data, created_at)
       select event_id, $3, session_id, 'task.completed', 1, last_sequence + n, '{}', clock_timestamp() from numbered, feed
     ), lanes as (
       insert into delivery_lane (session_id, endpoint_id, due_at, last_position)
       select session_id, $2, clock_timestamp() - interval '1 ms', 1 from numbered
     )
     insert into delivery (id, tenant_id, session_id, endpoint_id, event_id, position, state, next_attempt_at)
     select 'dlv_' || session_id, $3, session_id, $2, event_id, 1, 'pending', clock_timestamp() from numbered`,
    [id, endpointId, tenantId, count],
  )
}
