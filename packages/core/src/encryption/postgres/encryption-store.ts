import { clockNow, type Sql } from '../../database/database.ts'
import type { EncryptionPass } from '../../database/generated/client.ts'
import type { Keyring } from '../../kernel/encryptor.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import type { EncryptionStore, HeldKeys, KeyChoice, MovedSealed } from '../encryption-store.ts'
import { chooseKey, holderSeconds } from '../rules/choose-key.ts'
import { moveNext } from './move-sealed.ts'
import { readKeys } from './read-keys.ts'
import { sealedTables } from './sealed-columns.ts'

interface EncryptionSettings {
  /** A key whose use was reported within this time may still be in the hand of a transaction. */
  settleSeconds?: number
}

/** SQL: a record of a process that counts. */
export const isLiving = `seen_at > clock_timestamp() - interval '${holderSeconds} seconds'`

export function createEncryptionStore(
  ledger: Ledger,
  keyring: Pick<Keyring, 'current'>,
  { settleSeconds = holderSeconds }: EncryptionSettings = {},
): EncryptionStore {
  return {
    holdKeys: (held) => ledger.transaction((tx) => hold(tx, held)),
    async dropKeys(processId) {
      await ledger.run('delete from key_holder where process_id = $1', [processId])
    },
    async moveSealed() {
      const { id } = keyring.current()
      const isNeeded = await ledger.first('select 1 from encryption_key where released_at is null and id <> $1', [id])
      if (!isNeeded) return { kind: 'idle' }
      return ledger.transaction((tx) => moveSome(tx, id, settleSeconds))
    },
    readKeys: () => readKeys(ledger),
  }
}

/** One process at a time, so that no key comes into use while a process begins that does not have it. */
async function hold(tx: Sql, { processId, names, isAlone }: HeldKeys): Promise<KeyChoice> {
  await tx.run("select pg_advisory_xact_lock(hashtextextended('encryption keys', 0))")
  await tx.run('insert into installation (id, key_fingerprint) values (1, $1) on conflict do nothing', [
    names[0].fingerprint,
  ])
  // The first key: that of this process on a new database, and that of processes from before key rotation on an older one.
  await tx.run(
    `insert into encryption_key (id, fingerprint, unlabelled, used_at)
     select left(key_fingerprint, 8), key_fingerprint, true, ${clockNow} from installation
     where not exists (select from encryption_key)`,
  )
  const inUse = await tx.many<{ id: string; fingerprint: string }>(
    'select id, fingerprint from encryption_key where released_at is null order by used_at',
  )
  const missing = inUse.filter(({ fingerprint }) => names.every((name) => name.fingerprint !== fingerprint))
  if (missing.length > 0) return { missing: missing.map(({ id }) => id) }
  await tx.run(`delete from key_holder where $1 or not (${isLiving})`, [isAlone])
  const others = await tx.many<{ keyIds: string[] }>('select key_ids from key_holder where process_id <> $1', [
    processId,
  ])
  const ids = names.map(({ id }) => id) as [string, ...string[]]
  const use = chooseKey(
    ids,
    others.map(({ keyIds }) => keyIds),
    inUse.map(({ id }) => id),
  )
  const { fingerprint } = names.find(({ id }) => id === use)!
  await tx.run(
    `insert into key_holder (process_id, key_ids, current_id, seen_at) values ($1, $2, $3, ${clockNow})
     on conflict (process_id) do update
       set key_ids = excluded.key_ids, current_id = excluded.current_id, seen_at = excluded.seen_at`,
    [processId, ids, use],
  )
  const used = await tx.first<{ unlabelled: boolean }>(
    `insert into encryption_key (id, fingerprint, used_at) values ($1, $2, ${clockNow})
     on conflict (id) do update set used_at = excluded.used_at, released_at = null returning unlabelled`,
    [use, fingerprint],
  )
  // Processes from before key rotation refuse to start once there is what they cannot read.
  await tx.run(
    `update installation set key_fingerprint = needed.fingerprint from (
       select fingerprint from encryption_key where released_at is null order by unlabelled, used_at desc limit 1) needed
     where key_fingerprint <> needed.fingerprint`,
  )
  return { use, isLabelled: !used!.unlabelled }
}

/** One process at a time. */
async function moveSome(tx: Tx, keyId: string, settleSeconds: number): Promise<MovedSealed> {
  const lock = await tx.first<{ had: boolean }>(
    "select pg_try_advisory_xact_lock(hashtextextended('encryption pass', 0)) as had",
  )
  if (!lock!.had) return { kind: 'elsewhere' }
  const state = await tx.first<{ isUnlabelled: boolean; isSettled: boolean }>(
    `select unlabelled as is_unlabelled,
       not exists (select from key_holder where current_id <> $1 and ${isLiving})
       and not exists (select from encryption_key where id <> $1 and released_at is null
         and used_at > clock_timestamp() - make_interval(secs => $2)) as is_settled
     from encryption_key where id = $1`,
    [keyId, settleSeconds],
  )
  if (!state?.isSettled) return { kind: 'waiting' }
  const passes = await passesFor(tx, keyId)
  const total = passes.reduce((sum, { moved }) => sum + Number(moved), 0)
  const open = new Map(passes.filter(({ doneAt }) => doneAt === null).map((pass) => [pass.tableName, pass]))
  const table = sealedTables.find((each) => open.has(each.table))
  if (table === undefined) return { kind: 'done', released: await releaseOthers(tx, keyId), total }
  const prefix = state.isUnlabelled ? Buffer.of(1) : Buffer.from(`02${keyId}`, 'hex')
  const rows = await moveNext(tx, table, open.get(table.table)!, { encryptor: tx.encryptor, prefix })
  return { kind: 'moved', table: table.table, rows, total: total + rows }
}

/** Those of another key, or of another version's tables, begin anew. */
async function passesFor(tx: Sql, keyId: string): Promise<EncryptionPass[]> {
  const passes = await tx.many<EncryptionPass>('select * from encryption_pass')
  const names = sealedTables.map(({ table }) => table)
  const isComplete = names.every((name) => passes.some((pass) => pass.tableName === name && pass.targetId === keyId))
  if (isComplete) return passes
  await tx.run('delete from encryption_pass')
  return tx.many<EncryptionPass>(
    `insert into encryption_pass (table_name, target_id, begun_at) select name, $2, ${clockNow} from unnest($1::text[]) as name
     returning *`,
    [names, keyId],
  )
}

/** Not one that was used since the passes began: then they begin anew. */
async function releaseOthers(tx: Sql, keyId: string): Promise<string[]> {
  const released = await tx.many<{ id: string }>(
    `update encryption_key set released_at = ${clockNow}
     where id <> $1 and released_at is null and used_at < (select min(begun_at) from encryption_pass) returning id`,
    [keyId],
  )
  await tx.run('delete from encryption_pass')
  return released.map(({ id }) => id)
}
