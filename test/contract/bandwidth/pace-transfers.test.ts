import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Bandwidth, TransferPace } from '#core/bandwidth/pace-transfers.ts'
import type { SessionBandwidth } from '#core/sessions/rules/bandwidth-timetable.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { workerBandwidth } from '#support/builders/bandwidth.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const KiB = 1024
const rate = 512 * KiB
const none: SessionBandwidth = { maximumBytesPerSecond: null, bandwidthTimetable: [] }
let tenantId: string
let number = 0
beforeEach(() => {
  tenantId = `ten_paced_${++number}`
})

const limits = (tenant: number | null, task: number | null = null) => ({
  tenantBytesPerSecond: tenant,
  taskBytesPerSecond: task,
  atMs: Date.now(),
})
const worker = (name: string) => {
  const bandwidth = workerBandwidth(builder.otherProcess(), name)
  onTestFinished(() => bandwidth.stop())
  return bandwidth
}
/** A transfer that reads whatever it may; a slow one reads little, and then pauses. */
const reading = (
  bandwidth: Bandwidth,
  given = limits(rate),
  { sessionId = 'ses_1', session = none, isSlow = false } = {},
) => {
  const transfer = bandwidth.open({ tenantId, sessionId, session }, given)
  let bytes = 0
  let isOver = false
  let withdraw = () => {}
  const read = () => {
    if (isOver) return
    const most = isSlow ? 4 * KiB : 64 * KiB
    const wanted = Math.min(most, transfer.pace.isLimited() ? transfer.pace.bytesOfRead() : most)
    withdraw = transfer.pace.take(wanted, () => {
      bytes += wanted
      // A turn of the event loop, as a socket needs one.
      if (isSlow) setTimeout(read, 250)
      else setImmediate(read)
    })
  }
  read()
  const end = () => {
    isOver = true
    withdraw()
    transfer.close()
  }
  onTestFinished(end)
  return { ...transfer, bytes: () => bytes, end } satisfies TransferPace & Record<string, unknown>
}
type Reading = ReturnType<typeof reading>
const sum = (transfers: readonly Reading[]) => transfers.reduce((total, { bytes }) => total + bytes(), 0)

describe("a tenant's maximum", () => {
  it('holds for all transfers of all workers together, from the first byte on', async () => {
    const startedAt = performance.now()
    const workers = [worker('wrk_a'), worker('wrk_b')]
    const transfers = workers.flatMap((each) => [1, 2, 3, 4].map(() => reading(each)))
    const allowed = () => (rate * (performance.now() - startedAt)) / 1000
    // A burst for each worker, and the read that each of them was granted last.
    const burst = rate + rate / 10
    await eventually('each has read its part of some seconds', () => {
      expect(sum(transfers)).toBeLessThanOrEqual(allowed() + burst)
      return transfers.every(({ bytes }) => bytes() > rate / 4)
    })
  })

  it('is used up by those that read when another one is slow, within a worker and between workers', async () => {
    const [one, two] = [worker('wrk_a'), worker('wrk_b')]
    const slow = [reading(one, limits(rate), { isSlow: true }), reading(two, limits(rate), { isSlow: true })]
    const quick = reading(two)
    await eventually('the quick one has nearly all of the rate, second for second', async () => {
      const from = performance.now()
      const before = quick.bytes()
      await eventually('a second has passed', () => performance.now() - from > 1000)
      return ((quick.bytes() - before) * 1000) / (performance.now() - from) > rate * 0.7
    })
    await eventually('the slow ones have their part', () => slow.every(({ bytes }) => bytes() > 0))
  })

  it('goes to the other worker when one has no transfers any more', async () => {
    const [one, two] = [worker('wrk_a'), worker('wrk_b')]
    const ended = reading(one)
    const stays = reading(two)
    await eventually('both read', () => ended.bytes() > 0 && stays.bytes() > 0)
    ended.end()
    await eventually('there is one share, which is all', async () => {
      const row = await builder.database.first<{ shares: Record<string, { share: number }> }>(
        'select shares from bandwidth where scope_id = $1',
        [tenantId],
      )
      return Object.keys(row!.shares).length === 1 && row!.shares.wrk_b?.share === rate
    })
  })

  it('may be set, changed and lifted while a transfer reads', async () => {
    const transfer = reading(worker('wrk_a'), limits(null))
    expect(transfer.pace.isLimited()).toBe(false)
    await eventually('it reads', () => transfer.bytes() > 1024 * KiB)
    transfer.limitTo(limits(rate))
    expect(transfer.pace.isLimited()).toBe(true)
    await eventually('it has to wait', () => transfer.pace.waitedMs() > 100)
    const before = transfer.bytes()
    await eventually('and reads on', () => transfer.bytes() > before)
    transfer.limitTo(limits(null))
    expect(transfer.pace.isLimited()).toBe(false)
    const lifted = transfer.bytes()
    await eventually('it reads as it likes', () => transfer.bytes() > lifted + 8 * rate)
  })
})

it("the smallest of tenant's, session's and task's maximum counts, and leaves the rest to others", async () => {
  const one = worker('wrk_a')
  const narrow = { maximumBytesPerSecond: 64 * KiB, bandwidthTimetable: [] }
  const startedAt = performance.now()
  const inSession = [1, 2].map(() => reading(one, limits(rate), { sessionId: 'ses_narrow', session: narrow }))
  const byTask = reading(one, limits(rate, 32 * KiB))
  const free = reading(one)
  await eventually('the free one has had most', () => free.bytes() > 2 * rate)
  const seconds = (performance.now() - startedAt) / 1000
  expect(sum(inSession)).toBeLessThanOrEqual(64 * KiB * (seconds + 0.6) + 4 * KiB)
  expect(byTask.bytes()).toBeLessThanOrEqual(32 * KiB * (seconds + 0.6) + 4 * KiB)
  expect(sum([...inSession, byTask, free])).toBeLessThanOrEqual(rate * (seconds + 0.6))
  expect(Math.min(...inSession.map(({ bytes }) => bytes()), byTask.bytes())).toBeGreaterThan(0)
})

it('without a limit the database is not asked', async () => {
  const { stores } = builder
  const bandwidth = workerBandwidth({
    bandwidth: {
      ...stores.bandwidth,
      divide: () => {
        throw new Error('nothing was to be divided')
      },
    },
  })
  const transfer = reading(bandwidth, limits(null))
  await eventually('it reads', () => transfer.bytes() > 10 * rate)
  transfer.limitTo(limits(null, rate))
  await eventually('it is held back by a maximum of its own', () => transfer.pace.waitedMs() > 0)
})
