import { describe, expect, it } from 'vitest'
import { makeDue } from '#support/builders/make-due.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()
const session = () => builder.session(undefined, { delegate: { kind: 'pull' } })
const makeOld = () => builder.database.run("update fleet_sample set next_at = now() - interval '1 second'")

describe('the counts of all tenants', () => {
  it('are absent until somebody has counted', async () => {
    expect(await builder.stores.operations.readFleet()).toBeNull()
  })

  it('have what waits and for what, as the tenants’ own summaries say it', async () => {
    const [one, other] = [await session(), await session()]
    const later = new Date(Date.now() + 3_600_000)
    const ended = await builder.task(other)
    await builder.complete(ended.id)
    const running = await builder.task(other)
    await builder.begin(running.id)
    await builder.tasks(other, { earliestBeginDate: later })
    await builder.tasks(one, {}, { earliestBeginDate: later }, { earliestBeginDate: later })
    await makeOld()
    expect(await builder.stores.operations.sampleFleet()).toBe(true)
    const { sample, ageSeconds } = (await builder.stores.operations.readFleet())!
    const summaries = await Promise.all([one, other].map(({ tenantId }) => builder.stores.tasks.countWaiting(tenantId)))
    for (const [reason, count] of Object.entries(summaries[0]!)) {
      const sum = count + summaries[1]![reason as keyof (typeof summaries)[1]]
      expect(sample.waiting[reason as keyof typeof sample.waiting] ?? 0, reason).toBe(sum)
    }
    expect(sample.waiting.earliestBeginDate).toBe(3)
    const live = Object.values(sample.tasks).reduce((sum, count) => sum + count, 0)
    expect({ live, running: sample.tasks.running }).toEqual({ live: 5, running: 1 })
    expect(sample).toMatchObject({ connections: 1, hostsBlocked: 0, wakesOpen: 0, deliveriesPending: 0 })
    expect(sample.oldestWaitingSeconds).toBeGreaterThanOrEqual(0)
    expect(sample.limiterDelays.at(-1)).toBe(2)
    expect(ageSeconds).toBeGreaterThanOrEqual(0)
  })

  it('have the tenants by their weight, with what they have in flight and what may begin', async () => {
    const [light, usual, heavy] = [await session(), await session(), await session()]
    for (const [{ tenantId }, weight] of [
      [light, 0.25],
      [heavy, 100],
    ] as const)
      await builder.database.run('update lane set weight = $2 where tenant_id = $1', [tenantId, weight])
    await builder.begin((await builder.task(heavy)).id)
    for (const each of [light, usual, heavy]) await makeDue(builder.database, (await builder.task(each)).id)
    const empty = await session()
    expect(empty.tenantId).toBeDefined()
    await makeOld()
    await builder.stores.operations.sampleFleet()
    const { weights } = (await builder.stores.operations.readFleet())!.sample
    expect(weights.toSorted((a, b) => a.due - b.due || (a.most < b.most ? -1 : 1))).toEqual([
      { most: '+Inf', tenants: 1, inFlight: 1, due: 1 },
      { most: '0.5', tenants: 1, inFlight: 0, due: 1 },
      { most: '1', tenants: 1, inFlight: 0, due: 1 },
    ])
  })

  it('are taken by one of eight processes at a time, and again when they have become old', async () => {
    const processes = Array.from({ length: 8 }, () => builder.otherProcess().operations)
    const countOnce = async () => {
      await makeOld()
      const done = await Promise.all(processes.map((each) => each.sampleFleet()))
      return done.filter(Boolean).length
    }
    expect(await countOnce()).toBe(1)
    expect(await processes[0]!.sampleFleet()).toBe(false)
    expect(await countOnce()).toBe(1)
  })
})
