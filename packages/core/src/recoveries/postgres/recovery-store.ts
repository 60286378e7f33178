import type { Recovery as RecoveryRow } from '../../database/generated/client.ts'
import { once } from '../../database/idempotency-keys.ts'
import { retryDelivery } from '../../deliveries/postgres/retry-delivery.ts'
import { sweepEvents } from '../../events/postgres/expire-events.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { RepairStore } from '../recovery-store.ts'
import { recoverEvents } from './run-recovery.ts'
import { recoveryOf, startRecovery } from './start-recovery.ts'

export function createRepairStore(ledger: Ledger, eventRetentionDays: number): Omit<RepairStore, 'findDelivery'> {
  return {
    retryDelivery: (tenantId, id) => ledger.transaction((tx) => retryDelivery(tx, tenantId, id)),

    startRecovery: (tenantId, endpointId, range, request) =>
      ledger.transaction((tx) => once(tx, request, () => startRecovery(tx, tenantId, endpointId, range))),

    async findRecovery(tenantId, endpointId, id) {
      const row = await ledger.first<RecoveryRow>(
        'select * from recovery where tenant_id = $1 and endpoint_id = $2 and id = $3',
        [tenantId, endpointId, id],
      )
      return row && recoveryOf(row)
    },

    recoverEvents: () => recoverEvents(ledger),
    sweepEvents: () => sweepEvents(ledger, eventRetentionDays),
  }
}
