import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Database, openDatabase } from '#core/database/database.ts'
import { keyName } from '#core/runtime/crypto.ts'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { createClient } from '#support/client/client.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { openProcessPair, type ProcessPair } from '#support/processes/process-pair.ts'
import { newTenant, startProcess } from '#support/processes/service.ts'
import { type TestDatabase, testDatabase } from '#support/servers/postgres.ts'

const [old, newer] = [randomBytes(32), randomBytes(32)]
const text = (...keys: Buffer[]) => keys.map((key) => key.toString('base64')).join(',')
const idOf = (key: Buffer) => keyName(key).id

let database: Database
let place: TestDatabase
let origin: Origin
const pairs: ProcessPair[] = []
beforeAll(async () => {
  ;[place, origin] = await Promise.all([testDatabase(), startOrigin()])
  database = openDatabase(place.connectionString)
})
afterAll(async () => {
  await database?.close()
  await Promise.all(pairs.map((pair) => pair.dispose()))
  await Promise.all([place?.drop(), origin?.close()])
})

/** Processes with these keys, on the one database. */
async function pairWith(keys: Record<string, string>): Promise<ProcessPair> {
  // The database is dropped once, at the end.
  const shared = { ...place, drop: async () => {} }
  const pair = (await openProcessPair('PostgreSQL', { database: shared, env: { ENCRYPTION_KEY: '', ...keys } }))!
  pairs.push(pair)
  return pair
}

const listKeys = () => {
  const env = { ...process.env, DATABASE_URL: place.connectionString }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/keys.ts'], { env, encoding: 'utf8' })
  return { status, text: stdout + stderr }
}

it('a key takes the place of another while the service runs, process by process', async () => {
  const before = await pairWith({ ENCRYPTION_KEY: text(old) })
  const oldApi = await before.startApi()
  const { client, key } = await newTenant(oldApi.url)
  const session = { configuration: { delegate: { kind: 'pull' }, httpAdditionalHeaders: { 'x-team': 'blue' } } }
  await client.ok('PUT', '/v1/sessions/rotated', session)
  const later = new Date(Date.now() + 3_600_000).toISOString()
  const url = origin.serve('/file', { bytes: 1_000 })
  const waiting = await client.ok<TaskView>('POST', '/v1/sessions/rotated/tasks', { url, earliestBeginDate: later })

  // The new processes have both keys, and write what the older one can still read.
  const both = await pairWith({ ENCRYPTION_KEYS: text(newer, old), ENCRYPTION_KEY: text(old) })
  const [api, worker] = await Promise.all([both.startApi(), both.startWorker()])
  const second = await createClient(api.url, key).ok<TaskView>('POST', '/v1/sessions/rotated/tasks', { url })
  expect((await client.ok<TaskView>('GET', `/v1/tasks/${second.id}`)).currentRequest.url).toBe(url)
  expect(listKeys().text).toMatch(new RegExp(`^${idOf(old)}: encrypts in 3 processes`, 'm'))

  await oldApi.end('SIGTERM')
  await eventually('the newest key encrypts', () => worker.output().includes('the newest key encrypts'), {
    withinMs: 30_000,
  })
  // It is gone; nobody has to wait for a transaction of its.
  await database.run("update encryption_key set used_at = used_at - interval '2 minutes' where id = $1", [idOf(old)])
  await eventually('no row needs the old key', () => worker.output().includes('no row needs the older keys'), {
    withinMs: 30_000,
  })
  const listed = listKeys()
  expect(listed.status).toBe(0)
  expect(listed.text).toMatch(new RegExp(`^${idOf(newer)}: encrypts in 2 processes.* rows \\(.*task \\d`, 'm'))
  expect(listed.text).toMatch(new RegExp(`^${idOf(old)}: .*no rows\\. Resume data signed by it is good until 20`, 'm'))
  await Promise.all([api.end('SIGTERM'), worker.end('SIGTERM')])
  for (const each of [api, worker]) expect(each.output()).not.toMatch(/WARN|ERROR|"level":[45]0/)

  const after = await pairWith({ ENCRYPTION_KEYS: text(newer) })
  const [newApi] = await Promise.all([after.startApi(), after.startWorker()])
  const again = createClient(newApi.url, key)
  expect((await again.ok<TaskView>('GET', `/v1/tasks/${waiting.id}`)).originalRequest.url).toBe(url)
  const past = "clock_timestamp() - interval '1 ms'"
  await database.run(`update task set ready_at = ${past}, earliest_begin_date = ${past} where id = $1`, [waiting.id])
  await eventually(
    'the task is done, with its session’s headers',
    async () => (await again.ok<TaskView>('GET', `/v1/tasks/${waiting.id}`)).state === 'completed',
    { withinMs: 30_000 },
  )
  expect(origin.requests.at(-1)?.headers).toMatchObject({ 'x-team': 'blue' })
}, 240_000)

it('a process without a key that rows need says which, and does not start', async () => {
  const env = {
    ...{ DATABASE_URL: place.connectionString, HOST: '127.0.0.1', PORT: '0', DATA_DIR: '/nowhere' },
    ...{ ADMIN_TOKEN: 'operator-token', ENCRYPTION_KEY: text(old) },
  }
  const refused = startProcess('apps/api/src/main.ts', env)
  await eventually('it has ended', () => refused.child.exitCode !== null, { withinMs: 60_000 })
  expect(refused.child.exitCode).toBe(1)
  expect(refused.output()).toContain(
    `The database needs the encryption key ${idOf(newer)}, which this process was not given`,
  )
})

it('lists keys for people, and says what is wrong', () => {
  const run = (env: Record<string, string>, ...args: string[]) =>
    spawnSync(process.execPath, ['scripts/keys.ts', ...args], { env: { ...process.env, ...env }, encoding: 'utf8' })
  expect(run({}, '--help').stdout).toContain('Usage: DATABASE_URL=')
  const absent = run({ DATABASE_URL: '' })
  expect(absent.status).toBe(1)
  expect(absent.stderr).toContain('DATABASE_URL is required')
})
