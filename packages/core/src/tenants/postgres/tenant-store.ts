import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import { once } from '../../idempotency/postgres/idempotency-keys.ts'
import { insertKey } from '../../keys/postgres/insert-key.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { queueCaps } from '../../ledger/limits-sql.ts'
import type { TenantStore } from '../tenant-store.ts'
import { beginDeleting, changeTenant } from './change-tenant.ts'
import { type JoinedTenantRow, joinedTenants, tenantOf } from './tenant-row.ts'

export function createTenantStore(ledger: Ledger): TenantStore {
  return {
    createTenant: (name, key, request) =>
      ledger.transaction((tx) =>
        once(
          tx,
          request,
          async () => {
            const id = ledger.mint.id('ten')
            await tx.run('insert into tenant (id, name) values ($1, $2)', [id, name])
            for (const table of ['limiter', 'feed', 'tenant_total'])
              await tx.run(`insert into ${table} (tenant_id) values ($1)`, [id])
            await tx.run(
              `insert into lane (tenant_id, ${queueCaps.columns}) select id, ${queueCaps.of('limits')} from tenant where id = $1`,
              [id],
            )
            tx.changed({ target: id, tenantId: id })
            const row = await tx.first<JoinedTenantRow>(`${joinedTenants} where n.id = $1`, [id])
            return { tenant: tenantOf(row!), apiKey: (await insertKey(tx, id, key))! }
          },
          ({ tenant }) => tenant.id,
        ),
      ),

    async listTenants({ limit, cursor, search }) {
      const after = decodeCursor(cursor, typeidShape) ?? ''
      const fits = search === undefined ? '' : 'and (strpos(lower(n.name), lower($3)) > 0 or n.id = $3)'
      const rows = await ledger.many<JoinedTenantRow>(
        `${joinedTenants} where n.id > $1 ${fits} order by n.id limit $2`,
        [after, limit + 1, ...(search === undefined ? [] : [search])],
      )
      return pageOf(rows, limit, ({ id }) => id, tenantOf)
    },

    async findTenant(id) {
      const row = await ledger.first<JoinedTenantRow>(`${joinedTenants} where n.id = $1`, [id])
      return row && tenantOf(row)
    },

    changeTenant: (id, change) => changeTenant(ledger, id, change),

    deleteTenant: (id) => ledger.transaction((tx) => beginDeleting(tx, id)),

    hasTenants: async () => (await ledger.first('select 1 from tenant limit 1')) !== null,
  }
}
