/**
 * SQL: the tenant rests: it is suspended, or being deleted. Nothing of it begins, nothing is sent for it, and its files do
 * not expire. Only behind the lock of its tenant queue is the answer still true at the commit. `tenant` is the expression of its id.
 */
export function isResting(tenant: string): string {
  return `coalesce((select resting from lane where lane.tenant_id = ${tenant}), false)`
}
