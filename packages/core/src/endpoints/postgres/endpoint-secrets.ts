import { clockNow, type Sql } from '../../database/database.ts'
import type { EndpointSecret as SecretRow } from '../../database/generated/client.ts'
import type { Tx } from '../../ledger/ledger.ts'
import type { NewSecret, RotatedSecret } from '../endpoint-store.ts'
import { maxLiveSecrets } from '../rules/secret-rotation.ts'
import { secretHint } from '../rules/signature.ts'
import { lockEndpoint, readEndpoint } from './endpoint-row.ts'

/** SQL: the sealed secrets of an endpoint that sign now, oldest first. */
export function liveSecrets(endpointId: string): string {
  return `array(select sealed from endpoint_secret
    where endpoint_id = ${endpointId} and (expires_at is null or expires_at > clock_timestamp()) order by id)`
}

/** Adds a secret that signs from now on, until it is retired. */
export async function insertSecret(
  tx: Tx,
  endpointId: string,
  { secret, publicKey = null }: NewSecret,
): Promise<SecretRow> {
  const sealed = tx.encryptor.encrypt(secret, `secret:${endpointId}`)
  const row = await tx.first<SecretRow>(
    `insert into endpoint_secret (id, endpoint_id, sealed, public_key, hint) values ($1, $2, $3, $4, $5) returning *`,
    [tx.mint.id('sec'), endpointId, sealed, publicKey, secretHint(publicKey ?? secret)],
  )
  return row!
}

export async function replaceSecret(
  tx: Tx,
  given: { tenantId: string; id: string; secret: NewSecret; overlapSeconds: number },
): Promise<RotatedSecret> {
  const { tenantId, id, secret, overlapSeconds } = given
  if (!(await lockEndpoint(tx, tenantId, id))) return 'not_found'
  if (overlapSeconds > 0 && (await countLive(tx, id)) >= maxLiveSecrets) return 'too_many'
  await retireSecrets(tx, id, overlapSeconds)
  await insertSecret(tx, id, secret)
  tx.changed()
  return (await readEndpoint(tx, tenantId, id))!
}

async function countLive(tx: Sql, endpointId: string): Promise<number> {
  const row = await tx.first<{ live: number }>(
    `select count(*)::int as live from endpoint_secret
     where endpoint_id = $1 and (expires_at is null or expires_at > clock_timestamp())`,
    [endpointId],
  )
  return row!.live
}

/** None of them signs longer than it would have without this rotation. */
async function retireSecrets(tx: Sql, endpointId: string, overlapSeconds: number): Promise<void> {
  await tx.run(
    `update endpoint_secret set expires_at = least(expires_at, ${clockNow} + make_interval(secs => $2))
     where endpoint_id = $1`,
    [endpointId, overlapSeconds],
  )
  await tx.run('delete from endpoint_secret where endpoint_id = $1 and expires_at <= clock_timestamp()', [endpointId])
}
