import { describe, expect, it } from 'vitest'
import type { ClaimStore } from '#core/dispatch/claim-store.ts'
import type { Lease } from '#core/tasks/rules/lease.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { claim } from '#support/builders/claim.ts'
import { type BuiltSession, storedFile } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()

const pull = { delegate: { kind: 'pull' } } as const
const many = (count: number) => Array.from({ length: count }, () => ({}))

/** A pull session of a new tenant with tasks, a thousand a call. */
async function tenantWith(count: number, lane: { cap?: number; weight?: number } = {}): Promise<BuiltSession> {
  const session = await builder.session(await builder.tenant(lane), pull)
  for (let left = count; left > 0; left -= 1000) await builder.tasks(session, ...many(Math.min(left, 1000)))
  return session
}

async function tenantsOf(leases: Lease[]): Promise<Record<string, number>> {
  const rows = await builder.database.many<{ tenantId: string; count: number }>(
    'select tenant_id, count(*)::int as count from task where id = any($1) group by tenant_id',
    [leases.map(({ taskId }) => taskId)],
  )
  return Object.fromEntries(rows.map(({ tenantId, count }) => [tenantId, count]))
}

describe('sharing', () => {
  it('a lone tenant fills all slots', async () => {
    await tenantWith(60)
    expect(await claim(builder.stores, 50)).toHaveLength(50)
    expect(await builder.stores.dispatch.countDispatched()).toBe(50)
  })

  it('nothing is claimed without slots', async () => {
    await tenantWith(1)
    expect(await claim(builder.stores, 0)).toEqual([])
  })

  it('caps are exact and no task is claimed twice in an epoch, with eight dispatchers at once', async () => {
    const caps = { 3: 700, 10: 700, 64: 700 }
    const tenants = new Map<string, number>()
    for (const [cap, count] of Object.entries(caps)) {
      tenants.set((await tenantWith(count, { cap: Number(cap) })).tenantId, Number(cap))
    }
    const total = Object.values(caps).reduce((sum, count) => sum + count)
    const claimed: Lease[] = []
    const over: unknown[] = []
    const watch = async () => {
      const rows = await builder.database.many<{ tenantId: string; count: number; cap: number }>(
        `select t.tenant_id, count(*)::int as count, l.cap from task t join lane l using (tenant_id)
         where t.state in ('dispatched', 'running', 'completing') group by t.tenant_id, l.cap`,
      )
      over.push(...rows.filter(({ count, cap }) => count > cap))
    }
    const dispatcher = async (stores: { dispatch: ClaimStore }) => {
      while (claimed.length < total) {
        const leases = await claim(stores, 40)
        claimed.push(...leases)
        await watch()
        // The work is done at once, so that there is room again.
        await builder.database.run("update task set state = 'canceled' where id = any($1)", [
          leases.map(({ taskId }) => taskId),
        ])
      }
    }
    await Promise.all(Array.from({ length: 8 }, () => dispatcher(builder.otherProcess())))
    expect(over).toEqual([])
    expect(claimed).toHaveLength(total)
    expect(new Set(claimed.map(({ taskId, epoch }) => `${taskId}-${epoch}`)).size).toBe(total)
  })

  it('a cap is filled, and filled again only when something in flight has left', async () => {
    await tenantWith(20, { cap: 5 })
    const [first, ...others] = (await claim(builder.stores, 50)) as [Lease, ...Lease[]]
    expect(others).toHaveLength(4)
    expect(await claim(builder.stores, 50)).toEqual([])
    const job = await builder.stores.transfers.beginTransfer(first, 'wrk_1')
    expect(await claim(builder.stores, 50)).toEqual([])
    await builder.stores.transfers.completeTask(first, storedFile(first.taskId), job!.task.sessionId)
    expect(await claim(builder.stores, 50)).toHaveLength(1)
  })

  it('work is shared by weight in the long run', async () => {
    const light = await tenantWith(400, { weight: 1 })
    const heavy = await tenantWith(400, { weight: 3 })
    const claimed: Lease[] = []
    for (let round = 0; round < 80; round++) claimed.push(...(await claim(builder.stores, 5)))
    const share = await tenantsOf(claimed)
    expect(share[light.tenantId]! + share[heavy.tenantId]!).toBe(400)
    expect(share[heavy.tenantId]! / share[light.tenantId]!).toBeCloseTo(3, 0)
    expect(share[light.tenantId]).toBeGreaterThan(90)
    expect(share[light.tenantId]).toBeLessThan(112)
  })

  it("another tenant's first task is in the next claim, however long a queue is before it", async () => {
    await tenantWith(5000)
    for (let round = 0; round < 5; round++) expect(await claim(builder.stores, 20)).toHaveLength(20)
    const newcomer = await tenantWith(1)
    const next = await claim(builder.stores, 1)
    expect(await tenantsOf(next)).toEqual({ [newcomer.tenantId]: 1 })
  })

  it('a tenant that comes back after a long rest catches up a little and shuts nobody out', async () => {
    const rested = await tenantWith(1)
    await claim(builder.stores, 1)
    const busy = await tenantWith(400)
    for (let round = 0; round < 10; round++) await claim(builder.stores, 20)
    await builder.tasks(rested, ...many(200))
    const share = await tenantsOf(await claim(builder.stores, 40))
    expect(share[busy.tenantId]).toBeGreaterThanOrEqual(10)
    expect(share[rested.tenantId]).toBeGreaterThanOrEqual(20)
  })
})

describe('order and time', () => {
  it('within a tenant tasks go by priority, then by due time', async () => {
    const session = await builder.session(undefined, pull)
    const early = { earliestBeginDate: new Date(Date.now() + 3_600_000) }
    const [low, middle, urgent, later] = await builder.tasks(
      session,
      { priority: 0.1 },
      {},
      { priority: 0.9 },
      { priority: 0.9, ...early },
    )
    await builder.database.run(
      "update task set ready_at = clock_timestamp() - interval '1 s', due = true where id = $1",
      [urgent!.id],
    )
    await builder.database.run("update task set ready_at = clock_timestamp() - interval '1 ms' where id = $1", [
      later!.id,
    ])
    const order: string[] = []
    for (let round = 0; round < 4; round++) order.push(...(await claim(builder.stores, 1)).map(({ taskId }) => taskId))
    expect(order).toEqual([urgent!.id, later!.id, middle!.id, low!.id])
  })

  it('a claim of many hands them out in that order too', async () => {
    const session = await builder.session(undefined, pull)
    const priorities = Array.from({ length: 200 }, (_, n) => ((n * 37) % 200) / 200)
    const tasks = await builder.tasks(session, ...priorities.map((priority) => ({ priority })))
    const wanted = tasks.toSorted((a, b) => b.priority - a.priority).map(({ id }) => id)
    expect((await claim(builder.stores, 200)).map(({ taskId }) => taskId)).toEqual(wanted)
  })

  it("nothing is claimed before its time by the database's clock, and then soon", async () => {
    const session = await builder.session(undefined, pull)
    const begins = Array.from({ length: 20 }, (_, n) => ({ earliestBeginDate: new Date(Date.now() + 100 + n * 20) }))
    await builder.tasks(session, ...begins)
    expect(await builder.stores.dispatch.nextDueInMs()).toBeLessThanOrEqual(100)
    let claimed = 0
    await eventually(
      'all are claimed',
      async () => {
        claimed += (await claim(builder.stores, 100)).length
        const early = await builder.database.many(
          "select id from task where state = 'dispatched' and ready_at > clock_timestamp()",
        )
        expect(early).toEqual([])
        return claimed === 20
      },
      { everyMs: 5 },
    )
    const early = await builder.database.many(
      `select id from task where lease_until - interval '8 seconds' < ready_at - interval '1 ms'`,
    )
    expect(early).toEqual([])
  })

  it('the wait until the next due thing is told', async () => {
    expect(await builder.stores.dispatch.nextDueInMs()).toBeNull()
    const session = await builder.session(undefined, pull)
    await builder.task(session, { earliestBeginDate: new Date(Date.now() + 60_000) })
    const waitMs = (await builder.stores.dispatch.nextDueInMs())!
    expect(waitMs).toBeGreaterThan(50_000)
    expect(waitMs).toBeLessThanOrEqual(60_000)
  })
})
