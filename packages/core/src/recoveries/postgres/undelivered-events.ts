import type { Sql } from '../../database/database.ts'
import type { Event as EventRow } from '../../database/generated/client.ts'
import { traitsOf } from '../../events/rules/event.ts'
import { noSession } from '../../ledger/append-tenant-event.ts'
import { isWanted } from '../../ledger/event-filter.ts'

/** An event that is to go to an endpoint. */
export interface Undelivered {
  eventId: string
  sessionId: string
  /** One that has ended without success; null: there is none. */
  deliveryId: string | null
}

/**
 * Events that failed, were canceled or never went to the endpoint. Their sessions stay locked, so new events of them
 * wait.
 */
export async function listUndelivered(
  tx: Sql,
  endpointId: string,
  eventTypes: readonly string[],
  events: readonly Pick<EventRow, 'id' | 'sessionId'>[],
): Promise<Undelivered[]> {
  const sessions = [...new Set(events.flatMap(({ sessionId }) => sessionId ?? []))]
  const own = await tx.many<{ id: string; sends: boolean; isOwed: boolean }>(
    `select id, (configuration ->> 'sessionSendsLaunchEvents')::boolean as sends, wake_due_at is not null as is_owed from session
     where id = any($1) and endpoint_id = $2 order by id for update`,
    [sessions, endpointId],
  )
  // Those that send nothing by themselves are read from the feed.
  const ownSessions = new Map(own.filter(({ sends }) => sends).map(({ id, isOwed }) => [id, isOwed]))
  // In a statement of its own, behind the locks. The events themselves are locked against the sweep (expire-events.ts).
  const rows = await tx.many<Row>(
    `select e.id as event_id, e.session_id, e.type, e.held as is_pending, e.data ->> 'endpointId' as about,
       d.id as delivery_id, d.session_id as delivery_session, d.state,
       exists (select 1 from decision where event_id = e.id
         and (state <> 'open' or expires_at <= clock_timestamp())) as is_over
     from event e left join delivery d on d.event_id = e.id and d.endpoint_id = $2
     where e.id = any($1) order by e.tenant_sequence for key share of e`,
    [events.map(({ id }) => id), endpointId],
  )
  return rows.flatMap((row) => {
    const lane = laneOf(row, ownSessions, endpointId, eventTypes)
    return lane === null ? [] : [{ eventId: row.eventId, sessionId: lane, deliveryId: row.deliveryId }]
  })
}

interface Row {
  eventId: string
  sessionId: string | null
  type: string
  isPending: boolean
  about: string | null
  deliveryId: string | null
  deliverySession: string | null
  state: string | null
  isOver: boolean
}

/** The session whose delivery lane it goes to; null: it does not go. */
function laneOf(
  { sessionId, type, isPending, about, deliverySession, state, isOver }: Row,
  /** And whether they are owed a wake. */
  ownSessions: ReadonlyMap<string, boolean>,
  endpointId: string,
  eventTypes: readonly string[],
): string | null {
  // A pending event waits for its wake, if there is to be one. A question whose time is over is not asked again.
  if (isOver || (isPending && (sessionId === null || ownSessions.get(sessionId)))) return null
  // A new wake has frames of its own.
  if (traitsOf(type)?.frames) return null
  if (deliverySession !== null && !isPending) return state === 'failed' || state === 'canceled' ? deliverySession : null
  if (!isWanted(eventTypes, type)) return null
  if (sessionId !== null) return ownSessions.has(sessionId) ? sessionId : null
  // That an endpoint was disabled is told to the others. A test is for the one that asked.
  const audience = traitsOf(type)?.ofTenant
  return audience === 'all' || (audience === 'others' && about !== endpointId) ? noSession : null
}
