import { clockNow } from '../../database/database.ts'
import type { EventType } from '../../events/rules/event.ts'
import { tellTenant } from '../../ledger/append-tenant-event.ts'
import type { Tx } from '../../ledger/ledger.ts'
import { withoutQuery } from '../../tasks/rules/task-view.ts'

const type: EventType = 'endpoint.disabled'

/**
 * Disables the endpoint. Its pending deliveries are canceled when the first of its delivery lanes comes up, which is at
 * once. The tenant is told in the feed and at its other endpoints. Does nothing when it is disabled already.
 */
export async function disableEndpoint(tx: Tx, endpointId: string, reason: string): Promise<void> {
  const disabled = await tx.first<{ tenantId: string; url: string | null }>(
    `update endpoint set state = 'disabled', disabled_reason = $2, disabled_at = ${clockNow},
       next_probe_at = null, next_send_at = null
     where id = $1 and state = 'enabled' returning tenant_id, url`,
    [endpointId, reason],
  )
  if (!disabled) return
  const { tenantId, url } = disabled
  // A query may hold a secret of the receiver, and this goes to other receivers.
  const data = { endpointId, url: url === null ? null : withoutQuery(url), reason }
  await tellTenant(tx, tenantId, { type, data }, { butNot: endpointId })
  // Delivery lanes of other sessions come behind the feed. A locked one comes up at its own time.
  await tx.run(
    `update delivery_lane l set due_at = ${clockNow}
     from (select session_id from delivery_lane where endpoint_id = $1 and due_at > clock_timestamp()
           for update skip locked) as resting
     where l.session_id = resting.session_id and l.endpoint_id = $1`,
    [endpointId],
  )
}
