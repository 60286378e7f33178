import type { Session, Wake as WakeRow } from '../database/generated/client.ts'
import { defaultsOf, type SessionConfiguration, type SessionState } from '../sessions/rules/session.ts'
import type { Wake } from '../wakes/rules/wake.ts'

/** The types of jsonb columns that only this code writes, which the generated type does not know. */
interface Shapes {
  state: SessionState
  /** As it was frozen: the values of its headers are sealed apart, and a setting that is newer than the session is missing. */
  configuration: Pick<SessionConfiguration, 'delegate'> & Partial<SessionConfiguration>
}

/** A session as its row is read. */
export type SessionRow = Omit<Session, keyof Shapes> & Shapes

/** The whole configuration, but with masked header values: a setting that is newer than the session has its default. */
export function configurationOf(row: Pick<SessionRow, 'configuration' | 'defaultsVersion'>): SessionConfiguration {
  return { ...defaultsOf(row.defaultsVersion), ...row.configuration }
}

export function wakeOf(
  row: Pick<WakeRow, 'id' | 'state' | 'openedAt' | 'deadline' | 'closedAt' | 'eventCount' | 'delayAfterSeconds'>,
  sessionIdentifier: string,
): Wake {
  const { id, openedAt, deadline, closedAt, eventCount, delayAfterSeconds } = row
  const state = row.state as Wake['state']
  return { id, sessionIdentifier, state, openedAt, deadline, closedAt, eventCount, delayAfterSeconds }
}
