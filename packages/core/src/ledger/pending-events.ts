import type { Sql } from '../database/database.ts'
import { announce } from '../database/notify.ts'
import { enqueue } from './enqueue-events.ts'
import { idle, isWantedSql, listOf } from './event-filter.ts'
import type { Tx } from './ledger.ts'
import type { LockedSession } from './session-lock.ts'

/** In one transaction, which has the tenant's feed. */
export const heldAtOnce = 2_000

/** How many of the events that a session holds its endpoint wants, and whether any of them is worth a wake. */
export async function lookAtHeld(
  tx: Sql,
  { row, endpoint }: LockedSession,
): Promise<{ wanted: number; callsForWake: boolean }> {
  const held = await tx.first<{ wanted: number; callsForWake: boolean | null }>(
    `select count(*)::int as wanted, bool_or(type not in (${listOf(idle)})) as calls_for_wake from event
     where session_id = $1 and held and ${isWantedSql('$2::text[]', 'type')}`,
    [row.id, endpoint?.eventTypes ?? []],
  )
  return { wanted: held!.wanted, callsForWake: held!.callsForWake ?? false }
}

/**
 * Puts what is held into the delivery lane, in the order of its numbers, {@link heldAtOnce} at most. When there is
 * more, the session stays owed, so that a dispatcher goes on and what is written meanwhile is held behind it. Whether
 * all of it went.
 */
export async function enqueueHeld(tx: Tx, session: LockedSession, wakeId: string | null): Promise<boolean> {
  const held = await tx.many<{ id: string }>(
    'select id from event where session_id = $1 and held order by sequence limit $2',
    [session.row.id, heldAtOnce + 1],
  )
  const some = held.slice(0, heldAtOnce).map(({ id }) => id)
  await enqueue(tx, session, wakeId, some)
  const isAll = some.length === held.length
  await tx.run('update session set wake_due_at = $2 where id = $1 and wake_due_at is distinct from $2', [
    session.row.id,
    isAll ? null : session.now,
  ])
  if (!isAll) await announce(tx, 'work')
  return isAll
}

/** The client is in the foreground: what is held goes out now, in its order and without a wake. Whether all of it went. */
export function deliverHeld(tx: Tx, session: LockedSession): Promise<boolean> {
  return enqueueHeld(tx, session, null)
}
