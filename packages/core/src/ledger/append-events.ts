import type { Sql } from '../database/database.ts'
import { announce, announcing } from '../database/notify.ts'
import type { EventType } from '../events/rules/event.ts'
import { encode } from '../kernel/rules/announcement.ts'
import { wakeDue } from '../wakes/rules/wake.ts'
import { countingUsage, type UsageChange, usageParameter } from './count-usage.ts'
import { isBusy } from './drained.ts'
import { enqueue } from './enqueue-events.ts'
import { callForWake } from './event-filter.ts'
import type { Tx } from './ledger.ts'
import { announcingEvents } from './notify-live.ts'
import { deliverPending } from './pending-events.ts'
import { isTold, type LockedSession } from './session-lock.ts'

export interface NewEvent {
  type: EventType
  taskId?: string
  data: Record<string, unknown>
}

/** What is written together with events: tasks whose end to announce, and what their change adds to the usage. */
interface Besides {
  ended?: readonly string[]
  usage?: UsageChange
}

/**
 * Writes events of a locked session, and their consequences in the same transaction: deliveries when a wake is open or
 * the client is in the foreground, otherwise a wake that is owed. A client that pulls gets neither. Events that come
 * while the endpoint is disabled stay pending until it is enabled.
 */
export async function appendEvents(
  tx: Tx,
  session: LockedSession,
  events: NewEvent[],
  besides: Besides = {},
): Promise<void> {
  const { row, endpoint, openWakeId } = session
  // Into an open wake, but behind the pending events that it has not taken yet.
  const isOpen = endpoint !== null && openWakeId !== null && row.wakeDueAt === null
  const isPending = isTold(session) && !isOpen
  const { ids, drained } = await insertEvents(tx, session, events, isPending, besides)
  if (isOpen) await enqueue(tx, session, openWakeId, ids)
  if (!isPending || endpoint === null || openWakeId !== null) return
  if (session.inForeground) await deliverPending(tx, session)
  else if (callForWake(events, endpoint.eventTypes)) await owe(tx, session, drained)
}

/** Events that belong to one wake, whatever its state, or (null) to none: delivered at once and never pending. */
export async function appendWakeEvents(
  tx: Tx,
  session: LockedSession,
  wakeId: string | null,
  events: NewEvent[],
  besides: Besides = {},
): Promise<void> {
  const { ids } = await insertEvents(tx, session, events, false, besides)
  await enqueue(tx, session, wakeId, ids)
}

/** One statement, to keep the session and the feed locked for as short as possible. */
export async function insertEvents(
  tx: Tx,
  session: LockedSession,
  events: NewEvent[],
  isPending: boolean,
  { ended = [], usage }: Besides = {},
): Promise<{ ids: string[]; drained: boolean }> {
  const { row, now } = session
  const ids = events.map(() => tx.mint.id('evt'))
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
     )${usage ? `, ${countingWithEvents}` : ''}
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
      isPending,
      ended.map((taskId) => encode({ kind: 'ended', taskId })),
      ...(usage ? [usageParameter(usage)] : []),
    ],
  )
  return { ids, drained: !written!.busy }
}

/** In the hour in which the events are created. */
const countingWithEvents = countingUsage({ tenant: '$1', at: '$8::timestamptz', change: '$11::int8[]', behind: 'feed' })

/**
 * A change that wrote no event can drain the session too: then the wake that is owed comes forward. The session is
 * locked.
 */
export async function bringWakeForward(tx: Sql, session: LockedSession): Promise<void> {
  if (session.row.wakeDueAt === null) return
  const { row, now } = session
  const busy = isBusy({ tenant: '$1', session: '$2' }, '$3::timestamptz')
  const found = await tx.first<{ busy: boolean }>(`select ${busy} as busy`, [row.tenantId, row.id, now])
  await owe(tx, session, !found!.busy)
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
