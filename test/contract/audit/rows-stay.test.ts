import { describe, expect, it } from 'vitest'
import { createAuditStore } from '#core/audit/postgres/audit-store.ts'
import { pagesRead } from '#support/assertions/pages-read.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

/** An entry of so many days ago. */
async function entry(id: string, tenantId: string | null, days: number): Promise<void> {
  await builder.database.run(
    `insert into audit (id, tenant_id, actor, action, address, request_id, at)
     values ($1, $2, 'operator', 'changeTenant', '::1', 'r', clock_timestamp() - make_interval(days => $3))`,
    [id, tenantId, days],
  )
}
const there = async (ids: string[]) =>
  (await builder.database.many<{ id: string }>('select id from audit where id = any($1) order by id', [ids])).map(
    ({ id }) => id,
  )
const refused = 'the rows of audit stay as they are'

describe('a row of the audit', () => {
  it('is never changed, and not deleted while it is kept', async () => {
    const tenantId = await builder.tenant()
    await entry('young', tenantId, 399)
    await entry('nobodys', null, 399)
    const attempts = [
      "update audit set action = 'other' where id = 'young'",
      "update audit set at = at - interval '2 days' where id = 'young'",
      "delete from audit where id = 'young'",
      "delete from audit where id = 'nobodys'",
      'delete from audit',
      'truncate audit',
    ]
    for (const sql of attempts) await expect(builder.database.run(sql), sql).rejects.toThrow(refused)
    expect(await there(['young', 'nobodys'])).toEqual(['nobodys', 'young'])
  })

  it('is swept after 400 days, however many there are', async () => {
    const tenantId = await builder.tenant()
    await entry('kept', tenantId, 399)
    await builder.database.run(
      `insert into audit (id, tenant_id, actor, action, address, request_id, at)
       select 'old' || n, $1, 'operator', 'changeTenant', '::1', 'r', clock_timestamp() - interval '401 days'
       from generate_series(1, 1200) n`,
      [tenantId],
    )
    const swept = await Promise.all([builder.stores.audit.sweepAudit(), builder.otherProcess().audit.sweepAudit()])
    expect(swept[0] + swept[1]).toBe(1200)
    expect(await builder.stores.audit.sweepAudit()).toBe(0)
    expect(await there(['kept', 'old1', 'old1200'])).toEqual(['kept'])
  })

  it('goes with its tenant', async () => {
    const tenantId = await builder.tenant()
    await entry('of-a-tenant', tenantId, 1)
    await builder.database.run('delete from tenant where id = $1', [tenantId])
    expect(await builder.database.run('delete from audit where tenant_id = $1', [tenantId])).toBe(1)
  })

  it('is not written for work that no request has asked for', async () => {
    const session = await builder.session()
    await builder.complete((await builder.task(session)).id)
    const rows = await builder.database.many('select 1 from audit where tenant_id = $1', [session.tenantId])
    expect(rows).toEqual([])
  })

  it('is found by an index, however many there are', async () => {
    const tenantId = await builder.tenant()
    await builder.database.run(
      `insert into audit (id, tenant_id, actor, key_id, action, address, request_id, at)
       select 'many' || n, $1, 'key', 'key_' || n % 2000, case when n = 7 then 'rare' else 'createTask' end, '::1', 'r', now()
       from generate_series(1, 20000) n`,
      [tenantId],
    )
    await builder.database.run(
      `insert into audit (id, tenant_id, actor, action, address, request_id, at)
       select 'old' || n, $1, 'operator', 'changeTenant', '::1', 'r', clock_timestamp() - interval '401 days'
       from generate_series(1, 10) n`,
      [tenantId],
    )
    await builder.database.run('analyze audit')
    const read = await pagesRead(builder.database, async (explaining) => {
      const audit = createAuditStore(explaining)
      for (const filter of [{ action: 'rare' }, { keyId: 'key_7' }, { since: new Date(Date.now() + 60_000) }])
        await audit.listAudit({ tenantId, ...filter }, { limit: 20 })
      await audit.sweepAudit()
    })
    expect(read).toBeLessThan(150)
  })
})
