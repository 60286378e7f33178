import type { Session, Wake as WakeRow } from '../database/generated/client.ts'
import type { SessionConfiguration, SessionState } from '../sessions/rules/session.ts'
import type { Wake } from '../wakes/rules/wake.ts'

/** The types of jsonb columns that only this code writes, which the generated type does not know. */
interface Shapes {
  state: SessionState
  /** The values of its headers are sealed apart. */
  configuration: SessionConfiguration
}

/** A session as its row is read. */
export type SessionRow = Omit<Session, keyof Shapes> & Shapes

export function wakeOf(
  row: Pick<WakeRow, 'id' | 'state' | 'openedAt' | 'deadline' | 'eventCount' | 'delayAfterSeconds'>,
  sessionIdentifier: string,
): Wake {
  const { id, openedAt, deadline, eventCount, delayAfterSeconds } = row
  return { id, sessionIdentifier, state: row.state as Wake['state'], openedAt, deadline, eventCount, delayAfterSeconds }
}
