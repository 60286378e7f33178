import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { createDatabaseWait } from '#core/database/wait-for-database.ts'
import { DatabaseUnavailable } from '#core/kernel/database-unavailable.ts'
import { readConfig } from '#core/runtime/config.ts'
import { createLogger } from '#core/runtime/log.ts'
import { openRuntime } from '#core/runtime/runtime.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { startTcpProxy } from '#support/faults/tcp-proxy.ts'
import { startProcess } from '#support/processes/service.ts'
import { testDatabase } from '#support/servers/postgres.ts'

const refused = () => Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' })

describe('databaseWait with a database that is away', () => {
  it('tries again until it is there, and says meanwhile what is the matter', async () => {
    const said: { waitedSeconds: number; reason: string }[] = []
    const waitForDatabase = createDatabaseWait({
      timeoutMs: 30_000,
      sayEveryMs: 300,
      say: (waiting) => said.push(waiting),
    })
    let attempts = 0
    const result = await waitForDatabase(async () => {
      if (said.length < 2 || attempts++ === 0) throw refused()
      return 'there'
    })
    expect(result).toBe('there')
    expect(said.map(({ reason }) => reason)).toEqual(said.map(() => 'ECONNREFUSED'))
  })

  it('ends, with the reason and without an address; all attempts share the time', async () => {
    const waitForDatabase = createDatabaseWait({ timeoutMs: 300 })
    const error = /^The database was not available for \d+ s \(ECONNREFUSED\)$/
    await expect(waitForDatabase(() => Promise.reject(refused()))).rejects.toThrow(error)
    let attempts = 0
    const refuse = async () => {
      attempts++
      throw refused()
    }
    await expect(waitForDatabase(refuse)).rejects.toThrow(error)
    expect(attempts).toBe(1)
  })

  it('is for nothing else, and ends when it is told to', async () => {
    const waitForDatabase = createDatabaseWait()
    await expect(waitForDatabase(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug')
    const password = Object.assign(new Error('password authentication failed'), { code: '28P01' })
    for (const error of [password, new DatabaseUnavailable(password)])
      await expect(waitForDatabase(() => Promise.reject(error))).rejects.toBe(password)
    const impatient = createDatabaseWait({ signal: AbortSignal.timeout(50) })
    await expect(impatient(() => Promise.reject(refused()))).rejects.toThrow(/abort|timeout/i)
  })
})

/** What a process reads from its environment, and a way to its database that can be closed. */
async function startable() {
  const [home, dataDir] = await Promise.all([testDatabase({ empty: true }), mkdtemp(join(tmpdir(), 'backhaul-start-'))])
  const url = new URL(home.connectionString)
  const network = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(network.port)
  const env = {
    DATABASE_URL: url.href,
    DATA_DIR: dataDir,
    ADMIN_TOKEN: 'operator-token',
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'warn',
  }
  return {
    home,
    network,
    env,
    async dispose() {
      await network.close()
      await home.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

describe('a process that starts', () => {
  it.each(['away', 'being migrated by another'])('waits while its database is %s, and says so', async (trouble) => {
    const { home, network, env, dispose } = await startable()
    const words: { reason: string }[] = []
    const log = await createLogger('silent')
    log.warn = ((fields: { reason: string }) => void words.push(fields)) as never
    const other = new pg.Client({ connectionString: home.connectionString })
    await other.connect()
    if (trouble === 'away') await network.cut()
    else await other.query('begin; select pg_advisory_xact_lock(7245361804)')
    const opening = openRuntime(readConfig(env, 'api'), log, { timeoutMs: 60_000, sayEveryMs: 300 })
    await eventually('it says so', () => words.length >= 2)
    expect(words.at(-1)!.reason).toBe(trouble === 'away' ? 'ECONNREFUSED' : 'another process is migrating it')
    if (trouble === 'away') await network.restore()
    else await other.query('rollback')
    const runtime = await opening
    expect(await runtime.health()).toContainEqual({ name: 'database', ok: true })
    await runtime.close()
    await other.end()
    await dispose()
  })

  it('gives up in the end', async () => {
    const { network, env, dispose } = await startable()
    await network.cut()
    const opening = openRuntime(readConfig(env, 'api'), await createLogger('silent'), { timeoutMs: 400 })
    await expect(opening).rejects.toThrow(/^The database was not available for \d+ s \(ECONNREFUSED\)$/)
    await dispose()
  })

  it('ends at once, and well, when it is told to stop while it waits', async () => {
    const { network, env, dispose } = await startable()
    await network.cut()
    const api = startProcess('apps/api/src/main.ts', env)
    await eventually('it says that it waits', () => api.output().includes('waiting for the database'))
    expect(await api.end('SIGTERM')).toBe(0)
    expect(api.output()).not.toContain('cannot start')
    await dispose()
  })
})
