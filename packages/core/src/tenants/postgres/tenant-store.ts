import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import type { Sql } from '../../database/database.ts'
import type { Limiter as LimiterRow, Prisma, Tenant as TenantRow } from '../../database/generated/client.ts'
import { once } from '../../idempotency/postgres/idempotency-keys.ts'
import { insertKey } from '../../keys/postgres/insert-key.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import { capOf } from '../../ledger/limits-sql.ts'
import { replanTenant, setTenantHours } from '../../ledger/preferred-hours-sql.ts'
import type { TenantLimits } from '../../limits/rules/limits.ts'
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
          for (const table of ['feed', 'tenant_total'])
            await tx.run(`insert into ${table} (tenant_id) values ($1)`, [id])
          await tx.run(`insert into lane (tenant_id, cap) select id, ${capOf('limits')} from tenant where id = $1`, [
            id,
          ])
          tx.changed({ target: id, tenantId: id })
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

    async changeTenant(id, { limiterPolicy: { baseSeconds, factor, capSeconds }, preferredHours, limits }) {
      const tenant = await prisma.tenant.findUnique({ where: { id } })
      if (tenant === null) return null
      // Each by itself: together, their locks would meet those of others in the wrong order.
      const change = <Result>(work: (tx: Tx) => Promise<Result>) =>
        ledger.transaction((tx) => {
          tx.changed()
          return work(tx)
        })
      if (preferredHours !== undefined) {
        tenant.preferredHours = preferredHours as Prisma.JsonValue
        await change((tx) => setTenantHours(tx, id, preferredHours))
        await replanTenant(ledger, id)
      }
      if (limits !== undefined) tenant.limits = await change((tx) => changeLimits(tx, id, limits))
      // One statement on the limiter's row: it waits for a transition that is under way, and the next one goes by it.
      const given = [baseSeconds, factor, capSeconds]
      const limiter = await change((tx) =>
        tx.first<LimiterRow>(
          `update limiter set
             base_seconds = case when $2 then $5::float8 else base_seconds end,
             factor = case when $3 then $6::float8 else factor end,
             cap_seconds = case when $4 then $7::float8 else cap_seconds end
           where tenant_id = $1 returning *`,
          [id, ...given.map((value) => value !== undefined), ...given.map((value) => value ?? null)],
        ),
      )
      return tenantOf(tenant, limiter!)
    },

    countTenants: () => prisma.tenant.count(),
  }
}

/** The tenant's queue has its cap with it. null: all of the installation's again. */
async function changeLimits(sql: Sql, id: string, limits: TenantLimits | null): Promise<Prisma.JsonValue> {
  const row = await sql.first<{ limits: Prisma.JsonObject }>(
    `with changed as (
       update tenant set limits = case when $2 then limits else '{}' end || $3::jsonb where id = $1 returning id, limits
     ), served as (
       update lane set cap = ${capOf('changed.limits')} from changed where lane.tenant_id = changed.id
     )
     select limits from changed`,
    [id, limits !== null, JSON.stringify(limits ?? {})],
  )
  return row!.limits
}

function tenantOf(row: TenantRow, { baseSeconds, factor, capSeconds }: LimiterRow): Tenant {
  const { id, name, createdAt } = row
  const preferredHours = row.preferredHours as PreferredHours | null
  return {
    id,
    name,
    createdAt,
    limiterPolicy: { baseSeconds, factor, capSeconds },
    preferredHours,
    limits: row.limits as TenantLimits,
  }
}
