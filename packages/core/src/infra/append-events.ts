import type { Mint } from '../app/ports.ts'
import { decisionEvents } from '../domain/decision.ts'
import type { EventType } from '../domain/event.ts'
import { wakeDue } from '../domain/wake.ts'
import { announcingEvents } from './announce-live.ts'
import { announce, announcement, announcing, channel } from './announce-postgres.ts'
import type { Sql } from './database.ts'
import { isBusy } from './drained.ts'
import type { LockedSession } from './session-lock.ts'

export interface NewEvent {
  type: EventType
  taskId?: string
  data: Record<string, unknown>
}

/** Whether an endpoint with this filter wants events of that type. */
export function isWanted(eventTypes: readonly string[], type: string): boolean {
  return eventTypes.length === 0 || eventTypes.includes(type) || (asking as readonly string[]).includes(type)
}

/** A task waits for the answer, so a filter does not apply to them either. */
const asking: readonly EventType[] = Object.values(decisionEvents)

/** They frame a wake, so an endpoint's filter does not apply to them. */
const framing: readonly EventType[] = ['session.wake', 'session.events_finished', 'wake.expired']

/** Whether an event of a session goes to its endpoint, with this filter. */
export function isDelivered(eventTypes: readonly string[], type: string): boolean {
  return isWanted(eventTypes, type) || (framing as readonly string[]).includes(type)
}

/** Not worth a wake: they go out with the next one. */
const idle: readonly EventType[] = ['file.expired']

/** Whether any of these events is worth waking a client for. */
export function callForWake(events: readonly { type: string }[], eventTypes: readonly string[]): boolean {
  return events.some(({ type }) => !(idle as readonly string[]).includes(type) && isWanted(eventTypes, type))
}

/**
 * Writes events of a session whose lock is held, and what follows from them in the same transaction: deliveries when a
 * wake is open or the client is in the foreground, otherwise a wake that is owed. A client that pulls gets neither. `ended`: tasks whose end to announce.
 */
export async function appendEvents(
  tx: Sql,
  mint: Mint,
  session: LockedSession,
  events: NewEvent[],
  ended: string[] = [],
): Promise<void> {
  const { endpoint, openWakeId, configuration } = session
  const held = endpoint !== null && openWakeId === null && configuration.sessionSendsLaunchEvents
  const { ids, drained } = await insertEvents(tx, mint, session, events, held, ended)
  if (endpoint !== null && openWakeId !== null) await enqueue(tx, mint, session, openWakeId, ids)
  else if (held && session.inForeground) await deliverHeld(tx, mint, session)
  else if (held && callForWake(events, endpoint.eventTypes)) await owe(tx, session, drained)
}

/** What a session holds, in the order of its numbers. */
export function listHeld(tx: Sql, sessionId: string): Promise<{ id: string; type: string }[]> {
  return tx.many<{ id: string; type: string }>(
    'select id, type from event where session_id = $1 and held order by sequence',
    [sessionId],
  )
}

/** The client is in the foreground: all that is held goes out now, in its order and without a wake, and none is owed for it. */
export async function deliverHeld(tx: Sql, mint: Mint, session: LockedSession): Promise<void> {
  const held = await listHeld(tx, session.row.id)
  await enqueue(
    tx,
    mint,
    session,
    null,
    held.map(({ id }) => id),
  )
  await tx.run('update session set wake_due_at = null where id = $1 and wake_due_at is not null', [session.row.id])
}

/** Events that belong to one wake, whatever its state, or (null) to none: delivered at once and never held. */
export async function appendWakeEvents(
  tx: Sql,
  mint: Mint,
  session: LockedSession,
  wakeId: string | null,
  events: NewEvent[],
): Promise<void> {
  const { ids } = await insertEvents(tx, mint, session, events, false, [])
  await enqueue(tx, mint, session, wakeId, ids)
}

/** One statement, because the session's and the feed's locks are held meanwhile by everybody who waits for them. */
export async function insertEvents(
  tx: Sql,
  mint: Mint,
  session: LockedSession,
  events: NewEvent[],
  held: boolean,
  ended: string[],
): Promise<{ ids: string[]; drained: boolean }> {
  const { row, now } = session
  const ids = events.map(() => mint.id('evt'))
  const written = await tx.first<{ busy: boolean }>(
    `with feed as (
       update feed set last_sequence = last_sequence + $2 where tenant_id = $1 returning last_sequence - $2 as before
     ), numbered as (
       update session set last_sequence = last_sequence + $2 where id = $3 returning last_sequence - $2 as before
     ), inserted as (
       insert into event (id, tenant_id, session_id, task_id, type, sequence, tenant_sequence, data, held, created_at)
       select e.id, $1, $3, e.task_id, e.type, numbered.before + e.n, feed.before + e.n, e.data::json, $9, $8
       from feed, numbered,
         unnest($4::text[], $5::text[], $6::text[], $7::text[]) with ordinality as e(id, task_id, type, data, n)
     ), told as (
       ${announcing('$10')}
     ), streamed as (
       ${announcingEvents('$1', 'feed.before + $2', 'feed')}
     )
     select ${isBusy({ tenant: '$1', session: '$3' }, '$8::timestamptz')} as busy from (select count(*) from told) as told, (select count(*) from streamed) as streamed`,
    [
      row.tenantId,
      events.length,
      row.id,
      ids,
      events.map(({ taskId }) => taskId ?? null),
      events.map(({ type }) => type),
      events.map(({ data }) => JSON.stringify(data)),
      now,
      held,
      ended.map((taskId) => announcement('ended', taskId)),
    ],
  )
  return { ids, drained: !written!.busy }
}

/** Puts events, in this order, at the end of the session's delivery lane. `wakeId` null: in the foreground. */
export async function enqueue(
  tx: Sql,
  mint: Mint,
  session: LockedSession,
  wakeId: string | null,
  eventIds: string[],
): Promise<void> {
  if (session.endpoint === null || eventIds.length === 0) return
  const { row, endpoint, now } = session
  const ids = eventIds.map(() => mint.id('dlv'))
  await tx.run(
    `with chosen as (
       select e.id, e.type, c.n, c.delivery_id from unnest($4::text[], $5::text[]) with ordinality as c(event_id, delivery_id, n)
       join event e on e.id = c.event_id
       where cardinality($6::text[]) = 0 or e.type = any($6) or e.type = any($7) or e.type = any($10)
     ), lane as (
       insert into delivery_lane (session_id, endpoint_id, due_at, last_position)
       values ($1, $2, $3, (select coalesce(max(n), 0) from chosen))
       on conflict (session_id, endpoint_id) do update set
         due_at = coalesce(delivery_lane.due_at, excluded.due_at),
         last_position = delivery_lane.last_position + excluded.last_position
       returning last_position, lease_until
     ), marked as (
       update event set wake_id = $8, held = false where id = any($4)
     ), inserted as (
       insert into delivery (id, tenant_id, session_id, endpoint_id, event_id, wake_id, position, state, next_attempt_at, created_at)
       select chosen.delivery_id, $9, $1, $2, chosen.id, $8,
         lane.last_position - (select max(n) from chosen) + chosen.n, 'pending', $3, $3
       from chosen, lane
     ), counted as (
       update wake set event_count = event_count + following.count, finished = finished and following.count = 0
       from (select count(*) as count from chosen where type <> all($7)) as following where id = $8
     )
     -- Who has the lane comes to them by itself.
     select pg_notify('${channel}', '${announcement('work', '')}') from lane
     where lease_until is null or lease_until < clock_timestamp()`,
    [row.id, endpoint.id, now, eventIds, ids, endpoint.eventTypes, framing, wakeId, row.tenantId, asking],
  )
}

/** A change that wrote no event can drain the session too: then the wake that is owed comes forward. The session's lock is held. */
export async function bringWakeForward(tx: Sql, session: LockedSession): Promise<void> {
  if (session.row.wakeDueAt === null) return
  const { row, now } = session
  const busy = isBusy({ tenant: '$1', session: '$2' }, '$3::timestamptz')
  const answer = await tx.first<{ busy: boolean }>(`select ${busy} as busy`, [row.tenantId, row.id, now])
  await owe(tx, session, !answer!.busy)
}

/** Notes when the session's wake is owed; `drained`: now. */
export async function owe(tx: Sql, { row, configuration, now }: LockedSession, drained: boolean): Promise<void> {
  const before = row.wakeDueAt?.getTime() ?? null
  // One wake for all that is being canceled, however many transactions that takes.
  const settled = drained && !row.canceling
  const dueAtMs = wakeDue({ drained: settled, dueAtMs: before }, configuration.wakeMaximumLatency, now.getTime())
  if (dueAtMs === before) return
  await tx.run('update session set wake_due_at = $2 where id = $1', [row.id, new Date(dueAtMs)])
  await announce(tx, 'work')
}
