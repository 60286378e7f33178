import { found } from '../kernel/rules/errors.ts'
import type { Session } from './rules/session.ts'
import type { SessionStore } from './session-store.ts'

interface InvalidateSessionPorts {
  stores: { sessions: Pick<SessionStore, 'invalidateSession'> }
}

/** Apple's finishTasksAndInvalidate and invalidateAndCancel. Repeating either is harmless. Throws `not_found`. */
export async function invalidateSession(
  { stores }: InvalidateSessionPorts,
  tenantId: string,
  identifier: string,
  how: 'finish' | 'cancel',
): Promise<Session> {
  const session = found('session', await stores.sessions.invalidateSession(tenantId, identifier, how))
  return session
}
