import type { Database } from '../../database/database.ts'
import type { Recovery as RecoveryRow } from '../../database/generated/client.ts'
import { once } from '../../database/idempotency-keys.ts'
import { retryDelivery } from '../../deliveries/postgres/retry-delivery.ts'
import { sweepEvents } from '../../events/postgres/expire-events.ts'
import type { Mint } from '../../kernel/ids.ts'
import type { Sealer } from '../../kernel/sealer.ts'
import type { RepairStore } from '../recovery-store.ts'
import { recoverEvents } from './run-recovery.ts'
import { recoveryOf, startRecovery } from './start-recovery.ts'

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
