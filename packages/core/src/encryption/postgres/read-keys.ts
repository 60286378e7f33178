import type { Sql } from '../../database/database.ts'
import type { EncryptionKey } from '../../database/generated/client.ts'
import { holderSeconds } from '../rules/choose-key.ts'
import type { KeyUse } from '../rules/key-use.ts'
import { countPageSql, type SealedTable, sealedTables } from './sealed-columns.ts'

/** Rows that one statement counts: well within its time. */
const pageRows = 20_000

export async function readKeys(sql: Sql): Promise<KeyUse[]> {
  const keys = await sql.many<EncryptionKey & { holders: number; users: number }>(
    `select k.*, count(h.process_id)::int as holders, (count(*) filter (where h.current_id = k.id))::int as users
     from encryption_key k left join key_holder h on k.id = any(h.key_ids)
       and h.seen_at > clock_timestamp() - interval '${holderSeconds} seconds'
     group by k.id order by k.used_at desc`,
  )
  const counts = new Map<string, Record<string, number>>()
  for (const table of sealedTables)
    for (const [label, rows] of await countTable(sql, table)) {
      const id = label === 'unlabelled' ? (keys.find(({ unlabelled }) => unlabelled)?.id ?? label) : label
      counts.set(id, { ...counts.get(id), [table.table]: rows })
    }
  const known: KeyUse[] = keys.map(({ id, unlabelled, usedAt, releasedAt, holders, users }) => ({
    ...{ id, isUnlabelled: unlabelled, usedAt, releasedAt, holders, users },
    rows: counts.get(id) ?? {},
  }))
  const others = [...counts].filter(([id]) => known.every((key) => key.id !== id))
  const nothing = { isUnlabelled: false, usedAt: null, releasedAt: null, holders: 0, users: 0 }
  return [...known, ...others.map(([id, rows]) => ({ id, ...nothing, rows }))]
}

/** Encrypted values by what they name as their key. */
async function countTable(sql: Sql, table: SealedTable): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (let last: string[] | null = null; ; ) {
    const page: { keyId: string | null; rows: number; last: string[] }[] = await sql.many(
      countPageSql(table, pageRows, last === null),
      last === null ? [] : [last],
    )
    if (page.length === 0) return counts
    for (const { keyId, rows } of page) if (keyId !== null) counts.set(keyId, (counts.get(keyId) ?? 0) + rows)
    last = page[0]!.last
  }
}
