/*
 * What becomes of each table's rows when a tenant is deleted. Complete: a test compares it with the schema, so that no
 * table is added without a rule.
 */

/** Rows that are found by one that they belong to. `of`: its column; `where`: only these, so that an index has them. */
interface PartRows {
  table: string
  column: string
  of: string
  where?: string
}

/** Rows that name their tenant in a column that leads an index, and what goes in the same transaction. */
export interface OwnRows {
  table: string
  column: string
  parts: readonly PartRows[]
}

/** With the task, once nothing of it is in storage. */
export const partsOfTasks: readonly PartRows[] = ['task_step', 'transfer_part', 'decision', 'file_key'].map(
  (table) => ({ table, column: 'task_id', of: 'id' }),
)

/**
 * Some at a time, in this order, behind the tasks. Of the audit, what names the tenant: that it was deleted is on record as
 * nobody's (beginDeleting).
 */
export const ownRows: readonly OwnRows[] = [
  { table: 'recovery', column: 'tenant_id', parts: [] },
  {
    table: 'delivery',
    column: 'tenant_id',
    parts: [{ table: 'delivery_attempt', column: 'delivery_id', of: 'id' }],
  },
  { table: 'wake', column: 'tenant_id', parts: [] },
  { table: 'event', column: 'tenant_id', parts: [] },
  {
    table: 'session',
    column: 'tenant_id',
    parts: [
      { table: 'delivery_lane', column: 'session_id', of: 'id' },
      { table: 'bandwidth', column: 'scope_id', of: 'id' },
    ],
  },
  {
    table: 'endpoint',
    column: 'tenant_id',
    parts: [
      { table: 'endpoint_secret', column: 'endpoint_id', of: 'id' },
      { table: 'delivery_lane', column: 'endpoint_id', of: 'id', where: "session_id = ''" },
    ],
  },
  { table: 'gone_task', column: 'tenant_id', parts: [] },
  { table: 'bandwidth', column: 'scope_id', parts: [] },
  { table: 'presence', column: 'tenant_id', parts: [] },
  { table: 'stream_lease', column: 'tenant_id', parts: [] },
  { table: 'usage_hour', column: 'tenant_id', parts: [] },
  { table: 'usage_level', column: 'tenant_id', parts: [] },
  { table: 'usage_sample', column: 'tenant_id', parts: [] },
  { table: 'idempotency_key', column: 'scope', parts: [] },
  { table: 'idempotency_key', column: 'tenant_id', parts: [] },
  { table: 'audit', column: 'tenant_id', parts: [] },
  { table: 'sign_in', column: 'tenant_id', parts: [] },
  { table: 'sign_in_link', column: 'tenant_id', parts: [] },
  { table: 'api_key', column: 'tenant_id', parts: [{ table: 'request_count', column: 'key_id', of: 'id' }] },
]

/**
 * One row each, in the order of locks. They go last, in one transaction with the tenant itself. Whoever adds a row of the
 * tables above has locked one of these, or the tenant's, or another row above; but for shares of bandwidth, streams and
 * requests, which go by themselves within minutes.
 */
export const lastRows = ['lane', 'limiter', 'feed', 'tenant_total'] as const

/** Their rows are nobody's. */
export const sharedTables = [
  'installation',
  'encryption_key',
  'key_holder',
  'encryption_pass',
  'default_limit',
  'signing_key',
  'worker',
  'worker_process',
  'host_state',
  'fleet_sample',
  'usage_sampler',
] as const
