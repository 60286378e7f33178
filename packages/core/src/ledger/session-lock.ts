import { clockNow, type Sql } from '../database/database.ts'
import type { SessionConfiguration } from '../sessions/rules/session.ts'
import { configurationOf, type SessionRow } from './session-row.ts'

/**
 * A session whose row this transaction has locked. Events are written only under this lock, so that numbers, wakes and
 * deliveries of a session are decided one after the other. Locks are always taken in the order tenant queue, task,
 * session, limiter, feed, delivery lane.
 */
export interface LockedSession {
  row: SessionRow
  configuration: SessionConfiguration
  /** The database's clock after the lock was had. */
  now: Date
  openWakeId: string | null
  /** The client holds a foreground lease. It may be given back or taken at this moment: the limiter's lock is another one. */
  inForeground: boolean
  /** Where events are sent; null when the client pulls them or the endpoint is disabled. */
  endpoint: { id: string; eventTypes: string[] } | null
}

/** Its events go to an endpoint, also if that is disabled: they are not only read from the feed. */
export function isTold({ row, configuration }: LockedSession): boolean {
  return row.endpointId !== null && configuration.sessionSendsLaunchEvents
}

export async function lockSession(tx: Sql, sessionId: string): Promise<LockedSession> {
  const [row] = await tx.many<SessionRow>('select * from session where id = $1 for update', [sessionId])
  if (!row) throw new Error('a session row is missing')
  return completeLock(tx, row)
}

export async function completeLock(tx: Sql, row: SessionRow): Promise<LockedSession> {
  const [rest] = await tx.many<{
    now: Date
    wakeId: string | null
    inForeground: boolean
    eventTypes: string[] | null
  }>(
    `select ${clockNow} as now,
      (select id from wake where session_id = $1 and state = 'open') as wake_id,
      coalesce((select foreground_until > clock_timestamp() from limiter where tenant_id = $3), false) as in_foreground,
      (select event_types from endpoint where id = $2 and state = 'enabled' and deleted_at is null) as event_types`,
    [row.id, row.endpointId, row.tenantId],
  )
  const { now, wakeId, inForeground, eventTypes } = rest!
  return {
    row,
    configuration: configurationOf(row),
    now,
    openWakeId: wakeId,
    inForeground,
    endpoint: row.endpointId !== null && eventTypes !== null ? { id: row.endpointId, eventTypes } : null,
  }
}
