import pg from 'pg'
import { isDatabaseAway } from './database-errors.ts'
import { openPool, type PoolPlace, runAlone, type StatementPool } from './pool.ts'
import { tenantRole, tenantSetting } from './row-security.ts'
import type { Settings } from './session-settings.ts'

/** Runs statements for one tenant, as the role that sees only its rows. */
export interface TenantPool {
  pool: pg.Pool
  /** How transactions run. */
  transactions(tenantId: string): StatementPool
  /** One statement. */
  query(tenantId: string, query: pg.QueryConfig): Promise<pg.QueryResult>
  end(): Promise<void>
}

/**
 * Opens no connection yet. Where sessions are kept, they are of the role from the start, and remember the tenant: only a
 * statement for another one than before is preceded by a second, which is sent with it. Behind a pooler each transaction brings
 * role and tenant with its settings.
 */
export function openTenantPool(connectionString: string, settings: Settings, place: PoolPlace): TenantPool {
  return place.pooled ? overPooler(connectionString, settings, place) : inSessions(connectionString, settings, place)
}

const setting = (tenantId: string) => `SET LOCAL ${tenantSetting} = ${pg.escapeLiteral(tenantId)}`

function overPooler(connectionString: string, settings: Settings, place: PoolPlace): TenantPool {
  const open = openPool(connectionString, settings, place)
  const as = (tenantId: string) => `SET LOCAL ROLE ${tenantRole}; ${setting(tenantId)}`
  return {
    pool: open.pool,
    transactions: (tenantId) => ({ ...open, begin: `${open.begin}; ${as(tenantId)}` }),
    query: (tenantId, query) => runAlone(open.pool, `${open.beginAlone}; ${as(tenantId)}`, query),
    end: () => open.pool.end(),
  }
}

function inSessions(connectionString: string, settings: Settings, place: PoolPlace): TenantPool {
  const open = openPool(connectionString, { ...settings, role: tenantRole }, { ...place, pipeline: true })
  /** Whose rows a session sees between transactions. */
  const tenants = new WeakMap<pg.ClientBase, string>()
  return {
    pool: open.pool,
    transactions: (tenantId) => ({ ...open, begin: `${open.begin}; ${setting(tenantId)}` }),
    async query(tenantId, query) {
      const client = await open.pool.connect()
      const known = tenants.get(client) === tenantId
      const [set, done] = await Promise.allSettled([
        known ? null : client.query(forTenant(tenantId)),
        client.query(query),
      ])
      if (set.status === 'fulfilled') tenants.set(client, tenantId)
      const failed = [set, done].find((result) => result.status === 'rejected')
      client.release(set.status === 'rejected' || (failed !== undefined && isDatabaseAway(failed.reason)))
      if (failed) throw failed.reason
      return (done as PromiseFulfilledResult<pg.QueryResult>).value
    },
    end: () => open.pool.end(),
  }
}

const forTenant = (tenantId: string) => ({
  name: 'tenant',
  text: `SELECT set_config('${tenantSetting}', $1, false)`,
  values: [tenantId],
})
