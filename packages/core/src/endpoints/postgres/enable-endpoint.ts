import { clockNow } from '../../database/database.ts'
import { announce } from '../../database/notify.ts'
import { isLeftBehind } from '../../ledger/event-filter.ts'
import type { Tx } from '../../ledger/ledger.ts'

/**
 * Enables the endpoint: every session with unacknowledged events for it delivers them in a new wake. A dispatcher looks
 * at all of its sessions, because another process may be canceling their pending deliveries at this moment. They are
 * locked before the endpoint, as everywhere, and in the order of their ids. A session that ends while its lock is
 * waited for stays chosen: its last events are pending, which cannot be seen from here.
 */
export async function enableAndRedeliver(tx: Tx, tenantId: string, id: string): Promise<void> {
  const marked = await tx.run(
    `with chosen as materialized (
       select id from session where id in (
         select s.id from session s join endpoint p on p.id = s.endpoint_id
         where p.tenant_id = $1 and p.id = $2 and p.deleted_at is null
           and (s.configuration ->> 'sessionSendsLaunchEvents')::boolean
           and (p.state = 'disabled' and (s.state <> 'invalidated' or exists (
               select 1 from delivery d where d.session_id = s.id and d.endpoint_id = p.id and d.state = 'pending'))
             or ${isLeftBehind}))
       order by id for no key update
     )
     update session s set redeliver = true, wake_due_at = least(s.wake_due_at, ${clockNow}) from chosen
     where s.id = chosen.id`,
    [tenantId, id],
  )
  const enabled = await tx.run(
    `update endpoint set state = 'enabled', disabled_reason = null, disabled_at = null, failing_since = null,
       failures = 0, next_probe_at = null
     where tenant_id = $1 and id = $2 and deleted_at is null and state = 'disabled'`,
    [tenantId, id],
  )
  if (marked + enabled > 0) tx.changed()
  await announce(tx, 'work')
}

/**
 * The session's `PUT` shows that its client, and so its endpoint, is up again: unacknowledged events are delivered in a
 * new wake. Events that are pending for a wake that is owed go on waiting for it.
 */
export async function redeliverSession(tx: Tx, sessionId: string): Promise<void> {
  const disabled = await tx.first<{ tenantId: string; id: string }>(
    `select p.tenant_id, p.id from session s join endpoint p on p.id = s.endpoint_id
     where s.id = $1 and p.state = 'disabled' and p.deleted_at is null`,
    [sessionId],
  )
  if (disabled) return enableAndRedeliver(tx, disabled.tenantId, disabled.id)
  const marked = await tx.run(
    `update session s set redeliver = true, wake_due_at = least(s.wake_due_at, ${clockNow}) from endpoint p
     where s.id = $1 and p.id = s.endpoint_id and p.deleted_at is null
       and (s.configuration ->> 'sessionSendsLaunchEvents')::boolean and ${isLeftBehind}`,
    [sessionId],
  )
  if (marked === 0) return
  tx.changed()
  await announce(tx, 'work')
}
