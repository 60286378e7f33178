import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '#core/database/database.ts'
import { countingUsage, usageParameter } from '#core/ledger/count-usage.ts'
import { createLedger } from '#core/ledger/ledger.ts'
import { mint } from '#core/runtime/crypto.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import { sampleTenants } from '#core/usage/postgres/sample-tenants.ts'
import { readStats } from '#core/usage/read-stats.ts'
import { ringSlots } from '#core/usage/rules/sample-rings.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { asTenant } from '#support/builders/as-tenant.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()
const minuteMs = 60_000
let thisMinuteMs: number
beforeEach(() => {
  thisMinuteMs = Math.floor(Date.now() / minuteMs) * minuteMs
})
/** A whole minute, so many before the one in which the test began. */
const minutesAgo = (count: number) => new Date(thisMinuteMs - count * minuteMs)
const sampleAt = (minute: Date) => builder.database.transaction((tx) => sampleTenants(tx, minute))
const rowsOf = (table: string) => builder.database.many<Record<string, unknown>>(`select * from ${table}`)

/** Counts created tasks half a minute behind the given one; they live, or not. */
async function create(tenantId: string, minute: Date, count: number, { liveTasks = count } = {}): Promise<void> {
  await builder.database.run(
    `with ${countingUsage({ tenant: '$1', at: '$2::timestamptz', change: '$3::int8[]' })} select * from total`,
    [tenantId, new Date(minute.getTime() + minuteMs / 2), usageParameter({ tasksCreated: count, liveTasks })],
  )
}

async function lastHour(tenantId: string) {
  const { data } = await readStats(builder, tenantId, '1h')
  const byMinute = new Map(data.map((point) => [point.at.getTime(), point]))
  return (minute: Date) => byMinute.get(minute.getTime())!
}

describe('samples of tenants', () => {
  it('have what was counted in each minute, and what waited at its end, also across hours', async () => {
    const tenantId = await builder.tenant()
    await sampleAt(minutesAgo(50))
    for (let ago = 50; ago > 5; ago--) {
      await create(tenantId, minutesAgo(ago), ago % 7)
      await sampleAt(minutesAgo(ago - 1))
    }
    const point = await lastHour(tenantId)
    let waiting = 0
    for (let ago = 50; ago > 5; ago--) {
      waiting += ago % 7
      expect(point(minutesAgo(ago))).toMatchObject({ tasksCreated: ago % 7, waiting, running: 0 })
    }
    expect(point(minutesAgo(51))).toMatchObject({ tasksCreated: 0, waiting: 0 })
    expect(point(minutesAgo(52))).toMatchObject({ tasksCreated: 0, waiting: null, running: null })
  })

  it('are not written while nothing changes, and what waits is held', async () => {
    const [busy, atRest] = [await builder.tenant(), await builder.tenant()]
    await create(atRest, minutesAgo(21), 3)
    await sampleAt(minutesAgo(20))
    const written = async () => (await rowsOf('usage_sample')).filter(({ tenantId }) => tenantId === atRest)
    const [level] = (await rowsOf('usage_level')).filter(({ tenantId }) => tenantId === atRest)
    for (let ago = 20; ago > 10; ago--) {
      await create(busy, minutesAgo(ago), 1)
      await sampleAt(minutesAgo(ago - 1))
    }
    expect(await written()).toEqual([])
    expect((await rowsOf('usage_level')).filter(({ tenantId }) => tenantId === atRest)).toEqual([level])
    await create(atRest, minutesAgo(10), 2)
    await sampleAt(minutesAgo(9))
    expect(await written()).toHaveLength(ringSlots.size)
    const point = await lastHour(atRest)
    expect([20, 11, 10, 5].map((ago) => point(minutesAgo(ago)).waiting)).toEqual([3, 3, 5, 5])
    expect([20, 11, 10, 5].map((ago) => point(minutesAgo(ago)).tasksCreated)).toEqual([0, 0, 2, 0])
  })

  it('do not take what was there before the first one for something that happened', async () => {
    const tenantId = await builder.tenant()
    await create(tenantId, minutesAgo(31), 100)
    await sampleAt(minutesAgo(30))
    const { data, now } = await readStats(builder, tenantId, '1h')
    expect(data.reduce((sum, { tasksCreated }) => sum + tasksCreated, 0)).toBe(0)
    expect(now.waiting).toBe(100)
  })

  it('spread what was counted while nobody sampled', async () => {
    const tenantId = await builder.tenant()
    await sampleAt(minutesAgo(40))
    await create(tenantId, minutesAgo(12), 30)
    await sampleAt(minutesAgo(10))
    const point = await lastHour(tenantId)
    for (let ago = 40; ago > 10; ago--) expect(point(minutesAgo(ago)).tasksCreated).toBe(1)
  })

  it('take no more slots than the rings have, however long it goes', async () => {
    const tenantId = await builder.tenant()
    const begin = minutesAgo(11_000)
    await sampleAt(begin)
    for (let n = 0; n < 11_000; n += 47) {
      const minute = new Date(begin.getTime() + n * minuteMs)
      await create(tenantId, minute, 1, { liveTasks: 0 })
      await sampleAt(new Date(minute.getTime() + minuteMs))
    }
    const slots = await builder.database.many<{ stepSeconds: number; count: number }>(
      'select step_seconds, count(*)::int as count from usage_sample group by 1',
    )
    for (const { stepSeconds, count } of slots) expect(count).toBeLessThanOrEqual(ringSlots.get(stepSeconds)!)
    expect((await rowsOf('usage_level')).length).toBe(1)
  })

  it('have the most that an hour has seen, and its counts from the ledger', async () => {
    const tenantId = await builder.tenant()
    const hour = minutesAgo(new Date(thisMinuteMs).getUTCMinutes() + 180)
    const behind = (minutes: number) => new Date(hour.getTime() + minutes * minuteMs)
    await sampleAt(behind(0))
    await create(tenantId, behind(10), 40)
    await sampleAt(behind(11))
    await create(tenantId, behind(20), 0, { liveTasks: -39 })
    await sampleAt(behind(21))
    for (const name of ['24h', '7d'] as const) {
      const { data } = await readStats(builder, tenantId, name)
      const points = data.slice(data.findIndex(({ at }) => at.getTime() === hour.getTime()))
      expect(points.map(({ tasksCreated }) => tasksCreated).slice(0, 3)).toEqual([40, 0, 0])
      expect(points.map(({ waiting }) => waiting).slice(0, 4)).toEqual([40, 1, 1, 1])
    }
  })

  it('count nothing twice that the process which sampled before did not know', async () => {
    const tenantId = await builder.tenant()
    await sampleAt(minutesAgo(3))
    const counted =
      'insert into usage_hour (tenant_id, hour, part, delivery_attempts, delivery_attempts_failed) values ($1, $2, 2, 9, 4)'
    const hour = new Date(Math.floor(thisMinuteMs / 3_600_000) * 3_600_000)
    await builder.database.run(counted, [tenantId, hour])
    await sampleAt(minutesAgo(2))
    // As the version before writes it, which has one counter less.
    await builder.database.run('update usage_level set counts = counts[1:7] where tenant_id = $1', [tenantId])
    await create(tenantId, minutesAgo(2), 1)
    await sampleAt(minutesAgo(1))
    const { data } = await readStats(builder, tenantId, '1h')
    const sum = data.reduce((all, { deliveryAttemptsFailed }) => all + deliveryAttemptsFailed, 0)
    expect(sum).toBeLessThanOrEqual(4)
  })

  it('tell running tasks from those that wait', async () => {
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    const [running] = await builder.tasks(session, {}, { suspended: true }, {})
    await builder.begin(running!.id)
    await sampleAt(minutesAgo(1))
    expect((await readStats(builder, session.tenantId, '1h')).now).toMatchObject({ running: 1, waiting: 2 })
    expect(await rowsOf('usage_level')).toMatchObject([{ running: 1, waiting: 2 }])
    await builder.complete(running!.id)
    expect((await readStats(builder, session.tenantId, '1h')).now).toMatchObject({ running: 0, waiting: 2 })
  })

  it('are taken once a minute by one of eight processes', async () => {
    const processes = Array.from({ length: 8 }, () => builder.otherProcess().usage)
    const takers = async () => (await Promise.all(processes.map((each) => each.sampleTenants()))).filter(Boolean).length
    // Another minute may begin meanwhile.
    const begun = Date.now()
    const taken = (await takers()) + (await takers())
    const minutes = Math.floor(Date.now() / minuteMs) - Math.floor(begun / minuteMs)
    expect(taken).toBeGreaterThanOrEqual(1)
    expect(taken).toBeLessThanOrEqual(1 + minutes)
    await builder.database.run("update usage_sampler set sampled_at = sampled_at - interval '5 minutes'")
    expect(await takers()).toBe(1)
  })

  it('leave out tenants that are being deleted, and the locked ones wait for the next time', async () => {
    const [deleted, locked] = [await builder.tenant(), await builder.tenant()]
    await builder.database.run("update tenant set state = 'deleting' where id = $1", [deleted])
    await sampleAt(minutesAgo(12))
    for (const tenantId of [deleted, locked]) await create(tenantId, minutesAgo(11), 5)
    await builder.database.transaction(async (tx) => {
      await tx.run('select 1 from tenant_total where tenant_id = $1 for update', [locked])
      await sampleAt(minutesAgo(10))
    })
    expect(await rowsOf('usage_level')).toEqual([])
    await sampleAt(minutesAgo(9))
    expect(await rowsOf('usage_level')).toMatchObject([{ tenantId: locked, waiting: 5 }])
  })

  it('go with their tenant, also when the version before has removed it', async () => {
    const [gone, stays] = [await builder.tenant(), await builder.tenant()]
    await sampleAt(minutesAgo(10))
    for (const tenantId of [gone, stays]) await create(tenantId, minutesAgo(10), 5)
    await sampleAt(minutesAgo(9))
    for (const table of ['lane', 'limiter', 'feed', 'tenant_total', 'usage_hour'])
      await builder.database.run(`delete from ${table} where tenant_id = $1`, [gone])
    await builder.database.run('delete from tenant where id = $1', [gone])
    await sampleAt(minutesAgo(8))
    for (const table of ['usage_level', 'usage_sample'])
      expect(new Set((await rowsOf(table)).map(({ tenantId }) => tenantId))).toEqual(new Set([stays]))
  })

  it("are a tenant's own, also for whoever names another one", async () => {
    const [one, other] = [await builder.tenant(), await builder.tenant()]
    await sampleAt(minutesAgo(10))
    for (const tenantId of [one, other]) await create(tenantId, minutesAgo(10), 5)
    await sampleAt(minutesAgo(9))
    const narrow = createLedger(openDatabase(builder.connectionString, { rowSecurity: true }), mint, builder.encryptor)
    onTestFinished(() => narrow.close())
    await asTenant(one, async () => {
      for (const table of ['usage_level', 'usage_sample']) {
        const rows = await narrow.many<{ tenantId: string }>(`select tenant_id from ${table}`)
        expect(new Set(rows.map(({ tenantId }) => tenantId))).toEqual(new Set([one]))
      }
      const stores = createStores(narrow, mint, builder.encryptor, defaultLimiterPolicy)
      expect((await readStats({ stores }, one, '1h')).now.waiting).toBe(5)
      await expect(readStats({ stores }, other, '1h')).rejects.toThrow()
    })
  })
})
