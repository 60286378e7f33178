/*
 * Every column that holds encrypted bytes, with what they are bound to. Complete: a test compares it with the schema.
 */

export interface SealedTable {
  table: string
  /** The columns of its primary key, all of them text. */
  key: readonly string[]
  /** By column, the context that its bytes are encrypted with: an expression of SQL. */
  columns: Readonly<Record<string, string>>
  /** Rows that are encrypted anew in one transaction: large values make few. */
  atOnce: number
}

/** In the order in which they are encrypted anew. */
export const sealedTables: readonly SealedTable[] = [
  { table: 'signing_key', key: ['kid'], columns: { private_sealed: "'signingKey:' || kid" }, atOnce: 100 },
  { table: 'endpoint_secret', key: ['id'], columns: { sealed: "'secret:' || endpoint_id" }, atOnce: 100 },
  { table: 'endpoint', key: ['id'], columns: { headers_sealed: "'endpoint-headers:' || id" }, atOnce: 100 },
  { table: 'session', key: ['id'], columns: { headers_sealed: "'headers:' || id" }, atOnce: 100 },
  { table: 'decision', key: ['event_id'], columns: { answer_sealed: "'decision:' || event_id" }, atOnce: 100 },
  {
    table: 'task',
    key: ['id'],
    columns: {
      request_sealed: "'request:' || id",
      original_request_sealed: "'request:' || id",
      current_url_sealed: "'currentUrl:' || id",
    },
    atOnce: 100,
  },
  { table: 'delivery', key: ['id'], columns: { body_sealed: "'body:' || id" }, atOnce: 50 },
  {
    table: 'delivery_attempt',
    key: ['id'],
    columns: { request_headers_sealed: "'attempt:' || delivery_id" },
    atOnce: 100,
  },
  // The response to a batch has a megabyte.
  {
    table: 'idempotency_key',
    key: ['scope', 'key'],
    columns: { body: "'idempotency:' || scope || ' ' || key" },
    atOnce: 10,
  },
]

/** Bytes of the `bytea` hold the id of the key, or null, unless they are of the form without one. */
const idOf = (column: string) =>
  `case when substring(${column} for 1) = '\\x01' then 'unlabelled' else encode(substring(${column} from 2 for 4), 'hex') end`

/** SQL: a page of a table by what its encrypted values name as their key, and the last row of it. $1: the row before it. */
export function countPageSql({ table, key, columns }: SealedTable, limit: number, isFirst: boolean): string {
  const all = Object.keys(columns)
  const keys = key.join(', ')
  return `with page as (
      select ${[...key, ...all].join(', ')} from ${table} ${isFirst ? '' : `where ${behind(key)}`} order by ${keys} limit ${limit}
    )
    select case when value is not null then ${idOf('value')} end as key_id, count(*)::int as rows,
      (select array[${keys}] from page order by ${key.map((each) => `${each} desc`).join(', ')} limit 1) as last
    from page cross join lateral (values ${all.map((column) => `(${column})`).join(', ')}) as of_row(value) group by 1`
}

/** SQL: behind the row whose key is $1, in the order of the primary key. */
export function behind(key: readonly string[]): string {
  return `(${key.join(', ')}) > (${key.map((_, n) => `($1::text[])[${n + 1}]`).join(', ')})`
}
