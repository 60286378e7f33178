import { currentTenant, type TableAccess } from '../database/row-security.ts'

/* Row-level security: which rows are a tenant's. Each table is here; one that is not is out of reach for requests of tenants. */

const own = (column: string) => `${column} = ${currentTenant}`
/**
 * The rows of a table without a tenant are those of their parent, which has a policy of its own. Not EXISTS, for which a
 * plan may collect all parents of the tenant: this one looks one up for each row.
 */
const ofParent = (parent: string, column: string, of: string) =>
  `(SELECT true FROM ${parent} AS parent WHERE parent.id = ${of}.${column})`

const withTenant = [
  'api_key',
  'audit',
  'decision',
  'delivery',
  'endpoint',
  'event',
  'feed',
  'gone_task',
  'lane',
  'limiter',
  'recovery',
  'session',
  'sign_in',
  'sign_in_link',
  'stream_lease',
  'task',
  'tenant_total',
  'usage_hour',
  'usage_level',
  'usage_sample',
  'wake',
]

export const tenantRows: readonly TableAccess[] = [
  ...withTenant.map((table) => ({ table, rows: own('tenant_id') })),
  { table: 'presence', rows: own('tenant_id'), sequence: 'presence_id_seq' },
  { table: 'tenant', rows: own('id') },
  { table: 'idempotency_key', rows: own('scope') },
  // Claimed before there is a task. Keys begin with the tenant's prefix.
  { table: 'file_key', rows: `starts_with(key, ${currentTenant} || '/')` },
  { table: 'task_step', rows: ofParent('task', 'task_id', 'task_step') },
  { table: 'transfer_part', rows: ofParent('task', 'task_id', 'transfer_part') },
  { table: 'endpoint_secret', rows: ofParent('endpoint', 'endpoint_id', 'endpoint_secret') },
  { table: 'delivery_lane', rows: ofParent('endpoint', 'endpoint_id', 'delivery_lane') },
  { table: 'delivery_attempt', rows: ofParent('delivery', 'delivery_id', 'delivery_attempt') },
  // Of everybody.
  ...['worker', 'host_state', 'default_limit', 'fleet_in_flight', 'fleet_connections', 'usage_sampler'].map(
    (table) => ({
      table,
      rows: null,
    }),
  ),
]

/** Nothing that a tenant's request needs: requests are counted before their tenant is set, bandwidth and counts of all tenants are not theirs. */
export const outOfReach = [
  ...['installation', 'encryption_key', 'key_holder', 'encryption_pass', 'signing_key'],
  ...['request_count', 'bandwidth', 'fleet_sample', 'worker_process'],
]
