import type { Session } from '../database/generated/client.ts'
import type { SessionConfiguration, SessionState } from '../sessions/rules/session.ts'

/** What the generated type does not know of columns that only this code writes. */
interface Shapes {
  state: SessionState
  /** The values of its headers are sealed apart. */
  configuration: SessionConfiguration
}

/** A session as its row is read. */
export type SessionRow = Omit<Session, keyof Shapes> & Shapes
