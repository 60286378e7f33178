import { clockNow } from '../../database/database.ts'
import { announce } from '../../database/notify.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import {
  mostSignIns,
  signInHours,
  signInKeptHours,
  signInLinkMinutes,
  signInStepSeconds,
} from '../rules/sign-in-terms.ts'
import type { SignIn, SignInOwner, SignInStore } from '../sign-in-store.ts'
import { type FoundKeyRow, foundKeyOf, foundKeys } from './found-key.ts'

const unexpired = 's.expires_at > clock_timestamp()'

export function createSignInStore(ledger: Ledger): SignInStore {
  return {
    createSignIn: (owner, hash, link) =>
      ledger.transaction(async (tx) => {
        if (link && !(await useUp(tx, link))) return null
        return insertSignIn(tx, owner, hash)
      }),

    async findSignIn(hash, operatorDigests) {
      const row = await ledger.first<SignIn & { isStale: boolean } & (FoundKeyRow | { keyId: null })>(
        `select s.id, least(s.expires_at, k.key_expires_at) as expires_at,
           s.last_used_at < clock_timestamp() - interval '${signInStepSeconds} seconds' as is_stale, k.*
         from sign_in s left join lateral (select * from (${foundKeys}) k where k.key_id = s.key_id) k on true
         where s.hash = $1 and ${unexpired} and (k.key_id is not null or s.operator_digest = any($2))`,
        [hash, operatorDigests],
      )
      if (row === null) return null
      const { id, expiresAt, isStale } = row
      return { signIn: { id, expiresAt }, isStale, key: row.keyId === null ? null : foundKeyOf(row) }
    },

    wasSignIn: async (hash) => (await ledger.first('select 1 from sign_in where hash = $1', [hash])) !== null,

    async noteSignInUse(id) {
      await ledger.relaxed.run(
        `update sign_in s set last_used_at = ${clockNow}, expires_at = ${expiry('s.created_at')}
         where id = $1 and ${unexpired} and last_used_at < clock_timestamp() - interval '${signInStepSeconds} seconds'`,
        [id],
      )
    },

    endSignIn: (id) =>
      ledger.transaction(async (tx) => {
        const row = await tx.first<{ keyId: string | null }>('delete from sign_in where id = $1 returning key_id', [id])
        if (row === null) return
        tx.changed({ target: id })
        if (row.keyId !== null) await announce(tx, 'key', { keyId: row.keyId })
      }),

    async listLivingSignIns(ids) {
      const rows = await ledger.many<{ id: string }>(
        `select s.id from sign_in s join (${foundKeys}) k on k.key_id = s.key_id
         where s.id = any($1) and ${unexpired} and not k.suspended`,
        [ids],
      )
      return new Set(rows.map(({ id }) => id))
    },

    async createSignInLink({ tenantId, keyId }, hash) {
      await ledger.run(
        `insert into sign_in_link (hash, tenant_id, key_id, expires_at)
         values ($1, $2, $3, ${clockNow} + interval '${signInLinkMinutes} minutes')`,
        [hash, tenantId, keyId],
      )
    },

    async findKeyOfLink(hash) {
      const row = await ledger.first<FoundKeyRow>(
        `select k.* from sign_in_link l join (${foundKeys}) k on k.key_id = l.key_id
         where l.hash = $1 and l.expires_at > clock_timestamp()`,
        [hash],
      )
      return row && foundKeyOf(row)
    },

    async sweepSignIns() {
      const kept = `statement_timestamp() - interval '${signInKeptHours} hours'`
      const links = await ledger.run('delete from sign_in_link where expires_at < statement_timestamp()')
      return links + (await ledger.run(`delete from sign_in where created_at < ${kept}`))
    },
  }
}

/** Two browsers that come with one link at the same time: the row lets one of them through. */
async function useUp(tx: Tx, link: Uint8Array): Promise<boolean> {
  return (await tx.run('delete from sign_in_link where hash = $1 and expires_at > clock_timestamp()', [link])) > 0
}

async function insertSignIn(tx: Tx, owner: SignInOwner, hash: Uint8Array): Promise<SignIn | null> {
  const { tenantId, keyId, operatorDigest } = { tenantId: null, keyId: null, operatorDigest: null, ...owner }
  // Locked, so that it is not deleted meanwhile and this row left behind.
  const active = "select 1 from tenant where id = $1 and state <> 'deleting' for share"
  if (tenantId !== null && !(await tx.first(active, [tenantId]))) return null
  const own = tenantId === null ? 'tenant_id is null' : 'tenant_id = $1 and key_id = $2'
  await tx.run(
    `delete from sign_in where id in (
       select id from sign_in where ${own} order by id desc offset ${mostSignIns - 1} for update skip locked)`,
    tenantId === null ? [] : [tenantId, keyId],
  )
  const made = await tx.first<SignIn>(
    `insert into sign_in (id, hash, tenant_id, key_id, operator_digest, created_at, last_used_at, expires_at)
     values ($1, $2, $3, $4, $5, ${clockNow}, ${clockNow}, ${expiry(clockNow)}) returning id, expires_at`,
    [tx.mint.id('sgn'), hash, tenantId, keyId, operatorDigest],
  )
  tx.changed({ target: made!.id, tenantId })
  return made
}

/** SQL: of a sign-in that is being used. */
function expiry(createdAt: string): string {
  return `least(${createdAt} + interval '${signInHours.most} hours', ${clockNow} + interval '${signInHours.idle} hours')`
}
