import { listOf, ofOneWake } from './event-filter.ts'

/** SQL: a delivery that has ended without being acknowledged: it failed for good, or its endpoint was switched off. */
export function isUndelivered(delivery: string): string {
  return `${delivery}.state in ('failed', 'canceled')`
}

/** SQL: something of the session `s` waits for no wake that is owed and is on no way to its endpoint. */
export const isLeftBehind = `(
  exists (select 1 from delivery d join event e on e.id = d.event_id
    where d.session_id = s.id and ${isUndelivered('d')} and e.type not in (${listOf(ofOneWake)}))
  or s.wake_due_at is null and exists (select 1 from event e where e.session_id = s.id and e.held))`
