import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '#core/database/database.ts'
import { outOfReach, tenantRows } from '#core/ledger/tenant-rows.ts'
import { lastRows, ownRows, partsOfTasks } from '#core/tenants/postgres/tenant-tables.ts'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { asTenant } from '#support/builders/as-tenant.ts'
import { type ApiUnderTest, openApi, type TestTenant } from '#support/client/api.ts'

/**
 * Every condition on the tenant of a row, in every statement: `task.tenant_id = $2` becomes `true` (which keeps the type
 * of the parameter).
 */
function withoutConditions(sql: string): string {
  return sql.replace(/(?<!set )\b(?:\w+\.)?tenant_id = (\$\d+)/g, '($1::text is not null)')
}

const { query } = pg.Client.prototype
let rewritten = 0
/** Until the tests end, statements of this process have no such conditions. */
function dropConditions(): void {
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [config] = args as [{ text?: string; name?: string }]
    if (typeof config === 'object' && config?.text !== undefined) {
      const text = withoutConditions(config.text)
      if (text !== config.text) {
        rewritten += 1
        args[0] = { ...config, text, ...(config.name === undefined ? {} : { name: `${config.name}-rewritten` }) }
      }
    }
    return (query as (...given: unknown[]) => unknown).apply(this, args)
  } as typeof query
}

let narrow: ApiUnderTest
let open: ApiUnderTest

/** Requests of one tenant for what is another's, and how many of them find something. */
async function strangersFinds(api: ApiUnderTest): Promise<{ found: string[]; failed: string[] }> {
  pg.Client.prototype.query = query
  const tenant = await api.tenant()
  const stranger = await api.tenant()
  const session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
  const task = await newTask(tenant, session)
  const waiting = await newTask(tenant, await newSession(tenant), { metadata: { order: '7' } })
  await finish(api, tenant, task)
  await api.stores.wakes.openWakes()
  const { openWake, configuration } = (await tenant.call('GET', `/v1/sessions/${session}`)).json
  const [delivery] = (await tenant.call('GET', '/v1/deliveries')).json.data
  const { endpointId } = configuration.delegate
  const key = (await tenant.call('GET', '/v1/api-keys')).json.data[0].id
  const theirs = [session, task, waiting, delivery.id, openWake.id, endpointId, key, tenant.id]
  dropConditions()
  try {
    const found: string[] = []
    const failed: string[] = []
    const ask = async (by: TestTenant, method: string, url: string, body?: object) => {
      const { status, json } = await by.call(method, url, body)
      const counted = json?.taskCounts?.waiting ?? json?.totals?.tasksCreated ?? json?.now?.waiting
      const tells = method !== 'GET' || counted > 0 || theirs.some((id) => JSON.stringify(json).includes(id))
      if (status < 400 && tells)
        found.push(`${method} ${url.replace(/\/\w{3}_\w+/g, '/{id}').replace(session, '{session}')}`)
      // Where rows of two tenants meet, statements fail in ways of their own.
      else if (status >= 400 && status !== 404) failed.push(`${method} ${url} ${JSON.stringify(json)}`)
    }
    await ask(stranger, 'GET', `/v1/sessions/${session}`)
    const lists = ['sessions', 'tasks', 'events', 'deliveries', 'wakes', 'webhook-endpoints', 'api-keys', 'audit']
    for (const list of [...lists, 'tasks/summary', 'usage', 'stats', 'stats?range=7d'])
      await ask(stranger, 'GET', `/v1/${list}`)
    await ask(stranger, 'GET', '/v1/tasks?metadata[order]=7')
    await ask(stranger, 'GET', `/v1/tasks/${task}`)
    await ask(stranger, 'GET', `/v1/tasks/${task}/timeline`)
    await ask(stranger, 'GET', `/v1/tasks/${task}/file`)
    await ask(stranger, 'GET', `/v1/wakes/${openWake.id}`)
    await ask(stranger, 'GET', `/v1/deliveries/${delivery.id}`)
    await ask(stranger, 'GET', `/v1/deliveries/${delivery.id}/attempts`)
    await ask(stranger, 'GET', `/v1/webhook-endpoints/${endpointId}`)
    await ask(stranger, 'PATCH', `/v1/webhook-endpoints/${endpointId}`, { description: 'mine now' })
    await ask(stranger, 'POST', `/v1/deliveries/${delivery.id}/retry`)
    await ask(stranger, 'PATCH', `/v1/tasks/${waiting}`, { taskDescription: 'mine now' })
    await ask(stranger, 'POST', `/v1/tasks/${waiting}/suspend`, {})
    await ask(stranger, 'POST', `/v1/tasks/${task}/file/release`, {})
    await ask(stranger, 'POST', `/v1/sessions/${session}/tasks`, { url: 'https://origin.example.com/' })
    await ask(stranger, 'DELETE', `/v1/webhook-endpoints/${endpointId}`)
    await ask(stranger, 'POST', `/v1/api-keys/${key}/rotate`, {})
    await ask(stranger, 'DELETE', `/v1/api-keys/${key}`)
    if (api === narrow) {
      // What is its own is there as ever. Elsewhere its statements would change rows of all tenants.
      await newTask(stranger, await newSession(stranger))
      expect((await stranger.call('GET', '/v1/tasks')).json.data).toHaveLength(1)
    }
    return { found, failed }
  } finally {
    pg.Client.prototype.query = query
  }
}

describe('without the conditions on the tenant in its SQL', () => {
  beforeAll(async () => {
    narrow = await openApi()
    open = await openApi({}, { rowSecurity: false })
  })
  afterAll(async () => {
    pg.Client.prototype.query = query
    await narrow?.close()
    await open?.close()
  })

  it('a tenant still finds nothing of another, because the database shows its role no other rows', async () => {
    const before = rewritten
    expect(await strangersFinds(narrow)).toEqual({ found: [], failed: [] })
    expect(rewritten - before).toBeGreaterThan(20)
  })

  it('and finds nearly everything where row-level security is off', async () => {
    const { found } = await strangersFinds(open)
    expect(found).toContain('GET /v1/tasks/{id}')
    expect(found).toContain('GET /v1/tasks?metadata[order]=7')
    expect(found).toContain('PATCH /v1/tasks/{id}')
    expect(found).toContain('GET /v1/webhook-endpoints')
    expect(found.length).toBeGreaterThan(12)
  })

  it('each table is a tenant’s and has a policy, or is everybody’s to read, or out of reach', async () => {
    const tables = await narrow.database.many<{ name: string; how: string }>(
      `select relname as name, case
         when relrowsecurity and exists (select from pg_policy where polrelid = c.oid and not polpermissive)
           and has_table_privilege('backhaul_tenant', c.oid, 'select, insert, update, delete') then 'its rows'
         when not has_table_privilege('backhaul_tenant', c.oid, 'select, insert, update, delete, truncate') then 'nothing'
         when not has_table_privilege('backhaul_tenant', c.oid, 'insert, update, delete, truncate') then 'reads all'
         else 'everything' end as how
       from pg_class c
       where relkind in ('r', 'v', 'p') and relnamespace = 'public'::regnamespace and relname <> '_prisma_migrations'`,
    )
    const told = [
      ...tenantRows.map(({ table, rows }) => ({ name: table, how: rows === null ? 'reads all' : 'its rows' })),
      ...outOfReach.map((name) => ({ name, how: 'nothing' })),
    ]
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
    expect(tables.toSorted(byName)).toEqual(told.toSorted(byName))
  })

  it('everybody reads only what is nobody’s: no table whose rows go with their tenant', () => {
    const gone = [...ownRows, ...ownRows.flatMap(({ parts }) => parts), ...partsOfTasks].map(({ table }) => table)
    const readByAll = tenantRows.filter(({ rows }) => rows === null).map(({ table }) => table)
    expect(readByAll.filter((table) => ['tenant', 'task', ...lastRows, ...gone].includes(table))).toEqual([])
  })

  it('a statement for no tenant sees nothing, and one in the role of tenants writes nothing that is another’s', async () => {
    const [one, other] = [await narrow.tenant(), await narrow.tenant()]
    const task = await newTask(one, await newSession(one))
    const database = openDatabase(narrow.connectionString, { rowSecurity: true })
    try {
      const count = async () => (await database.first<{ n: number }>('select count(*)::int as n from task'))!.n
      const user = async () => (await database.first<{ name: string }>('select current_user as name'))!.name
      expect([await asTenant(one.id, user), await user()]).toEqual([
        'backhaul_tenant',
        expect.not.stringContaining('tenant'),
      ])
      // Over the same connections, in turn.
      for (let n = 0; n < 3; n++)
        expect([await asTenant(one.id, count), await asTenant(other.id, count), await asTenant('', count)]).toEqual([
          1, 0, 0,
        ])
      const both = await Promise.all(Array.from({ length: 40 }, (_, n) => asTenant(n % 2 ? one.id : other.id, count)))
      expect(both).toEqual(Array.from({ length: 40 }, (_, n) => n % 2))
      const inTransaction = (tenantId: string) =>
        asTenant(tenantId, () => database.transaction((tx) => tx.first('select count(*)::int as n from task')))
      expect([await inTransaction(one.id), await inTransaction(other.id)]).toEqual([{ n: 1 }, { n: 0 }])
      const refused = /row-level security|permission denied/
      const attempts: [string, unknown[]][] = [
        ['insert into lane (tenant_id) values ($1)', [`${one.id}x`]],
        ['insert into task_step (task_id, number, at, kind) values ($1, 99, now(), $2)', [task, 'changed']],
        ['update feed set tenant_id = $1', [one.id]],
        ['select * from signing_key', []],
        ['update worker set regular = 0', []],
      ]
      for (const [sql, params] of attempts)
        await expect(
          asTenant(other.id, () => database.run(sql, params)),
          sql,
        ).rejects.toThrow(refused)
    } finally {
      await database.close()
    }
  })
})
