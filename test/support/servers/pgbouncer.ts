import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { aptInstall } from './apt.ts'
import { asServerUser, serverUser } from './debian-postgres.ts'
import { freePort } from './free-port.ts'
import { findProgram, startProcess } from './server-process.ts'

/** A PgBouncer in transaction mode before a PostgreSQL, with few connections to it. */
export interface PgBouncer {
  /** The given URL, through it. */
  connectionString: string
  /** How many transactions went through it. */
  transactions(): Promise<number>
  stop(): Promise<void>
}

export async function startPgBouncer(
  connectionString: string,
  { ignore = [] as string[], connections = 6 } = {},
): Promise<PgBouncer> {
  if (!findProgram('pgbouncer')) await aptInstall(['pgbouncer'])
  const program = findProgram('pgbouncer')
  if (!program) throw new Error('The tests need PgBouncer: install pgbouncer, or set BACKHAUL_TEST_EMBEDDED_ONLY=1.')
  const server = new URL(connectionString)
  const port = await freePort()
  const home = await mkdtemp(join(tmpdir(), 'backhaul-pgbouncer-'))
  const account = `user=${server.username}${server.password ? ` password=${server.password}` : ''}`
  await writeFile(
    join(home, 'pgbouncer.ini'),
    `[databases]
* = host=${server.hostname} port=${server.port} ${account}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
admin_users = ${server.username}
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 500
${ignore.length > 0 ? `ignore_startup_parameters = ${ignore.join(', ')}` : ''}
`,
  )
  const user = await serverUser()
  if (user) for (const path of [home, join(home, 'pgbouncer.ini')]) await chown(path, user.uid, user.gid)
  const bouncer = startProcess(...asServerUser(program, [join(home, 'pgbouncer.ini')]))
  server.port = String(port)
  const ask = async (sql: string, database: string) => {
    const url = new URL(server)
    url.pathname = database
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    return (await client.query(sql).finally(() => client.end())).rows
  }
  await bouncer.ready('PgBouncer answers', () => ask('SHOW VERSION', 'pgbouncer'), 10_000)
  return {
    connectionString: server.href,
    async transactions() {
      const rows = await ask('SHOW STATS', 'pgbouncer')
      return rows.reduce((sum, row) => sum + Number(row.total_xact_count), 0)
    },
    async stop() {
      await bouncer.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}
