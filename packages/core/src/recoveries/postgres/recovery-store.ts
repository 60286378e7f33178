import { clockNow } from '../../database/database.ts'
import type { Recovery as RecoveryRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import { sweepEvents } from '../../events/postgres/expire-events.ts'
import { once } from '../../idempotency/postgres/idempotency-keys.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import type { Recovery, RecoveryStore, StartedRecovery } from '../recovery-store.ts'
import { disorderSeconds, type RecoveryRange } from '../rules/recovery-range.ts'
import { runRecoveries } from './run-recovery.ts'

export function createRecoveryStore(ledger: Ledger, eventRetentionDays: number): RecoveryStore {
  return {
    startRecovery: (tenantId, endpointId, range, request) =>
      ledger.transaction((tx) => once(tx, request, () => startRecovery(tx, tenantId, endpointId, range))),

    async findRecovery(tenantId, endpointId, id) {
      const row = await ledger.first<RecoveryRow>(
        'select * from recovery where tenant_id = $1 and endpoint_id = $2 and id = $3',
        [tenantId, endpointId, id],
      )
      return row && recoveryOf(row)
    },

    recoverEvents: () => runRecoveries(ledger),
    sweepEvents: () => sweepEvents(ledger, eventRetentionDays),
  }
}

/** Writes the job down, for a dispatcher to work off. It begins before the first event of the range. */
async function startRecovery(
  tx: Tx,
  tenantId: string,
  endpointId: string,
  { since, until }: RecoveryRange,
): Promise<StartedRecovery> {
  const endpoint = await tx.first<{ state: string }>(
    'select state from endpoint where tenant_id = $1 and id = $2 and deleted_at is null for no key update',
    [tenantId, endpointId],
  )
  if (!endpoint) return 'not_found'
  if (endpoint.state !== 'enabled') return 'endpoint_disabled'
  const running = "select 1 from recovery where endpoint_id = $1 and state = 'running'"
  if (await tx.first(running, [endpointId])) return 'running'
  // Without an end, events of this very millisecond are included.
  const row = await tx.first<RecoveryRow>(
    `with range as (select $4::timestamptz as since, coalesce($5::timestamptz, ${clockNow} + interval '1 ms') as until)
     insert into recovery (id, tenant_id, endpoint_id, since, until, created_at, position, total)
     select $1, $2, $3, since, until, ${clockNow},
       coalesce((select tenant_sequence from event
         where tenant_id = $2 and created_at < since - interval '${disorderSeconds} seconds'
         order by created_at desc limit 1), 0),
       (select count(*) from event where tenant_id = $2 and created_at >= since and created_at < until)
     from range returning *`,
    [tx.mint.id('rec'), tenantId, endpointId, since, until],
  )
  tx.changed({ target: row!.id })
  await announce(tx, 'work')
  return recoveryOf(row!)
}

function recoveryOf(row: RecoveryRow): Recovery {
  const { id, endpointId, since, until, total, examined, queued, createdAt, endedAt } = row
  const state = row.state as Recovery['state']
  return { id, endpointId, state, since, until, total, examined, queued, createdAt, endedAt }
}
