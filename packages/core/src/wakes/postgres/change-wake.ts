import type { Sql } from '../../database/database.ts'
import type { Wake as WakeRow } from '../../database/generated/client.ts'
import type { FeedStore } from '../../events/feed-store.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { completeWake } from '../../ledger/open-wake.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import { wakeOf } from '../../ledger/wake-row.ts'
import { extendedDeadlineMs } from '../rules/wake.ts'

type JoinedWake = WakeRow & { sessionIdentifier: string }

/** What a client does about its wake. One whose deadline has passed has expired, also before that was written down. */
export function createWakeChanges(ledger: Ledger): Pick<FeedStore, 'completeWake' | 'extendWake'> {
  return {
    completeWake: (tenantId, id) =>
      ledger.transaction(async (tx) => {
        const wake = await lockWake(tx, tenantId, id)
        if (wake === null) return null
        if (wake.state === 'expired') return 'expired'
        await completeWake(tx, wake.sessionId, id)
        return wakeOf((await readWake(tx, tenantId, id))!, wake.sessionIdentifier)
      }),

    extendWake: (tenantId, id, seconds) =>
      ledger.transaction(async (tx) => {
        const wake = await lockWake(tx, tenantId, id)
        if (wake === null) return null
        if (wake.state !== 'open') return wake.state === 'expired' ? 'expired' : 'completed'
        const times = { openedAtMs: wake.openedAt.getTime(), deadlineMs: wake.deadline.getTime() }
        const deadline = new Date(extendedDeadlineMs(times, seconds, wake.now.getTime()))
        await tx.run('update wake set deadline = $2 where id = $1', [id, deadline])
        return wakeOf({ ...wake, deadline }, wake.sessionIdentifier)
      }),
  }
}

/** Holds the session, as whoever writes events to the wake or closes it does. */
async function lockWake(tx: Sql, tenantId: string, id: string): Promise<(JoinedWake & { now: Date }) | null> {
  const found = await readWake(tx, tenantId, id)
  if (!found) return null
  const { now } = await lockSession(tx, found.sessionId)
  const wake = (await readWake(tx, tenantId, id))!
  return { ...wake, now, state: wake.state === 'open' && wake.deadline <= now ? 'expired' : wake.state }
}

function readWake(tx: Sql, tenantId: string, id: string): Promise<JoinedWake | null> {
  return tx.first<JoinedWake>(
    `select w.*, s.identifier as session_identifier from wake w join session s on s.id = w.session_id
     where w.tenant_id = $1 and w.id = $2`,
    [tenantId, id],
  )
}
