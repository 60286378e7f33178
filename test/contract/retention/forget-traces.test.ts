import { beforeAll, expect, it } from 'vitest'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
let tenantId: string
beforeAll(async () => {
  tenantId = await builder.tenant()
})

const ago = (days: number) => `clock_timestamp() - make_interval(days => ${days})`

/** Kept and gone: the ids of rows that are so many days old. */
const traces: [string, { days: number; insert(id: string, at: string): string; id: string }][] = [
  ['gone_task', { days: 30, id: 'id', insert: (id, at) => `(tenant_id, id, gone_at) values ($1, '${id}', ${at})` }],
  [
    'wake',
    {
      days: 30,
      id: 'id',
      insert: (id, at) =>
        `(id, tenant_id, session_id, state, opened_at, deadline, closed_at, delay_after_seconds)
         values ('${id}', $1, 's', 'completed', ${at}, ${at}, ${at}, 60)`,
    },
  ],
  [
    'presence',
    {
      days: 30,
      id: 'key_id',
      insert: (id, at) => `(tenant_id, key_id, action, at) values ($1, '${id}', 'ended', ${at})`,
    },
  ],
  [
    'endpoint',
    {
      days: 30,
      id: 'id',
      insert: (id, at) =>
        `(id, tenant_id, state, deleted_at, event_types) values ('${id}', $1, 'disabled', ${at}, '{}')`,
    },
  ],
  [
    'usage_hour',
    {
      days: 400,
      id: 'part',
      insert: (id, at) => `(tenant_id, hour, part) values ($1, ${at}, ${id === 'old' ? 0 : 1})`,
    },
  ],
]

it.each(traces)('rows of %s go when they are old, and not before', async (table, { days, insert, id }) => {
  const { database, stores } = builder
  await database.run(`insert into ${table} ${insert('young', ago(days - 1))}`, [tenantId])
  await database.run(`insert into ${table} ${insert('old', ago(days + 1))}`, [tenantId])
  await stores.retention.forgetTraces()
  await stores.retention.forgetUsage()
  const left = await database.many<{ id: unknown }>(`select ${id} as id from ${table} where tenant_id = $1`, [tenantId])
  expect(left).toEqual([{ id: id === 'part' ? 1 : 'young' }])
})

it('more of them than a batch takes go at once', async () => {
  await builder.database.run(
    `insert into gone_task select $1, 'many' || n, ${ago(40)} from generate_series(1, 2500) n`,
    [tenantId],
  )
  await builder.stores.retention.forgetTraces()
  expect(await builder.database.many("select 1 from gone_task where id like 'many%'")).toEqual([])
})

it('a wake stays as long as a delivery that was made in it, and an open one in any case', async () => {
  await builder.database.run(
    `insert into wake (id, tenant_id, session_id, state, opened_at, deadline, closed_at, delay_after_seconds)
     values ('told', $1, 's', 'expired', ${ago(50)}, ${ago(50)}, ${ago(50)}, 60),
       ('open', $1, 's2', 'open', ${ago(50)}, ${ago(50)}, null, 60)`,
    [tenantId],
  )
  await builder.database.run(
    `insert into delivery (id, tenant_id, session_id, endpoint_id, event_id, wake_id, position, state)
     values ('d', $1, 's', 'e', 'v', 'told', 1, 'failed')`,
    [tenantId],
  )
  const left = () => builder.database.many("select id from wake where id in ('told', 'open') order by id")
  await builder.stores.retention.forgetTraces()
  expect(await left()).toEqual([{ id: 'open' }, { id: 'told' }])
  await builder.database.run("delete from delivery where id = 'd'")
  await builder.stores.retention.forgetTraces()
  expect(await left()).toEqual([{ id: 'open' }])
})

it('an endpoint that was deleted goes with its secrets, once no session names it', async () => {
  const session = await builder.session()
  const { endpointId } = session
  const left = () => builder.database.many('select 1 from endpoint_secret where endpoint_id = $1', [endpointId])
  await builder.database.run(`update endpoint set deleted_at = ${ago(50)} where id = $1`, [endpointId])
  await builder.stores.retention.forgetTraces()
  expect(await left()).toHaveLength(1)
  await builder.database.run('delete from session where id = $1', [session.id])
  await builder.stores.retention.forgetTraces()
  expect(await left()).toEqual([])
  expect(await builder.database.many('select 1 from endpoint where id = $1', [endpointId])).toEqual([])
})
