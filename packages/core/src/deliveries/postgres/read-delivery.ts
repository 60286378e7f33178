import type { Sql } from '../../database/database.ts'
import type { Delivery } from '../delivery-log-store.ts'

/** SQL up to its conditions: the deliveries `d` of tenant `$1`, as they are shown. */
export const deliveriesOfTenant = `
  select d.id, d.event_id, e.type as event_type, d.endpoint_id, s.identifier as session_identifier, d.wake_id,
    d.state, d.attempts, d.next_attempt_at, d.created_at, d.ended_at
  from delivery d join event e on e.id = d.event_id left join session s on s.id = d.session_id
  where d.tenant_id = $1`

export function findDelivery(sql: Sql, tenantId: string, id: string): Promise<Delivery | null> {
  return sql.first<Delivery>(`${deliveriesOfTenant} and d.id = $2`, [tenantId, id])
}
