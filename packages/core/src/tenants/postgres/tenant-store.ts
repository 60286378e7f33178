import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import type { Limiter as LimiterRow, Prisma, Tenant as TenantRow } from '../../database/generated/client.ts'
import { once } from '../../idempotency/postgres/idempotency-keys.ts'
import { insertKey } from '../../keys/postgres/insert-key.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { changeTenantHours } from '../../ledger/preferred-hours-sql.ts'
import type { PreferredHours } from '../../sessions/rules/preferred-hours.ts'
import type { Tenant, TenantStore } from '../tenant-store.ts'

export function createTenantStore(ledger: Ledger): TenantStore {
  const { prisma } = ledger
  return {
    createTenant: (name, key, request) =>
      ledger.transaction((tx) =>
        once(tx, request, async () => {
          const id = ledger.mint.id('ten')
          const row = await tx.first<TenantRow>('insert into tenant (id, name) values ($1, $2) returning *', [id, name])
          const limiter = await tx.first<LimiterRow>('insert into limiter (tenant_id) values ($1) returning *', [id])
          for (const table of ['lane', 'feed', 'tenant_total'])
            await tx.run(`insert into ${table} (tenant_id) values ($1)`, [id])
          return { tenant: tenantOf(row!, limiter!), apiKey: (await insertKey(tx, id, key))! }
        }),
      ),

    async listTenants({ limit, cursor }) {
      const after = decodeCursor(cursor, typeidShape)
      const rows = await prisma.tenant.findMany({
        ...(after === undefined ? {} : { where: { id: { gt: after } } }),
        orderBy: { id: 'asc' },
        take: limit + 1,
      })
      const limiters = await prisma.limiter.findMany({ where: { tenantId: { in: rows.map(({ id }) => id) } } })
      const limiterBy = new Map(limiters.map((limiter) => [limiter.tenantId, limiter]))
      return pageOf(
        rows,
        limit,
        ({ id }) => id,
        (row) => tenantOf(row, limiterBy.get(row.id)!),
      )
    },

    async changeTenant(id, { limiterPolicy: { baseSeconds, factor, capSeconds }, preferredHours }) {
      const tenant = await prisma.tenant.findUnique({ where: { id } })
      if (tenant === null) return null
      if (preferredHours !== undefined) {
        tenant.preferredHours = preferredHours as Prisma.JsonValue
        await changeTenantHours(ledger, id, preferredHours)
      }
      // One statement on the limiter's row: it waits for a transition that is under way, and the next one goes by it.
      const given = [baseSeconds, factor, capSeconds]
      const limiter = await ledger.first<LimiterRow>(
        `update limiter set
           base_seconds = case when $2 then $5::float8 else base_seconds end,
           factor = case when $3 then $6::float8 else factor end,
           cap_seconds = case when $4 then $7::float8 else cap_seconds end
         where tenant_id = $1 returning *`,
        [id, ...given.map((value) => value !== undefined), ...given.map((value) => value ?? null)],
      )
      return tenantOf(tenant, limiter!)
    },

    countTenants: () => prisma.tenant.count(),
  }
}

function tenantOf(row: TenantRow, { baseSeconds, factor, capSeconds }: LimiterRow): Tenant {
  const { id, name, createdAt } = row
  const preferredHours = row.preferredHours as PreferredHours | null
  return { id, name, createdAt, limiterPolicy: { baseSeconds, factor, capSeconds }, preferredHours }
}
