import type { Sql } from '../../database/database.ts'
import type { DeliveryLane as DeliveryLaneRow } from '../../database/generated/client.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { DeliveryStore } from '../delivery-store.ts'
import { listDueDeliveryLanes } from './due-delivery-lanes.ts'
import { startAttempts } from './lease-batch.ts'
import { recordBatch } from './record-batch.ts'

export function createDeliveryStore(ledger: Ledger): DeliveryStore {
  return {
    listDueDeliveryLanes: (limit) => listDueDeliveryLanes(ledger, limit),

    leaseNextBatch: (lane, most, connectionId) =>
      ledger.transaction(async (tx) => {
        const row = await tx.first<DeliveryLaneRow>(
          `select * from delivery_lane where session_id = $1 and endpoint_id = $2 and due_at <= clock_timestamp()
             and (lease_until is null or lease_until < clock_timestamp()) for update skip locked`,
          [lane.sessionId, lane.endpointId],
        )
        if (!row) return []
        // In a statement of its own: a connection that takes over locks the delivery lane first, so it is seen here, or
        // takes over what is leased here.
        if (connectionId !== undefined && !(await hasEndpoint(tx, connectionId, row.endpointId))) return []
        return startAttempts(tx, row, most)
      }),

    recordBatch: (batch, random, next) =>
      ledger.transaction(async (tx) => (await recordBatch(tx, batch, random, next)) ?? []),
  }
}

async function hasEndpoint(tx: Sql, connectionId: string, endpointId: string): Promise<boolean> {
  const query = 'select 1 from endpoint where id = $1 and connection_id = $2'
  return (await tx.first(query, [endpointId, connectionId])) !== null
}
