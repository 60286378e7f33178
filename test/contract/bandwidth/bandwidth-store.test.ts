import { beforeEach, describe, expect, it } from 'vitest'
import type { BandwidthStore, ScopeUse } from '#core/bandwidth/bandwidth-store.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const maximum = 10_000
let number = 0
let scopeId: string
beforeEach(() => {
  scopeId = `ten_${++number}`
})

const use = (transfers: number, more: Partial<ScopeUse> = {}): ScopeUse => ({
  scopeId,
  tenantId: 'ten_1',
  maximum,
  transfers,
  bytesPerSecond: 0,
  isHungry: true,
  ...more,
})
const divide = async (workerId: string, given: ScopeUse, store: BandwidthStore = builder.stores.bandwidth) =>
  (await store.divide(workerId, [given]))[0]!
const sharesOf = async (of = scopeId) => {
  const row = await builder.database.first<{ shares: Record<string, { share: number }> }>(
    'select shares from bandwidth where scope_id = $1',
    [of],
  )
  return row && Object.fromEntries(Object.entries(row.shares).map(([worker, { share }]) => [worker, share]))
}

describe('the shares of a maximum', () => {
  it('are all of it for one worker, and half of it for each of two when both have reported', async () => {
    expect(await divide('wrk_1', use(1))).toBe(maximum)
    // Nothing is left until the first one has given its half back.
    expect(await divide('wrk_2', use(1))).toBe(0)
    expect(await divide('wrk_1', use(1))).toBe(maximum / 2)
    expect(await divide('wrk_2', use(1))).toBe(maximum / 2)
    expect(await sharesOf()).toEqual({ wrk_1: maximum / 2, wrk_2: maximum / 2 })
  })

  it('go back when a worker has no transfers any more, and leave no row behind', async () => {
    await divide('wrk_1', use(1))
    await divide('wrk_2', use(1))
    expect(await divide('wrk_1', use(0))).toBe(0)
    expect(await divide('wrk_2', use(1))).toBe(maximum)
    expect(await divide('wrk_2', use(0))).toBe(0)
    expect(await sharesOf()).toBeNull()
  })

  it('are forgotten with a worker that has died, when its leases have ended', async () => {
    await divide('wrk_1', use(1))
    expect(await divide('wrk_2', use(1))).toBe(0)
    await builder.database.run(
      `update bandwidth set shares = jsonb_set(shares, '{wrk_1,at}', to_jsonb((shares -> 'wrk_1' -> 'at')::float8 - 15000))
       where scope_id = $1`,
      [scopeId],
    )
    expect(await divide('wrk_2', use(1))).toBe(maximum)
  })

  it('shrink with the maximum, those of the others when they report', async () => {
    await divide('wrk_1', use(1))
    expect(await divide('wrk_2', use(1, { maximum: 2000 }))).toBe(0)
    expect(await divide('wrk_1', use(1, { maximum: 2000 }))).toBe(1000)
    expect(await divide('wrk_2', use(1, { maximum: 2000 }))).toBe(1000)
  })

  it('of several maxima are divided at once, each by itself', async () => {
    const other = `${scopeId}_session`
    await divide('wrk_2', use(1, { scopeId: other, maximum: 500 }))
    const uses = [use(1), use(1, { scopeId: other, maximum: 500 })]
    expect(await builder.stores.bandwidth.divide('wrk_1', uses)).toEqual([maximum, 0])
    expect(await builder.stores.bandwidth.divide('wrk_1', uses.toReversed())).toEqual([0, maximum])
  })

  it('of none are nothing', async () => {
    expect(await builder.stores.bandwidth.divide('wrk_1', [])).toEqual([])
  })

  it('are never more than the maximum together, when many processes report at the same time', async () => {
    const scopes = [scopeId, `${scopeId}_a`, `${scopeId}_b`]
    const processes = Array.from({ length: 6 }, () => builder.otherProcess().bandwidth)
    const watch = async (isOver: () => boolean) => {
      while (!isOver()) {
        for (const each of scopes) {
          const together = Object.values((await sharesOf(each)) ?? {}).reduce((sum, share) => sum + share, 0)
          expect(together).toBeLessThanOrEqual(maximum * 1.000_001)
        }
      }
    }
    let isOver = false
    const watching = watch(() => isOver)
    await Promise.all(
      processes.map(async (store, n) => {
        for (let round = 0; round < 25; round++) {
          const uses = scopes.map((each, place) =>
            use((n * 7 + round * 3 + place) % 5, {
              scopeId: each,
              bytesPerSecond: (n * 997 + round * 131) % maximum,
              isHungry: (n + round) % 3 > 0,
            }),
          )
          // In any order, as processes have them.
          await store.divide(`wrk_${n}`, round % 2 === 0 ? uses : uses.toReversed())
        }
      }),
    )
    isOver = true
    await watching
  })
})

it('the shares of workers that all have died are swept in the end, and no others', async () => {
  await divide('wrk_1', use(1))
  const living = scopeId
  scopeId = `${scopeId}_dead`
  await divide('wrk_1', use(1))
  await builder.database.run("update bandwidth set seen_at = seen_at - interval '61 s' where scope_id = $1", [scopeId])
  await builder.stores.bandwidth.forgetShares()
  expect([await sharesOf(scopeId), await sharesOf(living)]).toEqual([null, { wrk_1: maximum }])
})
