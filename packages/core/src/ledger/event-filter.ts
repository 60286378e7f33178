import { type EventType, eventTypesWith } from '../events/rules/event.ts'

/** A task waits for the answer, so a filter does not apply to them. */
export const asking = eventTypesWith(({ filterable, frames }) => !filterable && !frames)

/** They frame a wake, so an endpoint's filter does not apply to them. */
export const framing = eventTypesWith(({ frames }) => frames)

/**
 * Types that are never delivered in another wake than their own: a wake has frames of its own, and a question whose
 * delivery has ended without an answer gets its fallback.
 */
export const ofOneWake = [...framing, ...asking]

/** Not worth a wake: they go out with the next one. */
export const idle = eventTypesWith(({ wakes }) => !wakes)

/** Whether an endpoint with this filter wants events of that type. */
export function isWanted(eventTypes: readonly string[], type: string): boolean {
  return eventTypes.length === 0 || eventTypes.includes(type) || asking.some((each) => each === type)
}

/** SQL: an endpoint with the filter `eventTypes` wants an event of that type. */
export function isWantedSql(eventTypes: string, type: string): string {
  return `(cardinality(${eventTypes}) = 0 or ${type} = any(${eventTypes}) or ${type} in (${listOf(asking)}))`
}

/** SQL: the types as literals. */
export function listOf(types: readonly EventType[]): string {
  return types.map((type) => `'${type}'`).join(', ')
}

/** Whether any of these events is worth waking a client for. */
export function callForWake(events: readonly { type: string }[], eventTypes: readonly string[]): boolean {
  return events.some(({ type }) => !idle.some((each) => each === type) && isWanted(eventTypes, type))
}

/** SQL: a delivery that has ended without being acknowledged: it failed for good, or its endpoint was disabled. */
export function isUndelivered(delivery: string): string {
  return `${delivery}.state in ('failed', 'canceled')`
}

/** SQL: something of the session `s` waits for no wake that is owed and is on no way to its endpoint. */
export const isLeftBehind = `(
  exists (select 1 from delivery d join event e on e.id = d.event_id
    where d.session_id = s.id and ${isUndelivered('d')} and e.type not in (${listOf(ofOneWake)}))
  or s.wake_due_at is null and exists (select 1 from event e where e.session_id = s.id and e.held))`
