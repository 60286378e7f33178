import type { Page, PageQuery } from '../kernel/page.ts'
import type { Task } from '../tasks/rules/task.ts'
import type { Session, SessionConfiguration, SessionState } from './rules/session.ts'
import type { SessionChores } from './session-chores.ts'

/*
 * The truth, in atomic verbs: each is one transaction in which a change, its events and its deliveries are written
 * together. The database's clock decides. Every verb may throw DatabaseUnavailable. Verbs that take a `once` do their work
 * at most once for its key, and only with it answer with a Replay.
 */

type PutSessionResult =
  | { kind: 'created'; session: Session; secret?: string }
  | { kind: 'exists'; session: Session }
  | { kind: 'no_such_endpoint' }
  | { kind: 'delegate_required' }

/** Where a session's events go, as the client gave it. A URL finds the tenant's endpoint with that address or makes one. */
export type GivenDelegate =
  | { kind: 'pull' }
  | { endpointId: string }
  | { url: string; newSecret: string; requiresVerification?: boolean }

export interface SessionFilter {
  state?: SessionState | undefined
  /** What the identifier begins with. */
  identifierPrefix?: string | undefined
  /** Default: the oldest first. A cursor goes on in the order that its page had. */
  newestFirst?: boolean | undefined
}

export interface SessionStore {
  /** Creates the session if there is none that is not invalidated. `configuration` null: only look. */
  putSession(
    tenantId: string,
    identifier: string,
    configuration: (Omit<SessionConfiguration, 'delegate'> & { delegate: GivenDelegate }) | null,
  ): Promise<PutSessionResult>
  /**
   * Apple's reassociation: a client that is back gets its waiting deliveries at once, not at the next planned attempt.
   * At most once a minute, so that a client that comes back again and again does not use up the attempts.
   * Unacknowledged events whose deliveries have ended come in a new wake; its endpoint is enabled if it was disabled.
   */
  resumeDeliveries(sessionId: string): Promise<void>
  /** Tasks that have not ended, by their numbers. */
  listOutstandingTasks(sessionId: string, limit: number): Promise<Task[]>
  /**
   * The session takes no new tasks. `finish`: it ends when its tasks have; `cancel`: they are all canceled, some of them
   * now and the others by {@link SessionChores.cancelTasks}. Repeating either is harmless. null: no such session.
   */
  invalidateSession(tenantId: string, identifier: string, how: 'finish' | 'cancel'): Promise<Session | null>
  /** The one of that identifier that is not invalidated, else the one that was made last. */
  findSession(tenantId: string, identifier: string): Promise<Session | null>
  listSessions(tenantId: string, filter: SessionFilter, query: PageQuery): Promise<Page<Session>>
  /** How the session's client could work better with the service, by its last wakes and tasks. Empty without the session. */
  readAdvice(tenantId: string, identifier: string): Promise<string[]>
}
