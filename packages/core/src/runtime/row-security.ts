import type { LockWait } from '../database/migration-locks.ts'
import { refusesTenantRole, type SecureOptions, secureRows } from '../database/row-security.ts'
import type { Log } from '../kernel/log.ts'
import { tenantRows } from '../ledger/tenant-rows.ts'

interface Narrowing extends Pick<SecureOptions, 'isAhead' | 'signal'> {
  log: Pick<Log, 'warn'>
}

/**
 * Whether requests of tenants can run as the role that sees only their rows, which it prepares. Where the database's users
 * may not, that is logged, and the service runs with the conditions of its SQL alone. Throws as `secureRows` does.
 */
export async function narrowTenants(
  { url, directUrl }: Record<'url' | 'directUrl', string>,
  { log, ...options }: Narrowing,
): Promise<boolean> {
  const say = (waiting: LockWait) =>
    log.warn({ event: 'row_security.locked', ...waiting }, 'others have locks that policies need; it begins anew')
  const refusal = await secureRows(directUrl, tenantRows, { ...options, say })
  const reason = refusal ?? (await refusesTenantRole(url, tenantRows))
  if (reason === null) return true
  log.warn({ event: 'row_security.off', reason }, 'row-level security is off: see docs/deployment.md')
  return false
}
