import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import type { Sql } from '../../database/database.ts'
import type { Wake as WakeRow } from '../../database/generated/client.ts'
import { refuseUnknownSession } from '../../ledger/find-session.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { completeLockedWake } from '../../ledger/open-wake.ts'
import { lockSession } from '../../ledger/session-lock.ts'
import { wakeOf } from '../../ledger/session-row.ts'
import { extendedDeadlineMs } from '../rules/wake.ts'
import type { WakeStore } from '../wake-store.ts'

type JoinedWake = WakeRow & { sessionIdentifier: string }

const joinedWake = 'select w.*, s.identifier as session_identifier from wake w join session s on s.id = w.session_id'

export function createWakeStore(ledger: Ledger): WakeStore {
  return {
    async listWakes(tenantId, { sessionIdentifier, state, newestFirst }, { limit, cursor }) {
      const after = decodeCursor(cursor, typeidShape) ?? null
      const [direction, behind] = newestFirst ? ['desc', '<'] : ['asc', '>']
      const isBehind = after === null ? '$2::text is null' : `w.id ${behind} $2`
      const rows = await ledger.many<JoinedWake>(
        `${joinedWake} where w.tenant_id = $1 and ${isBehind}
           and ($3::text is null or s.identifier = $3) and ($4::text is null or w.state = $4)
         order by w.id ${direction} limit $5`,
        [tenantId, after, sessionIdentifier ?? null, state ?? null, limit + 1],
      )
      await refuseUnknownSession(ledger, tenantId, sessionIdentifier, rows)
      return pageOf(
        rows,
        limit,
        ({ id }) => id,
        (row) => wakeOf(row, row.sessionIdentifier),
      )
    },

    async findWake(tenantId, id) {
      const row = await readWake(ledger, tenantId, id)
      return row && wakeOf(row, row.sessionIdentifier)
    },

    completeWake: (tenantId, id) =>
      ledger.transaction(async (tx) => {
        const wake = await lockWake(tx, tenantId, id)
        if (wake === null) return null
        if (wake.state === 'expired') return 'expired'
        if (wake.state === 'open') tx.changed()
        await completeLockedWake(tx, wake.sessionId, id)
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
        if (deadline > wake.deadline) tx.changed()
        return wakeOf({ ...wake, deadline }, wake.sessionIdentifier)
      }),
  }
}

/** Locks the session, as every change that writes events to the wake or closes it does. */
async function lockWake(tx: Sql, tenantId: string, id: string): Promise<(JoinedWake & { now: Date }) | null> {
  const found = await readWake(tx, tenantId, id)
  if (!found) return null
  const { now } = await lockSession(tx, found.sessionId)
  const wake = (await readWake(tx, tenantId, id))!
  return { ...wake, now, state: wake.state === 'open' && wake.deadline <= now ? 'expired' : wake.state }
}

function readWake(sql: Sql, tenantId: string, id: string): Promise<JoinedWake | null> {
  return sql.first<JoinedWake>(`${joinedWake} where w.tenant_id = $1 and w.id = $2`, [tenantId, id])
}
