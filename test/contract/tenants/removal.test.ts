import { afterAll, describe, expect, it } from 'vitest'
import { ownRows, partsOfTasks } from '#core/tenants/postgres/tenant-tables.ts'
import { removeTenants } from '#core/tenants/remove-tenants.ts'
import type { TenantChores } from '#core/tenants/tenant-chores.ts'
import { rowsWith, tracesOf } from '#support/assertions/tenant-traces.ts'
import { createActor, randomFrom } from '#support/builders/random-verbs.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'
import { fileTwin, s3Twin, type Twin } from '#support/storage/object-stores.ts'
import { busyTenant, fillStorage } from './busy-tenant.ts'
import { Killed, mortal } from './mortal.ts'

const builder = useStorePerTest({ baseSeconds: 0.2, factor: 2, capSeconds: 0.4 })
const s3 = await s3Twin()
const twins = [await fileTwin(), ...(s3 ? [s3] : [])]
afterAll(() => Promise.all(twins.map((twin) => twin.dispose())))

const deletedLongAgo = async (tenantId: string) => {
  await builder.stores.tenants.deleteTenant(tenantId)
  await builder.database.run("update tenant set state_since = state_since - interval '1 hour' where id = $1", [
    tenantId,
  ])
}
const isThere = async (tenantId: string) => (await builder.stores.tenants.findTenant(tenantId)) !== null

describe.each(twins)('a deleted tenant, with its files on $name,', (twin: Twin) => {
  it('leaves no row, object or upload behind, however often whoever removes it is killed, and takes nothing of others', async () => {
    const objects = twin.open()
    const tenantId = await busyTenant(builder, 1)
    const other = await busyTenant(builder, 2)
    const keys = await fillStorage(builder, objects, tenantId)
    const othersKeys = await fillStorage(builder, objects, other)
    const traces = await tracesOf(builder.database, tenantId)
    const others = await tracesOf(builder.database, other)
    expect(traces.names).not.toContain(other)
    // It had something everywhere.
    const parts = [...partsOfTasks, ...ownRows.flatMap((rows) => rows.parts)]
    const had = new Set(traces.rows.map(({ table }) => table))
    for (const { table } of [...ownRows, ...parts]) expect(had).toContain(table)

    await deletedLongAgo(tenantId)
    const killedAt = new Map<string, number>()
    for (let life = 0; await isThere(tenantId); life++) {
      // Each lives for one call more than the one before; once the tasks have gone, for five at most, and then again for one.
      // What the dead had leased is free at once.
      await builder.database.run('update tenant set lease_until = null')
      const hasTasks = await builder.database.first('select 1 from task where tenant_id = $1 limit 1', [tenantId])
      const calls = { left: hasTasks ? life : life % 5 }
      const tenants = {
        ...builder.stores.tenants,
        async removeTasks(...given: Parameters<TenantChores['removeTasks']>) {
          const removed = await builder.stores.tenants.removeTasks(...given)
          calls.left = 0
          return removed
        },
      }
      const ports = {
        stores: { tenants: mortal(tenants, calls, killedAt) },
        objects: mortal(objects, calls, killedAt),
      }
      await removeTenants({ ...ports, nowMs: Date.now }).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
    }
    expect([...killedAt.keys()]).toEqual(
      expect.arrayContaining([
        'leaseRemoval',
        'listRemovableTasks',
        'abort',
        'remove',
        'removeTasks',
        'removeRows',
        'removeBelow',
        'removeTenant',
      ]),
    )

    expect(await rowsWith(builder.database, traces.names)).toEqual([])
    for (const key of keys) expect(await objects.head(key), key).toBeNull()
    expect(await objects.removeBelow(tenantId, 1000)).toBe(0)
    expect((await rowsWith(builder.database, [other])).length).toBeGreaterThan(0)
    expect((await tracesOf(builder.database, other)).rows.length).toBe(others.rows.length)
    for (const key of othersKeys) expect(await objects.head(key), key).not.toBeNull()
    await objects.close()
  })
})

describe('a tenant that is being deleted', () => {
  it('keeps what it has for a minute and while a worker has a task, and is changed by nobody', async () => {
    const [twin] = twins
    const objects = twin!.open()
    const tenantId = await builder.tenant()
    const session = await builder.session(tenantId, { delegate: { kind: 'pull' } })
    const { id } = await builder.task(session)
    const { lease } = await builder.begin(id)
    const { tenants, transfers } = builder.stores
    expect(await tenants.deleteTenant(tenantId)).toMatchObject({ id: tenantId, state: 'deleting' })
    expect(await tenants.deleteTenant(tenantId)).toBe('deleting')
    const progress = { bytesReceived: 1, bytesExpected: null, bytesPerSecond: null }
    expect(await transfers.renewLease(lease, progress)).toBeNull()
    for (const state of ['active', 'suspended'] as const)
      expect(await tenants.changeTenant(tenantId, { limiterPolicy: {}, state })).toBe('deleting')
    expect(await removeTenants({ stores: builder.stores, objects, nowMs: Date.now })).toBeNull()
    expect(await builder.find({ tenantId, id })).toMatchObject({ state: 'waiting' })
    await deletedLongAgo(tenantId)
    const running = (state: string) => builder.database.run('update task set state = $2 where id = $1', [id, state])
    await running('running')
    expect(await removeTenants({ stores: builder.stores, objects, nowMs: Date.now })).toBeNull()
    expect(await builder.find({ tenantId, id })).toMatchObject({ state: 'running' })
    await running('waiting')
    await removeTenants({ stores: builder.stores, objects, nowMs: Date.now })
    expect(await isThere(tenantId)).toBe(false)
    expect(await tenants.deleteTenant(tenantId)).toBe('not_found')
    expect(await tenants.changeTenant(tenantId, { limiterPolicy: {}, state: 'active' })).toBe('not_found')
    await objects.close()
  })

  it('is removed by several processes at once, and beside the chores of all', async () => {
    const [twin] = twins
    const objects = twin!.open()
    const [tenantId, second] = [await busyTenant(builder, 3), await busyTenant(builder, 4)]
    const traces = [await tracesOf(builder.database, tenantId), await tracesOf(builder.database, second)]
    await deletedLongAgo(tenantId)
    await deletedLongAgo(second)
    const calm = createActor(builder, builder.stores, [], randomFrom(5))
    const remove = async (stores: typeof builder.stores) => {
      while ((await isThere(tenantId)) || (await isThere(second))) {
        await removeTenants({ stores, objects, nowMs: Date.now })
        await calm.tick().catch(() => {})
      }
    }
    await Promise.all([remove(builder.stores), remove(builder.otherProcess()), remove(builder.otherProcess())])
    for (const { names } of traces) expect(await rowsWith(builder.database, names)).toEqual([])
    await objects.close()
  })
})
