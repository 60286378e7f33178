import type { Sql } from '../database/database.ts'
import { notFound } from '../kernel/rules/errors.ts'

/**
 * SQL: the id of the session that an identifier means: the one that is not invalidated, else the one that was made last.
 * The parameters are placeholders.
 */
export const newestSession = (tenantId: string, identifier: string) =>
  `select id from session where tenant_id = ${tenantId} and identifier = ${identifier}
   order by state = 'invalidated', created_at desc, id desc limit 1`

export async function newestSessionId(sql: Sql, tenantId: string, identifier: string): Promise<string | null> {
  const row = await sql.first<{ id: string }>(newestSession('$1', '$2'), [tenantId, identifier])
  return row?.id ?? null
}

/** Whether the tenant has, or had, such a session. */
export async function isKnownSession(sql: Sql, tenantId: string, column: 'id' | 'identifier', value: string) {
  const row = await sql.first(`select 1 from session where tenant_id = $1 and ${column} = $2 limit 1`, [
    tenantId,
    value,
  ])
  return row !== null
}

/** For lists that are narrowed to a session: nothing found is an empty page, or a session that there never was. Throws `not_found`. */
export async function refuseUnknownSession(
  sql: Sql,
  tenantId: string,
  identifier: string | undefined,
  found: readonly unknown[],
): Promise<void> {
  if (identifier === undefined || found.length > 0) return
  if (!(await isKnownSession(sql, tenantId, 'identifier', identifier))) {
    throw notFound('session')
  }
}
