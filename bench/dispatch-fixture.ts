/** The fixture for benches of dispatch: a PostgreSQL, tenants, and tens of thousands of tasks. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '#core/database/database.ts'
import { migrate } from '#core/database/migrate.ts'
import { isReplay } from '#core/idempotency/idempotent-request.ts'
import type { RetentionSettings } from '#core/retention/rules/retention.ts'
import { createEncryptor, mint } from '#core/runtime/crypto.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { defaultConfiguration } from '#core/sessions/rules/session.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { startPostgres } from './postgres.ts'

export interface DispatchFixture {
  folder: string
  /** The environment for processes on the same database: DATABASE_URL, ENCRYPTION_KEY. */
  env: Record<string, string>
  database: Database
  stores: Stores
  /** As another process has it. */
  otherProcess(): Stores
  /** A tenant with one session whose delegate is `pull`. */
  tenant(lane: { cap: number; connections: number }): Promise<{ tenantId: string; sessionId: string }>
  /** Inserts waiting tasks that are due. Task n is at host n % `hosts`, whose name begins with `prefix`. */
  tasks(of: { tenantId: string; sessionId: string }, count: number, hosts: number, prefix?: string): Promise<void>
  close(): Promise<void>
}

export async function openDispatchFixture({
  retention = {},
  settings = {},
}: {
  retention?: Partial<RetentionSettings>
  /** Of PostgreSQL. */
  settings?: Record<string, string>
} = {}): Promise<DispatchFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'backhaul-bench-'))
  const postgres = await startPostgres(folder, { max_connections: '300', ...settings })
  await migrate(postgres.connectionString)
  const key = randomBytes(32)
  const encryptor = createEncryptor(key)
  const opened: Database[] = []
  const connect = () => {
    const database = openDatabase(postgres.connectionString)
    opened.push(database)
    return database
  }
  const database = connect()
  const storesOn = (on: Database) => createStores(on, mint, encryptor, defaultLimiterPolicy, retention)
  const stores = storesOn(database)
  return {
    folder,
    env: {
      DATABASE_URL: postgres.connectionString,
      ENCRYPTION_KEY: key.toString('base64'),
      DATA_DIR: join(folder, 'data'),
    },
    database,
    stores,
    otherProcess: () => storesOn(connect()),
    async tenant({ cap, connections }) {
      const made = await stores.tenants.createTenant('tenant', {
        ...{ name: 'key', scopes: [], hash: randomBytes(32), hint: 'hint', createdBy: 'operator' },
        ...{ allowedCidrs: [], expiresAt: null },
      })
      if (isReplay(made)) throw new Error('it is a replay')
      const tenantId = made.tenant.id
      await database.run('update lane set cap = $2 where tenant_id = $1', [tenantId, cap])
      const put = await stores.sessions.putSession(tenantId, 'bench', {
        ...defaultConfiguration,
        delegate: { kind: 'pull' },
        httpMaximumConnectionsPerHost: connections,
      })
      if (put.kind !== 'created') throw new Error(put.kind)
      return { tenantId, sessionId: put.session.id }
    },
    async tasks({ tenantId, sessionId }, count, hosts, prefix = 'origin') {
      await database.run(
        `insert into task (id, tenant_id, session_id, task_identifier, state, due, ready_at, host, request_sealed,
           is_discretionary, effective_discretionary, created_in, resumed_at)
         select $1 || '-' || count + n, $1, $2, count + n, 'waiting', true, clock_timestamp(),
           $5::text || (n % $4::int) || '.example.com', '', false, false, 'foreground', clock_timestamp()
         from generate_series(1, $3::int) n, (select count(*) as count from task where session_id = $2) before`,
        [tenantId, sessionId, count, hosts, prefix],
      )
    },
    async close() {
      await Promise.all(opened.map((each) => each.close()))
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(share * numbers.length))]!
}
