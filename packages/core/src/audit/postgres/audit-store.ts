import { decodeCursor, pageOf } from '../../database/cursor.ts'
import type { Database } from '../../database/database.ts'
import type { Audit as AuditRow } from '../../database/generated/client.ts'
import type { AuditEntry, AuditFilter, AuditStore } from '../audit-store.ts'

/** How long a row is kept. The table's trigger refuses to delete a younger one. */
const keptDays = 400
const rowsAtOnce = 500
const rowsPerSweep = 10_000

/** Time (Unix milliseconds) and id of a page's last row. */
const cursorShape = /^\d{1,15} aud_[0-9a-z]{26}$/

export function createAuditStore(database: Database): AuditStore {
  return {
    async listAudit(filter, { limit, cursor }) {
      const rows = await database.many<AuditRow>(...listing(filter, cursor, limit + 1))
      return pageOf(rows, limit, ({ at, id }) => `${at.getTime()} ${id}`, entryOf)
    },

    async sweepAudit() {
      let swept = 0
      for (let last = rowsAtOnce; last === rowsAtOnce && swept < rowsPerSweep; swept += last) {
        last = await database.run(
          `delete from audit where ctid = any(array(
             select ctid from audit where at < statement_timestamp() - interval '${keptDays} days'
             order by at, id limit $1 for update skip locked))`,
          [rowsAtOnce],
        )
      }
      return swept
    },
  }
}

/** Only the conditions that are asked for, so that each text has a plan with the index for it. */
function listing(
  { tenantId, since, action, keyId, newestFirst = false }: AuditFilter,
  cursor: string | undefined,
  limit: number,
): [string, unknown[]] {
  const [after, afterId] = decodeCursor(cursor, cursorShape)?.split(' ') ?? []
  const [beyond, direction] = newestFirst ? ['<', 'desc'] : ['>', 'asc']
  const params: unknown[] = []
  const parameter = (value: unknown) => `$${params.push(value)}`
  const conditions = [
    tenantId === undefined ? [] : [`tenant_id = ${parameter(tenantId)}`],
    action === undefined ? [] : [`action = ${parameter(action)}`],
    keyId === undefined ? [] : [`key_id = ${parameter(keyId)}`],
    since === undefined ? [] : [`at >= ${parameter(since)}`],
    after === undefined ? [] : [`(at, id) ${beyond} (${parameter(new Date(Number(after)))}, ${parameter(afterId)})`],
  ].flat()
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  return [`select * from audit ${where} order by at ${direction}, id ${direction} limit ${parameter(limit)}`, params]
}

function entryOf({ id, tenantId, keyId, signInId, action, target, address, requestId, at }: AuditRow): AuditEntry {
  return { id, tenantId, keyId, signInId, action, target, address, requestId, at }
}
