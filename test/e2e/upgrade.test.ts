import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { migrate, migrationsFolder } from '#core/database/migrate.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { createClient } from '#support/client/client.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { openProcessPair } from '#support/processes/process-pair.ts'
import { startReceiver } from '#support/receivers/receiver.ts'
import { startConnectProxy } from '#support/servers/connect-proxy.ts'
import { released, releasedDatabase, releasedMigration } from './released.ts'

/** Primary keys and what they name, of every table. */
type Keys = Map<string, string[]>

async function keysOf({ query }: Pick<Awaited<ReturnType<typeof releasedDatabase>>, 'query'>): Promise<Keys> {
  const tables = await query<{ table: string; columns: string }>(
    `select c.table_name as table, string_agg(quote_ident(c.column_name), ', ' order by c.ordinal_position) as columns
       from information_schema.table_constraints t
       join information_schema.key_column_usage c using (constraint_schema, constraint_name)
      where t.constraint_type = 'PRIMARY KEY' and t.table_schema = 'public' and c.table_name <> '_prisma_migrations'
      group by c.table_name`,
  )
  const keys: Keys = new Map()
  for (const { table, columns } of tables) {
    const rows = await query<{ key: string }>(`select (${columns})::text as key from "${table}" order by 1`)
    keys.set(
      table,
      rows.map(({ key }) => key),
    )
  }
  return keys
}

test('the migration of 0.1.0 is never changed', async () => {
  const sql = await readFile(join(migrationsFolder, releasedMigration, 'migration.sql'))
  expect(createHash('sha256').update(sql).digest('hex')).toBe(
    '6d086ab6a0d1b0aceddf22f5edaaa510e26ac053f6cef2e58ae9f0799b20c714',
  )
})

describe('a database of version 0.1.0 with rows in every table', () => {
  test('keeps them all when it is brought to the newest schema', async ({ onTestFinished }) => {
    const database = await releasedDatabase()
    onTestFinished(database.drop)
    const before = await keysOf(database)
    expect(before.size).toBeGreaterThanOrEqual(26)
    for (const [table, keys] of before) expect(keys.length, `rows of ${table} in the fixture`).toBeGreaterThan(0)
    await migrate(database.connectionString)
    const after = await keysOf(database)
    for (const [table, keys] of before) expect(after.get(table), table).toEqual(expect.arrayContaining(keys))
  })

  test('keeps its API keys living, made by an operator, bound to no addresses', async ({ onTestFinished }) => {
    const database = await releasedDatabase()
    onTestFinished(database.drop)
    await migrate(database.connectionString)
    const keys = await database.query(
      `select distinct created_by, hint, last_used_at, allowed_cidrs, replaced_by from api_key where revoked_at is null`,
    )
    const nothing = { hint: null, last_used_at: null, replaced_by: null }
    expect(keys).toEqual([{ created_by: 'operator', allowed_cidrs: [], ...nothing }])
  })

  test('gates only what waits or runs and could begin before the gate, and counts that', async ({ onTestFinished }) => {
    const database = await releasedDatabase()
    onTestFinished(database.drop)
    const gated = () =>
      database.query<{ id: string }>('select id from task where gated and ended_at is null order by id')
    const before = (await gated()).map(({ id }) => id)
    const { tasks } = released
    expect(before).toContain(tasks.suspended)
    // It could not begin before the gate anyway.
    await database.query(
      `update task set earliest_begin_date = gated_until + interval '1 day' where id = '${tasks.waiting}'`,
    )
    await migrate(database.connectionString)
    const after = (await gated()).map(({ id }) => id)
    expect(after).toEqual(before.filter((id) => id !== tasks.suspended && id !== tasks.waiting))
    expect(after.length).toBeGreaterThan(0)
    const [limiter] = await database.query<{ live: number }>('select max(gated_live)::int as live from limiter')
    expect(limiter).toEqual({ live: after.length })
    const known = await database.query<{ delay: number }>(
      'select gate_delay_seconds as delay from task where gated and ended_at is null',
    )
    expect(known.map(({ delay }) => delay)).toEqual(after.map(() => 8))
  })

  test('counts what every tenant has', async ({ onTestFinished }) => {
    const database = await releasedDatabase()
    onTestFinished(database.drop)
    await database.query("insert into tenant (id, name) values ('ten_empty', 'no tasks')")
    await migrate(database.connectionString)
    const counted = await database.query(
      `select n.id, count(t.id) filter (where t.ended_at is null)::text as live,
         coalesce(sum(t.file_bytes) filter (where t.file_state in ('temporary', 'permanent')), 0)::text as bytes
       from tenant n left join task t on t.tenant_id = n.id group by n.id order by n.id`,
    )
    expect(counted).toContainEqual({ id: 'ten_empty', live: '0', bytes: '0' })
    expect(counted.some(({ live, bytes }) => live !== '0' && bytes !== '0')).toBe(true)
    const totals = await database.query(
      'select tenant_id as id, live_tasks::text as live, stored_bytes::text as bytes from tenant_total order by 1',
    )
    expect(totals).toEqual(counted)
  })

  test('goes on where it was: tasks, wakes, questions, deliveries, limiter and answers', async ({ onTestFinished }) => {
    const [origin, receiver, late] = await Promise.all([startOrigin(), startReceiver(), startReceiver()])
    onTestFinished(async () => void (await Promise.all([origin, receiver, late].map((server) => server.close()))))
    for (const [path, bytes] of Object.entries({ waiting: 4_000, suspended: 5_000, busy: 5_500, asking: 6_000 }))
      origin.serve(`/${path}`, { bytes })
    origin.serve('/long', { bytes: 40 * 1024 * 1024 })
    const [port, hook, lateHook] = [origin.url, receiver.url, late.url].map((url) => Number(new URL(url).port))
    const places: Record<string, number> = { 18080: port!, 18083: port!, 18081: hook!, 18082: lateHook! }
    const proxy = await startConnectProxy(({ target }) => ({ port: places[target.split(':')[1]!]! }))
    receiver.respond = ({ type }) =>
      type === 'task.will_begin_delayed_request'
        ? { status: 200, headers: { 'content-type': 'application/json' }, body: '{"disposition":"continueLoading"}' }
        : 204

    const database = await releasedDatabase({ agoSeconds: 40 })
    const env = {
      ENCRYPTION_KEY: released.encryptionKey,
      EGRESS_PROXY_URL: `http://127.0.0.1:${proxy.port}`,
      WAKE_DELAY_BASE_SECONDS: released.wakeDelayBaseSeconds,
    }
    const pair = (await openProcessPair('PostgreSQL', { database, env }))!
    onTestFinished(pair.dispose)
    const api = await pair.startApi()
    const client = createClient(api.url, released.apiKey)
    const { tasks, wake } = released

    // As it was left, before any worker has touched it.
    expect(await client.ok('GET', '/v1/limiter')).toMatchObject({ state: 'background', delaySeconds: 16 })
    const shown = await Promise.all(Object.values(tasks).map((id) => client.task(id)))
    expect(shown.map(({ state }) => state)).toEqual([
      'completed',
      'completed',
      'waiting',
      'suspended',
      'waiting',
      'running',
      'waiting',
    ])
    expect(await client.ok('GET', `/v1/wakes/${wake.id}`)).toMatchObject({ state: 'open', sessionIdentifier: 'woken' })
    const again = await fetch(`${api.url}/v1/sessions/woken/tasks`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${released.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': 'create-woken',
      },
      body: JSON.stringify({ url: 'http://127.0.0.1:18080/woken' }),
    })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await again.json()).toMatchObject({ id: tasks.completed })
    const eventsBefore = await client.ok<{ data: { id: string }[] }>('GET', '/v1/events?limit=200')
    expect(eventsBefore.data).toHaveLength(11)

    await pair.startWorker()
    await client.ok('POST', `/v1/wakes/${wake.id}/complete`, { completionToken: wake.completionToken })
    expect(await client.ok('GET', `/v1/wakes/${wake.id}`)).toMatchObject({ state: 'completed' })
    await client.ok('POST', `/v1/tasks/${tasks.suspended}/resume`, {})
    for (const [id, path] of [
      [tasks.waiting, '/waiting'],
      [tasks.suspended, '/suspended'],
      [tasks.hostAskedForTime, '/busy'],
      [tasks.asking, '/asking'],
      [tasks.halfDone, '/long'],
    ] as const) {
      const task = await client.ended(id)
      expect(task, path).toMatchObject({ state: 'completed', error: null })
      const bytes = Buffer.from(await (await client.file(id)).arrayBuffer())
      expect(bytes.equals(origin.content(path)), path).toBe(true)
    }
    const told = (posts: typeof late.posts, id: string) =>
      posts.some(({ event }) => event.type === 'task.completed' && event.data.task!.id === id)
    await eventually('what was undelivered is delivered', () => told(late.posts, tasks.undelivered))
    expect(late.types().slice(0, 2)).toEqual(['session.wake', 'task.finished_downloading'])
    await eventually('what was asked about is told', () => told(receiver.posts, tasks.asking), { withinMs: 60_000 })
    const events = await client.ok<{ data: { id: string }[] }>('GET', '/v1/events?limit=200')
    expect(events.data.slice(0, 11)).toEqual(eventsBefore.data)
    expect(events.data.length).toBeGreaterThan(11)

    // The other tenant has its own, and nothing of this one.
    const other = createClient(api.url, released.otherApiKey)
    expect(await other.tasks('pulled')).toMatchObject([{ state: 'completed' }])
    expect(await other.ok('GET', '/v1/limiter')).toMatchObject({
      policy: { baseSeconds: 5, factor: 3, capSeconds: 600 },
    })
  })
})
