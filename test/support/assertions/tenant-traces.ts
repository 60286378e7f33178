import type { Database } from '#core/database/database.ts'

/** Ids of ours, by which rows name each other. Those of workers (`wrk`) are nobody's. */
const anyId = /\b(?!wrk_)[a-z]{3}_[0-9a-z]{26}\b/g

/** A row of any table, as text. */
interface AnyRow {
  table: string
  text: string
}

/** Every row of every table of the database, but PostgreSQL's own. */
export async function everyRow(database: Pick<Database, 'many'>): Promise<AnyRow[]> {
  const tables = await database.many<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  )
  const rows: AnyRow[] = []
  for (const { name } of tables)
    for (const { text } of await database.many<{ text: string }>(`select t::text as text from ${name} t`))
      rows.push({ table: name.replace(/^public\./, ''), text })
  return rows
}

/**
 * All that names the tenant: its id, the ids in its rows, the ids in the rows that have those, and so on; and the hashes of
 * its keys. `rows`: the rows that have any of it.
 */
export async function tracesOf(
  database: Pick<Database, 'many'>,
  tenantId: string,
): Promise<{ names: Set<string>; rows: AnyRow[] }> {
  const all = await everyRow(database)
  const names = new Set([tenantId])
  let rows: AnyRow[] = []
  for (let before = -1; before < names.size; ) {
    before = names.size
    rows = all.filter(({ text }) => idsIn(text).some((id) => names.has(id)))
    for (const { text } of rows) for (const id of idsIn(text)) names.add(id)
  }
  const hashes = await database.many<{ hash: string }>(
    "select encode(hash, 'hex') as hash from api_key where tenant_id = $1",
    [tenantId],
  )
  for (const { hash } of hashes) names.add(hash)
  return { names, rows }
}

/** The rows that still have any of these names or secrets. */
export async function rowsWith(database: Pick<Database, 'many'>, names: Iterable<string>): Promise<AnyRow[]> {
  const wanted = [...names]
  return (await everyRow(database)).filter(({ text }) => wanted.some((name) => text.includes(name)))
}

function idsIn(text: string): string[] {
  return text.match(anyId) ?? []
}
