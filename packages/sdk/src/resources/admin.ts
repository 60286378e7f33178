import {
  AdminApiKeysCalls,
  AdminAuditCalls,
  AdminFairnessCalls,
  AdminQueueCalls,
  AdminTenantsCalls,
  AdminUsageCalls,
  AdminWorkersCalls,
} from '../generated/calls.ts'
import type { ListUsageData } from '../generated/types.ts'
import type { Transport } from '../http/transport.ts'
import type { RequestOptions } from '../request-options.ts'

export class AdminUsage extends AdminUsageCalls {
  /** All rows as CSV (RFC 4180), behind one with the names of the columns: `GET /v1/admin/usage?format=csv`. */
  csv(query?: Omit<NonNullable<ListUsageData['query']>, 'format' | 'limit' | 'cursor'>, options?: RequestOptions) {
    return this.call<string>('GET', '/v1/admin/usage', options, { query: { ...query, format: 'csv' } })
  }
}

/** What operators do: the client's `apiKey` is an operator's token then. */
export class Admin {
  readonly tenants: AdminTenantsCalls
  readonly apiKeys: AdminApiKeysCalls
  readonly usage: AdminUsage
  readonly audit: AdminAuditCalls
  readonly workers: AdminWorkersCalls
  readonly queue: AdminQueueCalls
  readonly fairness: AdminFairnessCalls
  constructor(transport: Transport) {
    this.tenants = new AdminTenantsCalls(transport)
    this.apiKeys = new AdminApiKeysCalls(transport)
    this.usage = new AdminUsage(transport)
    this.audit = new AdminAuditCalls(transport)
    this.workers = new AdminWorkersCalls(transport)
    this.queue = new AdminQueueCalls(transport)
    this.fairness = new AdminFairnessCalls(transport)
  }
}
