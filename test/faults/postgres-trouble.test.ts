import { execFileSync } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import type { Client } from '#support/client/client.ts'
import { toldEndings } from '#support/faults/fragile-cluster.ts'
import { startTcpProxy } from '#support/faults/tcp-proxy.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, type ServiceProcess } from '#support/processes/service.ts'
import {
  type DebianPostgres,
  runAsServerUser,
  serverUser,
  startDebianPostgres,
} from '#support/servers/debian-postgres.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
const MiB = 1024 * 1024

let origin: Origin
beforeAll(async () => {
  origin = await startOrigin()
})
afterAll(async () => {
  await origin?.close()
})

type OnTestFinished = TestContext['onTestFinished']

async function startService(connectionString: string, onTestFinished: OnTestFinished) {
  const pair = (await openProcessPair('PostgreSQL', { database: { connectionString, drop: async () => {} } }))!
  onTestFinished(pair.dispose)
  const api = await pair.startApi()
  const worker = await pair.startWorker()
  const { client } = await newTenant(api.url)
  await client.ok('PUT', '/v1/sessions/troubled', {
    configuration: { delegate: { kind: 'pull' }, httpMaximumConnectionsPerHost: 64 },
  })
  return { api, worker, client }
}

/** Creates tasks one after the other until told to stop, and notes how each was answered. */
function createTasks(client: Client) {
  const acknowledged: string[] = []
  const refusals: { status: number; code: unknown; retryAfter: string | null }[] = []
  let going = true
  const done = (async () => {
    for (let n = 0; going; n++) {
      const url = origin.serve(`/small-${n}`, { bytes: 1_000 + n })
      const response = await client.call<TaskView & { code?: string }>('POST', '/v1/sessions/troubled/tasks', { url })
      if (response.status === 201) acknowledged.push(response.body.id)
      else
        refusals.push({
          status: response.status,
          code: response.body.code,
          retryAfter: response.headers.get('retry-after'),
        })
      await sleep(20)
    }
  })()
  return {
    acknowledged,
    refusals,
    async stop() {
      going = false
      await done
      // Refused clients were told to retry, and that the error is not theirs.
      for (const refusal of refusals)
        expect(refusal).toMatchObject({ status: 503, code: 'unavailable', retryAfter: '5' })
    },
  }
}

async function expectNothingLost(client: Client, acknowledged: string[], withinMs = 120_000): Promise<void> {
  const created = await client.tasks('troubled')
  const ids = created.map(({ id }) => id)
  for (const id of acknowledged) expect(ids).toContain(id)
  expect(await toldEndings(client, 'troubled', ids.length, withinMs)).toEqual(ids.toSorted())
}

/** The same complaint comes at most once in ten seconds. */
function expectFewWords(...services: ServiceProcess[]): void {
  for (const service of services) {
    const last = new Map<string, number>()
    let logged = 0
    for (const text of service.output().split('\n')) {
      if (!text.startsWith('{')) continue
      const line = JSON.parse(text) as {
        level: number
        time: string
        msg: string
        what?: string
        err?: { name: string }
        error?: { name: string }
      }
      if (line.level < 40 || (line.error ?? line.err)?.name !== 'DatabaseUnavailable') continue
      const key = `${line.level} ${line.msg} ${line.what}`
      const at = Date.parse(line.time)
      expect(at - (last.get(key) ?? 0), text).toBeGreaterThanOrEqual(9_990)
      last.set(key, at)
      logged++
    }
    expect(logged).toBeGreaterThan(0)
  }
}

describe.skipIf(embeddedOnly)('PostgreSQL', () => {
  test('with too few connections refuses for a while, and loses nothing', async ({ onTestFinished }) => {
    const postgres = await startDebianPostgres({ settings: { max_connections: '40' } })
    onTestFinished(postgres.dispose)
    const { api, worker, client } = await startService(postgres.connectionString, onTestFinished)
    const creating = createTasks(client)
    await eventually('some are acknowledged', () => creating.acknowledged.length >= 10)
    const others: pg.Client[] = []
    const takeAll = async () => {
      for (;;) {
        const client = new pg.Client({ connectionString: postgres.connectionString })
        client.on('error', () => {})
        try {
          await client.connect()
          others.push(client)
        } catch (error) {
          expect((error as { code: string }).code).toBe('53300')
          return
        }
      }
    }
    await takeAll()
    // One idle connection would be enough for a client at a time: the service is left with none.
    const ours = () => others.map((client) => (client as unknown as { processID: number }).processID)
    await eventually('it refuses', async () => {
      await others[0]!.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where pid <> all($1) and backend_type = 'client backend' and datname = 'backhaul'`,
        [ours()],
      )
      await takeAll()
      return creating.refusals.length >= 5
    })
    await Promise.all(others.map((client) => client.end()))
    const before = creating.acknowledged.length
    await eventually('it goes on', () => creating.acknowledged.length >= before + 10)
    await creating.stop()
    await expectNothingLost(client, creating.acknowledged)
    expectFewWords(api)
    expect([api, worker].map(({ child }) => child.exitCode)).toEqual([null, null])
  })

  test('that fails over refuses until the standby is promoted, and loses nothing', async ({ onTestFinished }) => {
    const primary = await startDebianPostgres()
    onTestFinished(primary.dispose)
    const standby = await startDebianPostgres({
      fill: (directory) =>
        runAsServerUser('pg_basebackup', [
          '-D',
          directory,
          '-R',
          '--checkpoint=fast',
          '-h',
          '127.0.0.1',
          '-p',
          `${primary.port}`,
          '-U',
          'postgres',
        ]),
    })
    onTestFinished(standby.dispose)
    // What is acknowledged is on both.
    await primary.query("alter system set synchronous_standby_names = '*'")
    await primary.query('select pg_reload_conf()')
    await eventually('the standby is synchronous', async () => {
      const [row] = await primary.query<{ state: string }>('select sync_state as state from pg_stat_replication')
      return row?.state === 'sync'
    })
    const target = { host: '127.0.0.1', port: primary.port }
    const network = await startTcpProxy(target)
    onTestFinished(network.close)
    const { api, worker, client } = await startService(
      primary.connectionString.replace(`:${primary.port}/`, `:${network.port}/`),
      onTestFinished,
    )
    const creating = createTasks(client)
    await eventually('some are acknowledged', () => creating.acknowledged.length >= 20)
    await primary.end('SIGINT')
    await network.cut()
    target.port = standby.port
    await network.restore()
    const readOnly = () => worker.output().includes('25006') && api.output().includes('read-only')
    await eventually('it is refused by a standby', readOnly, { withinMs: 40_000 })
    const [refused, before] = [creating.refusals.length, creating.acknowledged.length]
    await eventually('clients are refused', () => creating.refusals.length >= refused + 5)
    expect(creating.acknowledged.length).toBe(before)
    expect((await fetch(`${api.url}/livez`)).status).toBe(200)
    await standby.query('select pg_promote()')
    await eventually('it goes on', () => creating.acknowledged.length >= before + 20)
    await creating.stop()
    await expectNothingLost(client, creating.acknowledged)
    expectFewWords(api, worker)
    expect([api, worker].map(({ child }) => child.exitCode)).toEqual([null, null])
  })
})

/** A disk of so few bytes; null where that cannot be had. */
async function smallDisk(bytes: number): Promise<{ directory: string; remove(): Promise<void> } | null> {
  const user = await serverUser()
  if (user === null) return null
  const directory = await mkdtemp(join(tmpdir(), 'backhaul-small-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', directory], { stdio: 'ignore' })
  } catch {
    await rm(directory, { recursive: true })
    return null
  }
  await chown(directory, user.uid, user.gid)
  return {
    directory,
    async remove() {
      execFileSync('umount', [directory])
      await rm(directory, { recursive: true })
    },
  }
}

/** Takes all the room that is left. */
async function fill(postgres: DebianPostgres): Promise<void> {
  await postgres.query('create table ballast (filling text); alter table ballast alter filling set storage external')
  for (const rows of [100, 10, 1])
    for (let full = false; !full; )
      await postgres
        .query(`insert into ballast select repeat('x', 8000) from generate_series(1, ${rows})`)
        .catch((error: { code: string }) => {
          expect(error.code).toBe('53100')
          full = true
        })
}

test('a full disk of PostgreSQL refuses for a while, and loses nothing', async ({ onTestFinished, skip }) => {
  const disk = embeddedOnly ? null : await smallDisk(60 * MiB)
  // Mounting takes root's rights; that 53100 counts as away is also tested without a disk (test/contract/database).
  if (disk === null) return skip('no small disk can be had here')
  onTestFinished(disk.remove)
  const postgres = await startDebianPostgres()
  onTestFinished(postgres.dispose)
  await postgres.query(`create tablespace small location '${disk.directory}'`)
  await postgres.query('alter database backhaul set tablespace small', 'postgres')
  const { api, worker, client } = await startService(postgres.connectionString, onTestFinished)
  const creating = createTasks(client)
  await eventually('some are acknowledged', () => creating.acknowledged.length >= 10)
  // Opened before: a session may have to write a file when it begins, if the catalog was vacuumed.
  const janitor = new pg.Client({ connectionString: postgres.connectionString })
  await janitor.connect()
  await fill(postgres)
  await eventually('it refuses', () => creating.refusals.length >= 20, { withinMs: 90_000 })
  await janitor.query('drop table ballast').finally(() => janitor.end())
  const before = creating.acknowledged.length
  await eventually('it goes on', () => creating.acknowledged.length >= before + 10)
  await creating.stop()
  await expectNothingLost(client, creating.acknowledged)
  expectFewWords(api)
  expect([api, worker].map(({ child }) => child.exitCode)).toEqual([null, null])
})
