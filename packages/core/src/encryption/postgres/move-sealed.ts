import { clockNow, type Sql } from '../../database/database.ts'
import type { EncryptionPass } from '../../database/generated/client.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import { behind, type SealedTable } from './sealed-columns.ts'

/** Rows that are looked at in one transaction. */
const lookAtOnce = 1_000

/** Which key everything is to be encrypted with: what its bytes begin with. */
export interface Target {
  encryptor: Encryptor
  prefix: Uint8Array
}

/**
 * Looks at the table's next rows behind the pass's position, and encrypts with the target what is encrypted otherwise. Rows that others have
 * locked are not waited for: the table is gone through once more then. Returns how many rows it has encrypted.
 */
export async function moveNext(tx: Sql, table: SealedTable, pass: EncryptionPass, target: Target): Promise<number> {
  const page = await lookAt(tx, table, pass.position, target.prefix)
  const stale = page.filter(({ isStale }) => isStale).slice(0, table.atOnce)
  const isCut = stale.length === table.atOnce
  const moved =
    stale.length === 0
      ? 0
      : await encryptRows(
          tx,
          table,
          stale.map(({ key }) => key),
          target,
        )
  const position = (isCut ? stale.at(-1) : page.at(-1))?.key ?? pass.position
  const skipped = pass.skipped + stale.length - moved
  const isEnd = !isCut && page.length < lookAtOnce
  const next = isEnd && skipped > 0 ? { position: [], skipped: 0 } : { position, skipped }
  await tx.run(
    `update encryption_pass set position = $2::text[], skipped = $3, moved = moved + $4,
       done_at = case when $5 then ${clockNow} end where table_name = $1`,
    [table.table, next.position, next.skipped, moved, isEnd && skipped === 0],
  )
  return moved
}

/** Only what a value begins with is read of it. */
function lookAt(
  tx: Sql,
  { table, key, columns }: SealedTable,
  position: readonly string[],
  prefix: Uint8Array,
): Promise<{ key: string[]; isStale: boolean }[]> {
  const stale = Object.keys(columns).map(
    (column) => `coalesce(substring(${column} for octet_length($2::bytea)) <> $2::bytea, false)`,
  )
  return tx.many(
    `select array[${key.join(', ')}] as key, ${stale.join(' or ')} as is_stale from ${table}
     where ${position.length === 0 ? 'cardinality($1::text[]) = 0' : behind(key)}
     order by ${key.join(', ')} limit ${lookAtOnce}`,
    [position, prefix],
  )
}

async function encryptRows(
  tx: Sql,
  { table, key, columns }: SealedTable,
  keys: readonly string[][],
  { encryptor, prefix }: Target,
): Promise<number> {
  const names = Object.keys(columns)
  const given = `(select ${key.map((_, n) => `part${n}`).join(', ')} from unnest(${key.map((_, n) => `$${n + 1}::text[]`).join(', ')}) as given(${key.map((_, n) => `part${n}`).join(', ')}))`
  const rows = await tx.many<{ key: string[] } & Record<`sealed${number}` | `context${number}`, unknown>>(
    `select array[${key.join(', ')}] as key,
       ${names.map((column, n) => `${column} as sealed${n}, ${columns[column]} as context${n}`).join(', ')}
     from ${table} where (${key.join(', ')}) in ${given} for update skip locked`,
    key.map((_, n) => keys.map((each) => each[n])),
  )
  if (rows.length === 0) return 0
  const anew = (sealed: unknown, context: unknown): Uint8Array | null => {
    if (!(sealed instanceof Uint8Array) || startsWith(sealed, prefix)) return null
    return encryptor.encrypt(encryptor.decryptBytes(sealed, String(context)), String(context))
  }
  const values = names.map((_, n) => rows.map((row) => anew(row[`sealed${n}`], row[`context${n}`])))
  const types = [...key.map(() => 'text[]'), ...names.map(() => 'bytea[]')]
  const columnsGiven = [...key.map((_, n) => `part${n}`), ...names.map((_, n) => `value${n}`)]
  return tx.run(
    `update ${table} set ${names.map((column, n) => `${column} = coalesce(value${n}, ${column})`).join(', ')}
     from unnest(${types.map((type, n) => `$${n + 1}::${type}`).join(', ')}) as given(${columnsGiven.join(', ')})
     where ${key.map((column, n) => `${table}.${column} = part${n}`).join(' and ')}`,
    [...key.map((_, n) => rows.map((row) => row.key[n])), ...values],
  )
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, prefix.byteLength), prefix) === 0
}
