import { beforeAll, describe, expect, it } from 'vitest'
import { type Limits, limitNames } from '#core/limits/rules/limits.ts'
import { facts, made, newApiKey, newTask, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const none = Object.fromEntries(limitNames.map((name) => [name, null])) as Limits
const pull = { delegate: { kind: 'pull' } } as const
const newTenant = async () => made(await builder.stores.tenants.createTenant('tenant', newApiKey())).tenant.id
const change = (id: string, limits: Partial<Limits> | null) =>
  builder.stores.tenants.changeTenant(id, { limiterPolicy: {}, limits })
const read = async (tenantId: string) => (await builder.stores.limits.readLimits(tenantId)).limits
const capOf = async (tenantId: string) =>
  (await builder.database.first<{ cap: number }>('select cap from lane where tenant_id = $1', [tenantId]))!.cap

describe('the limits of a tenant', () => {
  beforeAll(() => builder.stores.limits.setDefaults({ ...none, maximumTasksInFlight: 128, maximumSessions: 5 }))

  it('are the defaults, of tenants of before too, until something else is set', async () => {
    const tenantId = await newTenant()
    expect(await read(tenantId)).toEqual({ ...none, maximumTasksInFlight: 128, maximumSessions: 5 })
    expect(await capOf(tenantId)).toBe(128)
    await builder.stores.limits.setDefaults({ ...none, maximumTasksInFlight: 64, maximumStreams: 3 })
    expect(await read(tenantId)).toEqual({ ...none, maximumTasksInFlight: 64, maximumStreams: 3 })
    expect(await capOf(tenantId)).toBe(64)
  })

  it('are kept where the change leaves them out, and are the defaults again when it is null', async () => {
    const tenantId = await newTenant()
    const largest = Number.MAX_SAFE_INTEGER
    const shown = await change(tenantId, {
      maximumTasksInFlight: 3,
      maximumBytesPerDay: largest,
      maximumSessions: null,
    })
    expect(shown).toMatchObject({
      limits: { maximumTasksInFlight: 3, maximumBytesPerDay: largest, maximumSessions: null },
    })
    await change(tenantId, { maximumSessions: 0 })
    expect(await read(tenantId)).toMatchObject({
      ...{ maximumTasksInFlight: 3, maximumBytesPerDay: largest, maximumSessions: 0 },
    })
    expect(await capOf(tenantId)).toBe(3)
    expect(await change(tenantId, null)).toHaveProperty('limits', {})
    expect(await capOf(tenantId)).toBe((await read(tenantId)).maximumTasksInFlight)
  })

  it('cap what is in flight at no number when there is none, and stay when the defaults change', async () => {
    const tenantId = await newTenant()
    await change(tenantId, { maximumTasksInFlight: null })
    expect(await capOf(tenantId)).toBe(2 ** 31 - 1)
    await builder.stores.limits.setDefaults({ ...none, maximumTasksInFlight: 32 })
    expect(await capOf(tenantId)).toBe(2 ** 31 - 1)
    await change(tenantId, { maximumTasksInFlight: 2 ** 40 })
    expect(await capOf(tenantId)).toBe(2 ** 31 - 1)
  })
})

describe('what a tenant uses', () => {
  it('is nothing at first', async () => {
    const { used } = await builder.stores.limits.readLimits(await newTenant())
    expect(used).toMatchObject({ maximumTasksWaiting: 0, maximumStoredBytes: 0, maximumApiKeys: 1 })
  })

  it('is its tasks, sessions and endpoints, and bytes that are stored, received today or on their way', async () => {
    const tenantId = await newTenant()
    const session = await builder.session(tenantId)
    await builder.session(tenantId, pull)
    await builder.complete((await builder.task(session)).id)
    const { lease } = await builder.begin((await builder.task(session)).id)
    await builder.stores.transfers.startGeneration(lease, transfer(1, { total: 500 }), facts)
    await builder.tasks(session, newTask({ earliestBeginDate: new Date(Date.now() + 60_000) }), { suspended: true })
    const { used, nextDay } = await builder.stores.limits.readLimits(tenantId)
    expect(used).toEqual({
      ...{ maximumTasksWaiting: 2, maximumTasksInFlight: 1, maximumSessions: 2, maximumEndpoints: 1 },
      ...{ maximumStoredBytes: 509, maximumBytesPerDay: 509, maximumBytesPerSecond: 0, maximumApiKeys: 1 },
    })
    expect(nextDay.toISOString()).toMatch(/T00:00:00.000Z$/)
    expect(nextDay.getTime() - Date.now()).toBeLessThanOrEqual(86_400_000)
  })
})
