import { describe, expect, test } from 'vitest'
import { countingUsage, usageParameter } from '#core/ledger/count-usage.ts'
import { readUsage } from '#core/usage/read-usage.ts'
import type { CountedUsage } from '#core/usage/rules/usage-points.ts'
import { stepMs, type UsageRange, usageSteps } from '#core/usage/rules/usage-range.ts'
import { randomFrom } from '#support/builders/random-verbs.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

/** Counts a change of the stored bytes at a time. */
async function store(tenantId: string, atMs: number, bytes: number): Promise<void> {
  await builder.database.run(
    `with ${countingUsage({ tenant: '$1', at: '$2::timestamptz', change: '$3::int8[]' })} select * from total`,
    [tenantId, new Date(atMs), usageParameter({ storedBytes: BigInt(bytes) })],
  )
}

describe('what was counted', () => {
  const sinceMs = Date.UTC(2026, 4, 30)

  test.each(usageSteps)('is summed up by each %s, and what came behind the range apart', async (step) => {
    const tenantId = await builder.tenant()
    const random = randomFrom(7)
    const changes = Array.from({ length: 40 }, () => ({
      atMs: sinceMs - stepMs.day + Math.floor(random() * 4 * stepMs.day),
      bytes: Math.floor(random() * 1e12) - 4e11,
    }))
    for (const { atMs, bytes } of changes) await store(tenantId, atMs, bytes)
    const range: UsageRange = { step, sinceMs, endMs: sinceMs + 2 * stepMs.day }
    const usage = await builder.stores.usage.readUsage(tenantId, range)
    const sum = (some: typeof changes) => some.reduce((all, { bytes }) => all + bytes, 0)
    expect(usage).toMatchObject({
      storedBytes: sum(changes),
      storedLater: sum(changes.filter(({ atMs }) => atMs >= range.endMs)),
    })
    const within = changes.filter(({ atMs }) => atMs >= sinceMs && atMs < range.endMs)
    const byPoint = Map.groupBy(within, ({ atMs }) => Math.floor(atMs / stepMs[step]) * stepMs[step])
    const expected = [...byPoint].toSorted(([a], [b]) => a - b)
    expect(usage.points.map(({ atMs, storedDelta }) => [atMs, storedDelta])).toEqual(
      expected.map(([atMs, some]) => [atMs, sum(some)]),
    )
    usage.points.forEach(({ atMs, storedByteSeconds }, n) => {
      const areas = expected[n]![1].map((each) => (each.bytes * (atMs + stepMs[step] - each.atMs)) / 1000)
      expect(storedByteSeconds / areas.reduce((all, area) => all + area, 0)).toBeCloseTo(1, 9)
    })
  })

  test("is a tenant's own", async () => {
    const [one, other] = [await builder.tenant(), await builder.tenant()]
    await store(one, sinceMs, 5)
    const range: UsageRange = { step: 'day', sinceMs, endMs: sinceMs + stepMs.day }
    expect(await builder.stores.usage.readUsage(other, range)).toMatchObject<Partial<CountedUsage>>({
      storedBytes: 0,
      points: [],
    })
  })
})

test('requests are added up from every process, those of a tenant that is gone left out', async () => {
  const [one, other] = [await builder.tenant(), await builder.tenant()]
  const processes = Array.from({ length: 4 }, () => builder.otherProcess())
  const counts = new Map([
    ['ten_gone', 9],
    [other, 1],
    [one, 2],
  ])
  await Promise.all(processes.map((stores) => stores.usage.countRequests(counts)))
  const ports = { stores: builder.stores, nowMs: Date.now }
  expect((await readUsage(ports, one, {})).totals.requests).toBe(8)
  expect((await readUsage(ports, other, {})).totals.requests).toBe(4)
  expect(await builder.database.many("select * from usage_hour where tenant_id = 'ten_gone'")).toEqual([])
})
