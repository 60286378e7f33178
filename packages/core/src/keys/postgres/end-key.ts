import { clockNow } from '../../database/database.ts'
import type { ApiKey as ApiKeyRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import type { Tx } from '../../ledger/ledger.ts'
import type { ApiKey, RevokedApiKey, RotatedApiKey, StoredSecret } from '../key-store.ts'
import type { Scope } from '../rules/scope.ts'
import { living } from './found-key.ts'
import { insertKey } from './insert-key.ts'

interface Named {
  tenantId: string
  id: string
}

export async function revokeKey(tx: Tx, { tenantId, id }: Named): Promise<RevokedApiKey> {
  const key = await lockKey(tx, { tenantId, id })
  if (key === null) return 'not_found'
  if (key.revokedAt !== null) return 'revoked'
  if (key.lives && key.scopes.includes('admin') && !(await isOtherAdmin(tx, { tenantId, id }))) return 'last_admin_key'
  await tx.run(`update api_key set revoked_at = ${clockNow} where id = $1`, [id])
  tx.changed()
  await announce(tx, 'key', { keyId: id })
  return 'revoked'
}

export async function rotateKey(
  tx: Tx,
  { tenantId, id }: Named,
  successor: StoredSecret & Pick<ApiKey, 'createdBy'>,
  overlapSeconds: number,
): Promise<RotatedApiKey> {
  const key = await lockKey(tx, { tenantId, id })
  if (key === null) return 'not_found'
  if (key.revokedAt !== null) return 'revoked'
  if (!key.lives) return 'expired'
  if (key.replacedBy !== null) return 'replaced'
  const { name, allowedCidrs, expiresAt } = key
  const scopes = key.scopes as Scope[]
  const made = await insertKey(tx, tenantId, { name, scopes, allowedCidrs, expiresAt, ...successor })
  if (made === null) return 'expired'
  // `least` takes no notice of null.
  await tx.run(
    `update api_key set replaced_by = $2, expires_at = least(expires_at, ${clockNow} + make_interval(secs => $3))
     where id = $1`,
    [id, made.id, overlapSeconds],
  )
  tx.changed({ target: made.id })
  await announce(tx, 'key', { keyId: id })
  return made
}

/**
 * The tenant's row first, in a statement of its own: whoever ends keys of a tenant sees what the one before has ended. Two
 * that end the last two keys with scope `admin` at the same time would not, if each locked its own key.
 */
async function lockKey(tx: Tx, { tenantId, id }: Named): Promise<(ApiKeyRow & { lives: boolean }) | null> {
  await tx.run('select 1 from tenant where id = $1 for no key update', [tenantId])
  return tx.first(`select *, ${living} as lives from api_key where tenant_id = $1 and id = $2`, [tenantId, id])
}

async function isOtherAdmin(tx: Tx, { tenantId, id }: Named): Promise<boolean> {
  const other = await tx.first(
    `select 1 from api_key where tenant_id = $1 and id <> $2 and 'admin' = any(scopes) and ${living} limit 1`,
    [tenantId, id],
  )
  return other !== null
}
