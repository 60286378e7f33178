import { describe, expect, it } from 'vitest'
import { createLocalRequestCounts } from '#core/limits/local-request-counts.ts'
import type { RequestCounts } from '#core/limits/request-counts.ts'
import { createRequestGate } from '#core/limits/request-gate.ts'
import { randomFrom } from '#support/builders/random-verbs.ts'

/** Processes with a clock of their own and one place that counts; `asked` are the times it was asked. */
function processes(count: number, wrap: (counts: RequestCounts) => RequestCounts = (counts) => counts) {
  const clock = { nowMs: 1_800_000_000_000 }
  const warnings: unknown[] = []
  const asked: string[] = []
  const nowMs = () => clock.nowMs
  const counts = createLocalRequestCounts(nowMs)
  const requestCounts = wrap({
    take(keyId, wanted) {
      asked.push(keyId)
      return counts.take(keyId, wanted)
    },
  })
  const log = { warn: (fields: unknown) => void warnings.push(fields) }
  const gates = Array.from({ length: count }, () => createRequestGate({ requestCounts, log, nowMs }))
  return { gates, clock, asked, warnings }
}
/** Microtasks only: what was asked is answered. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('a process', () => {
  it('lets the first requests of a quota through, and tells what is left and when there are more', async () => {
    const { gates, clock } = processes(1)
    const told = []
    for (let n = 0; n < 7; n++) told.push(await gates[0]!.admit('key', 5))
    expect(told.map(({ isAdmitted, rateLimit }) => [isAdmitted, rateLimit.left])).toEqual([
      ...[4, 3, 2, 1, 0].map((left) => [true, left]),
      ...[0, 0].map((left) => [false, left]),
    ])
    expect(told[6]!.rateLimit).toEqual({ name: 'requests', quota: 5, windowSeconds: 60, left: 0, moreInSeconds: 60 })
    clock.nowMs += 61_000
    expect((await gates[0]!.admit('key', 5)).isAdmitted).toBe(true)
  })

  it('answers at once and asks for few of many requests', async () => {
    const { gates, clock, asked } = processes(1)
    expect(gates[0]!.admit('key', 60_000)).toMatchObject({ rateLimit: { left: 59_999, moreInSeconds: 60 } })
    for (let n = 0; n < 2_000; n++) {
      const admission = gates[0]!.admit('key', 60_000)
      expect(admission).not.toBeInstanceOf(Promise)
      expect(admission).toMatchObject({ isAdmitted: true })
      clock.nowMs += 1
      if (n % 10 === 0) await settle()
    }
    expect(asked.length).toBeLessThan(20)
  })

  it('asks nobody for a key whose requests are used up, until there are more', async () => {
    const { gates, clock, asked } = processes(1)
    for (let n = 0; n < 4; n++) await gates[0]!.admit('key', 3)
    const before = asked.length
    clock.nowMs += 30_000
    for (let n = 0; n < 100; n++) expect((await gates[0]!.admit('key', 3)).isAdmitted).toBe(false)
    expect(asked.length).toBe(before)
  })

  it('goes by a new quota at once', async () => {
    const { gates } = processes(1)
    for (let n = 0; n < 3; n++) await gates[0]!.admit('key', 2)
    expect((await gates[0]!.admit('key', 2)).isAdmitted).toBe(false)
    expect(await gates[0]!.admit('key', 4)).toMatchObject({ isAdmitted: true, rateLimit: { quota: 4, left: 1 } })
    expect((await gates[0]!.admit('key', 0)).isAdmitted).toBe(false)
    expect((await gates[0]!.admit('another', 2)).isAdmitted).toBe(true)
  })

  it('lets all that wait at once through, and no more than are left', async () => {
    const { gates } = processes(1)
    const admissions = await Promise.all(Array.from({ length: 50 }, () => gates[0]!.admit('key', 20)))
    expect(admissions.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(20)
  })

  it('counts alone, and says so, while the counts are away', async () => {
    let isAway = true
    const { gates, warnings } = processes(1, (counts) => ({
      take: async (...given) => {
        if (isAway) throw new Error('away')
        return counts.take(...given)
      },
    }))
    const admitted = async () => (await gates[0]!.admit('key', 3)).isAdmitted
    expect([await admitted(), await admitted(), await admitted(), await admitted()]).toEqual([true, true, true, false])
    expect(warnings).toMatchObject([{ event: 'requests.counted_alone' }, {}, {}])
    isAway = false
  })
})

describe('several processes', () => {
  it.each([
    [1, 600],
    [3, 600],
    [8, 600],
    [8, 6_000],
    [3, 5],
    [8, 150],
  ])('%d let through what the quota of %d allows in every minute, give or take a tenth', async (count, quota) => {
    const { gates, clock } = processes(count)
    const random = randomFrom(count * quota)
    const admittedAt: number[] = []
    const start = clock.nowMs
    const stepMs = Math.max(1, Math.floor(60_000 / (quota * 2)))
    while (clock.nowMs < start + 200_000) {
      const gate = gates[Math.floor(random() * count)]!
      if ((await gate.admit('key', quota)).isAdmitted) admittedAt.push(clock.nowMs)
      if (random() < 0.2) await settle()
      clock.nowMs += stepMs
    }
    const inMinute = (from: number) => admittedAt.filter((at) => at >= from && at < from + 60_000).length
    for (let from = start; from <= start + 140_000; from += 1_000)
      expect(inMinute(from), `from ${from - start}`).toBeLessThanOrEqual(Math.ceil(quota * 1.1))
    expect(inMinute(start)).toBeGreaterThanOrEqual(Math.floor(quota * 0.9))
    expect(admittedAt.length).toBeGreaterThanOrEqual(Math.floor(3 * quota * 0.9))
  })
})
