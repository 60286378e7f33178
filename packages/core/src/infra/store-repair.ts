import type { Mint, Sealer } from '../app/ports.ts'
import type { RepairStore } from '../app/repair-store.ts'
import type { Database } from './database.ts'
import type { Recovery as RecoveryRow } from './generated/client.ts'
import { once } from './idempotency.ts'
import { recoverEvents } from './recover-events.ts'
import { retryDelivery } from './retry-delivery.ts'
import { recoveryOf, startRecovery } from './start-recovery.ts'
import { sweepEvents } from './sweep-events.ts'

export function createRepairStore(
  database: Database,
  mint: Mint,
  sealer: Sealer,
  eventRetentionDays: number,
): Omit<RepairStore, 'findDelivery'> {
  return {
    retryDelivery: (tenantId, id) => database.transaction((tx) => retryDelivery(tx, tenantId, id)),

    startRecovery: (tenantId, endpointId, range, request) =>
      database.transaction((tx) =>
        once(tx, sealer, request, () => startRecovery(tx, mint, tenantId, endpointId, range)),
      ),

    async findRecovery(tenantId, endpointId, id) {
      const row = await database.first<RecoveryRow>(
        'select * from recovery where tenant_id = $1 and endpoint_id = $2 and id = $3',
        [tenantId, endpointId, id],
      )
      return row && recoveryOf(row)
    },

    recoverEvents: () => recoverEvents(database, mint),
    sweepEvents: () => sweepEvents(database, eventRetentionDays),
  }
}
