import { execFile } from 'node:child_process'
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { eventually } from '../assertions/eventually.ts'
import { aptInstall } from './apt.ts'
import { freePort } from './free-port.ts'
import { type ServerProcess, startProcess } from './server-process.ts'

const run = promisify(execFile)
const programs = '/usr/lib/postgresql/15/bin'

/**
 * A PostgreSQL 15 of the caller's own as Debian ships it: the oldest that we support, with the settings that people run
 * (the embedded one has another locale, smaller buffers and fewer log lines).
 */
export interface DebianPostgres {
  directory: string
  port: number
  /** Of a superuser, and a database `backhaul`. */
  connectionString: string
  log(): Promise<string>
  query<Row extends pg.QueryResultRow>(sql: string, database?: string): Promise<Row[]>
  /** Ends it, SIGINT in order (connections are cut); its files stay until `dispose`. */
  end(signal: 'SIGINT' | 'SIGKILL'): Promise<void>
  start(): Promise<void>
  dispose(): Promise<void>
}

export async function startDebianPostgres(
  options: {
    settings?: Record<string, string>
    /** Makes its files, in an empty folder that it may write; absent: a cluster with a database of its own. */
    fill?: (directory: string) => Promise<void>
  } = {},
): Promise<DebianPostgres> {
  await needPrograms()
  const home = await mkdtemp(join(tmpdir(), 'backhaul-debian-postgres-'))
  const [directory, logPath] = [join(home, 'data'), join(home, 'log')]
  const user = await serverUser()
  if (user) await chown(home, user.uid, user.gid)
  const port = await freePort()
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...options.settings }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const connectionString = `postgresql://postgres@127.0.0.1:${port}/backhaul`
  let server: ServerProcess | undefined
  const query = async <Row extends pg.QueryResultRow>(sql: string, database = 'backhaul') => {
    const client = new pg.Client({ connectionString: connectionString.replace(/backhaul$/, database) })
    await client.connect()
    return (await client.query<Row>(sql).finally(() => client.end())).rows
  }
  const start = async () => {
    const redirected = `exec ${programs}/postgres "$@" >>${logPath} 2>&1`
    server = startProcess(
      ...asServerUser('sh', ['-c', redirected, 'postgres', '-D', directory, '-p', `${port}`, ...flags]),
    )
    const ready = () => query('select 1', 'postgres')
    await server.ready('PostgreSQL answers', ready, 30_000)
  }
  const postgres: DebianPostgres = {
    directory,
    port,
    connectionString,
    log: () => readFile(logPath, 'utf8'),
    query,
    async end(signal) {
      server?.kill(signal)
      const gone = () =>
        readFile(join(directory, 'postmaster.pid')).then(
          () => false,
          () => true,
        )
      if (signal === 'SIGINT') await eventually('PostgreSQL has ended', gone)
      await server?.stop()
    },
    start,
    async dispose() {
      await server?.stop()
      await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
  try {
    if (options.fill) await options.fill(directory)
    else await runAsServerUser('initdb', ['-D', directory, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-sync'])
    await start()
    if (!options.fill) await query('create database backhaul', 'postgres')
    return postgres
  } catch (error) {
    await postgres.dispose()
    throw error
  }
}

/** Runs one of PostgreSQL's programs to its end. */
export async function runAsServerUser(program: string, args: readonly string[]): Promise<void> {
  const [command, all] = asServerUser(join(programs, program), args)
  await run(command, all, { cwd: tmpdir() })
}

/** PostgreSQL refuses to run as root. The server ends with this process. */
export function asServerUser(command: string, args: readonly string[]): [string, string[]] {
  if (userInfo().uid !== 0) return [command, [...args]]
  const leash = ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', '--pdeathsig', 'SIGKILL']
  return ['setpriv', [...leash, command, ...args]]
}

/** Null: ourselves. */
export async function serverUser(): Promise<{ uid: number; gid: number } | null> {
  if (userInfo().uid !== 0) return null
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  )
  return { uid: uid!, gid: gid! }
}

async function needPrograms(): Promise<void> {
  const works = () =>
    run(join(programs, 'postgres'), ['--version']).then(
      () => true,
      () => false,
    )
  if (await works()) return
  await aptInstall(['postgresql-15'])
  if (!(await works()))
    throw new Error(
      "The tests need Debian's PostgreSQL 15: install postgresql-15, or set BACKHAUL_TEST_EMBEDDED_ONLY=1.",
    )
}
