import type { Page, PageQuery } from '../kernel/page.ts'
import { AppError } from '../kernel/rules/errors.ts'
import type { AuditEntry, AuditStore } from './audit-store.ts'

interface ListAuditPorts {
  stores: { audit: Pick<AuditStore, 'listAudit'> }
}

interface GivenFilter {
  /** RFC 3339. */
  since?: string | undefined
  action?: string | undefined
  keyId?: string | undefined
  newestFirst?: boolean | undefined
}

/** What is about a tenant, or (`tenantId` undefined) everything. Throws `invalid_request`. */
export async function listAudit(
  { stores }: ListAuditPorts,
  tenantId: string | undefined,
  { since, ...given }: GivenFilter,
  query: PageQuery,
): Promise<Page<AuditEntry>> {
  return stores.audit.listAudit({ tenantId, since: since === undefined ? since : timeOf(since), ...given }, query)
}

/** A leap second is a valid RFC 3339 time, but not one that JavaScript or PostgreSQL can hold. */
function timeOf(text: string): Date {
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time
  const detail = 'The time cannot be represented.'
  throw new AppError('invalid_request', detail, { errors: [{ pointer: '/query/since', code: 'date-time', detail }] })
}
