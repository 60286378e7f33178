import type { Wake as WakeRow } from '../database/generated/client.ts'
import type { Wake } from '../wakes/rules/wake.ts'

export function wakeOf(
  row: Pick<WakeRow, 'id' | 'state' | 'openedAt' | 'deadline' | 'eventCount' | 'delayAfterSeconds'>,
  sessionIdentifier: string,
): Wake {
  const { id, openedAt, deadline, eventCount, delayAfterSeconds } = row
  return { id, sessionIdentifier, state: row.state as Wake['state'], openedAt, deadline, eventCount, delayAfterSeconds }
}
