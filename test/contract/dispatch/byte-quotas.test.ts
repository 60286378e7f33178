import { describe, expect, it } from 'vitest'
import type { LimitName } from '#core/limits/rules/limits.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { claim, claimOnce } from '#support/builders/claim.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()

type ByteQuota = Extract<LimitName, 'maximumStoredBytes' | 'maximumBytesPerDay'>

const session = () => builder.session(undefined, { delegate: { kind: 'pull' } })
const limit = ({ tenantId }: BuiltSession, name: ByteQuota, maximum: number | null) =>
  builder.stores.tenants.changeTenant(tenantId, { limiterPolicy: {}, limits: { [name]: maximum } })
const begun = async (stores: Pick<Stores, 'dispatch'> = builder.stores) =>
  (await claim(stores, 100)).map(({ taskId }) => taskId)
/** Of so many bytes, as its client says. */
const expects = (bytes: number) => ({ countOfBytesClientExpectsToReceive: bytes })
const endAll = ({ tenantId }: BuiltSession) =>
  builder.database.run(
    "update task set state = 'canceled' where tenant_id = $1 and state in ('dispatched', 'running')",
    [tenantId],
  )

describe.each<ByteQuota>(['maximumStoredBytes', 'maximumBytesPerDay'])('%s', (name) => {
  it('that is reached lets nothing begin, fails nothing, and holds back no other tenant', async () => {
    const own = await session()
    // Nine bytes.
    await builder.complete((await builder.task(own)).id)
    await limit(own, name, 9)
    const [waits, other] = [await builder.task(own), await builder.task(await session())]
    expect(await begun()).toEqual([other.id])
    expect(await builder.find(waits)).toMatchObject({ state: 'waiting', waiting: { reasons: ['quota'] } })
    await limit(own, name, 10)
    expect(await begun()).toEqual([waits.id])
  })

  it('of 0 lets nothing begin, and none is no limit', async () => {
    const own = await session()
    const task = await builder.task(own)
    await limit(own, name, 0)
    expect(await begun()).toEqual([])
    await limit(own, name, null)
    expect(await begun()).toEqual([task.id])
  })

  it('counts what tasks in flight are expected to bring: the last that begins may go beyond it, and no other', async () => {
    const own = await session()
    await builder.tasks(own, ...Array.from({ length: 6 }, () => expects(40)))
    await limit(own, name, 100)
    const { leases, hasMore } = await claimOnce(builder.stores, 100)
    expect(leases).toHaveLength(3)
    expect(hasMore).toBe(false)
    expect(await begun()).toEqual([])
    await endAll(own)
    expect(await begun()).toHaveLength(3)
  })

  it('is kept by eight dispatchers at once', async () => {
    const own = await session()
    await builder.tasks(own, ...Array.from({ length: 60 }, () => expects(10)))
    await limit(own, name, 245)
    const others = Array.from({ length: 8 }, () => builder.otherProcess())
    const each = await Promise.all(others.map((stores) => claim(stores, 4)))
    const rest = await begun()
    expect(each.flat().length + rest.length).toBe(25)
  })
})

describe('a byte quota that was reached', () => {
  it('frees as a file is deleted', async () => {
    const own = await session()
    const done = await builder.task(own)
    await builder.complete(done.id)
    await limit(own, 'maximumStoredBytes', 9)
    const waits = await builder.task(own)
    expect(await begun()).toEqual([])
    await builder.stores.files.changeFile(own.tenantId, done.id, { kind: 'release' })
    expect(await begun()).toEqual([waits.id])
  })

  it('of the day frees at midnight, UTC, and says so', async () => {
    const own = await session()
    await builder.complete((await builder.task(own)).id)
    await limit(own, 'maximumBytesPerDay', 9)
    const waits = await builder.task(own)
    expect(await begun()).toEqual([])
    const [quota] = (await builder.find(waits)).waiting!.quotas
    expect(quota).toMatchObject({ name: 'maximumBytesPerDay', maximum: 9, used: 9 })
    expect(quota!.resetsAt!.getTime() % 86_400_000).toBe(0)
    expect(quota!.resetsAt!.getTime()).toBeGreaterThan(Date.now())
    await builder.database.run("update usage_hour set hour = hour - interval '1 day' where tenant_id = $1", [
      own.tenantId,
    ])
    expect(await begun()).toEqual([waits.id])
  })
})
