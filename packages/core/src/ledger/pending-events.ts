import type { Sql } from '../database/database.ts'
import { announce } from '../database/notify.ts'
import { enqueue } from './enqueue-events.ts'
import { idle, isWantedSql, listOf } from './event-filter.ts'
import type { Tx } from './ledger.ts'
import type { LockedSession } from './session-lock.ts'

/** Events per transaction: it bounds the time for which the tenant's feed is locked. */
export const pendingAtOnce = 2_000

/** How many of the session's pending events its endpoint wants, and whether any of them is worth a wake. */
export async function readPending(
  tx: Sql,
  { row, endpoint }: LockedSession,
): Promise<{ wanted: number; callsForWake: boolean }> {
  const pending = await tx.first<{ wanted: number; callsForWake: boolean | null }>(
    `select count(*)::int as wanted, bool_or(type not in (${listOf(idle)})) as calls_for_wake from event
     where session_id = $1 and held and ${isWantedSql('$2::text[]', 'type')}`,
    [row.id, endpoint?.eventTypes ?? []],
  )
  return { wanted: pending!.wanted, callsForWake: pending!.callsForWake ?? false }
}

/**
 * Puts pending events into the delivery lane, in the order of their numbers, {@link pendingAtOnce} at most. When there
 * are more, the session stays owed a wake, so that a dispatcher goes on and what is written meanwhile stays pending
 * behind them. Returns whether all of them went.
 */
export async function enqueuePending(tx: Tx, session: LockedSession, wakeId: string | null): Promise<boolean> {
  const pending = await tx.many<{ id: string }>(
    'select id from event where session_id = $1 and held order by sequence limit $2',
    [session.row.id, pendingAtOnce + 1],
  )
  const some = pending.slice(0, pendingAtOnce).map(({ id }) => id)
  await enqueue(tx, session, wakeId, some)
  const isAll = some.length === pending.length
  await tx.run('update session set wake_due_at = $2 where id = $1 and wake_due_at is distinct from $2', [
    session.row.id,
    isAll ? null : session.now,
  ])
  if (!isAll) await announce(tx, 'work')
  return isAll
}

/** Delivers the pending events now, in their order and without a wake. Returns whether all of them went. */
export function deliverPending(tx: Tx, session: LockedSession): Promise<boolean> {
  return enqueuePending(tx, session, null)
}
