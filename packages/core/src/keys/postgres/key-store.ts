import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import { clockNow } from '../../database/database.ts'
import type { ApiKey as ApiKeyRow } from '../../database/generated/client.ts'
import { once } from '../../idempotency/postgres/idempotency-keys.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { requireRoomForKey } from '../../ledger/quota-room.ts'
import type { KeyStore } from '../key-store.ts'
import { revokeKey, rotateKey } from './end-key.ts'
import { type FoundKeyRow, foundKeyOf, foundKeys, living } from './found-key.ts'
import { apiKeyOf, insertKey } from './insert-key.ts'

/** A key in use has its row written this often at most, however many processes it is used at. */
const leastStepSeconds = 20

export function createKeyStore(ledger: Ledger): KeyStore {
  return {
    createApiKey: (tenantId, key, request) =>
      ledger.transaction((tx) =>
        once(
          tx,
          request,
          async () => {
            const living = "select 1 from tenant where id = $1 and state <> 'deleting' for share"
            if (!(await tx.first(living, [tenantId]))) return 'not_found'
            await requireRoomForKey(tx, tenantId)
            const made = await insertKey(tx, tenantId, key)
            if (made === null) return 'expired'
            tx.changed({ target: made.id })
            return made
          },
          () => tenantId,
        ),
      ),

    async listApiKeys(tenantId, { limit, cursor }) {
      const after = decodeCursor(cursor, typeidShape) ?? ''
      const rows = await ledger.many<ApiKeyRow>(
        'select * from api_key where tenant_id = $1 and id > $2 order by id limit $3',
        [tenantId, after, limit + 1],
      )
      if (rows.length === 0 && !(await ledger.first('select 1 from tenant where id = $1', [tenantId]))) return null
      return pageOf(rows, limit, ({ id }) => id, apiKeyOf)
    },

    async findApiKey(tenantId, id) {
      const row = await ledger.first<ApiKeyRow>('select * from api_key where tenant_id = $1 and id = $2', [
        tenantId,
        id,
      ])
      return row && apiKeyOf(row)
    },

    revokeApiKey: (tenantId, id) => ledger.transaction((tx) => revokeKey(tx, { tenantId, id })),

    rotateApiKey: (tenantId, id, successor, overlapSeconds, request) =>
      ledger.transaction((tx) =>
        once(
          tx,
          request,
          () => rotateKey(tx, { tenantId, id }, successor, overlapSeconds),
          () => tenantId,
        ),
      ),

    async findKey(hash) {
      const row = await ledger.first<FoundKeyRow>(`select * from (${foundKeys}) k where k.hash = $1`, [hash])
      return row && foundKeyOf(row)
    },

    wasKey: async (hash) => (await ledger.first('select 1 from api_key where hash = $1', [hash])) !== null,

    async listLivingKeys(keyIds) {
      const rows = await ledger.many<{ id: string }>(
        `select id from api_key where id = any($1) and ${living}
           and exists (select from tenant where tenant.id = api_key.tenant_id and tenant.state = 'active')`,
        [keyIds],
      )
      return new Set(rows.map(({ id }) => id))
    },

    async noteUses(uses) {
      // Locked in their order, so that two processes that write the same keys do not wait for each other in a circle.
      await ledger.relaxed.run(
        `with used as (
           select id, ${clockNow} - make_interval(secs => ago_ms / 1000) as at
           from unnest($1::text[], $2::float8[]) as u(id, ago_ms)
         ), locked as (
           select k.id, used.at from api_key k join used on used.id = k.id
           where k.last_used_at is null or k.last_used_at < used.at - interval '${leastStepSeconds} seconds'
           order by k.id for no key update of k
         )
         update api_key k set last_used_at = greatest(k.last_used_at, locked.at) from locked where k.id = locked.id`,
        [uses.map(({ keyId }) => keyId), uses.map(({ agoMs }) => agoMs)],
      )
    },
  }
}
