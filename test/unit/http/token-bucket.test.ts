import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bytesOfRead,
  changeRate,
  refill,
  spend,
  startBucket,
  type TokenBucket,
  waitMs,
} from '#transfer/http/rules/token-bucket.ts'

const rate = fc.integer({ min: 1, max: 1e9 })
const KiB = 1024
/** The longest that what accrues is kept, in seconds. */
const burstSeconds = 0.5

describe('a token bucket', () => {
  it('never gives more than its rate allows, plus a burst and one read, whoever asks and whenever', () => {
    const steps = fc.array(fc.record({ afterMs: fc.nat(2_000), bytes: fc.integer({ min: 1, max: 256 * KiB }) }))
    fc.assert(
      fc.property(rate, steps, (bytesPerSecond, taken) => {
        let bucket = startBucket(bytesPerSecond, 0)
        let now = 0
        let given = 0
        let largest = 0
        for (const { afterMs, bytes } of taken) {
          now += afterMs
          bucket = refill(bucket, now)
          if (bucket.bytes <= 0) continue
          bucket = spend(bucket, bytes)
          given += bytes
          largest = Math.max(largest, bytes)
        }
        expect(given).toBeLessThanOrEqual(bytesPerSecond * (now / 1000 + burstSeconds) + largest + 1)
      }),
    )
  })

  it('gives all that its rate allows while somebody asks as soon as there are bytes', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 256 * KiB }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(rate, sizes, fc.nat(50), (bytesPerSecond, reads, lateMs) => {
        let bucket = startBucket(bytesPerSecond, 0)
        let now = 0
        let given = 0
        for (const bytes of reads) {
          bucket = refill(bucket, now)
          // A timer may be late: what has accrued meanwhile is there.
          if (bucket.bytes <= 0) now += Math.ceil(waitMs(bucket)) + lateMs
          bucket = refill(bucket, now)
          expect(bucket.bytes).toBeGreaterThan(0)
          bucket = spend(bucket, bytes)
          given += bytes
        }
        expect(given).toBeGreaterThanOrEqual((bytesPerSecond * (now - lateMs - 2)) / 1000 - 1)
      }),
    )
  })

  it('lets a debt of an old rate be waited for no longer at a lower one', () => {
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 1, max: 1e9 }), (before, after, debt) => {
        const owing = spend(startBucket(before, 0), debt)
        const changed = changeRate(owing, after, 0)
        expect(waitMs(changed)).toBeLessThanOrEqual(waitMs(owing) + 1000 / after + 0.001)
      }),
    )
  })

  it('forgets nothing at a rate of 0, and gives nothing', () => {
    const owing: TokenBucket = spend(startBucket(1000, 0), 500)
    const stopped = changeRate(owing, 0, 0)
    expect([waitMs(stopped), refill(stopped, 1e9).bytes]).toEqual([Number.POSITIVE_INFINITY, -500])
    expect(refill(changeRate(refill(stopped, 10_000), 1000, 10_000), 11_000).bytes).toBe(500)
  })
})

describe('the bytes of a read', () => {
  it.each([
    { bytesPerSecond: 0, accrued: 0, waiting: 0, bytes: 256 },
    { bytesPerSecond: KiB, accrued: 0, waiting: 0, bytes: 256 },
    { bytesPerSecond: 100 * KiB, accrued: -KiB, waiting: 0, bytes: 5 * KiB },
    { bytesPerSecond: 100 * KiB, accrued: 50 * KiB, waiting: 0, bytes: 50 * KiB },
    { bytesPerSecond: 100 * KiB, accrued: 50 * KiB, waiting: 8, bytes: 4 * KiB },
    { bytesPerSecond: 1024 * KiB, accrued: 0, waiting: 4, bytes: 13_107 },
    { bytesPerSecond: 1024 * KiB, accrued: 512 * KiB, waiting: 0, bytes: 256 * KiB },
    { bytesPerSecond: 1024 * 1024 * KiB, accrued: 0, waiting: 1, bytes: 256 * KiB },
  ])(
    'are $bytes at $bytesPerSecond bytes a second, with $accrued there and $waiting waiting',
    ({ bytesPerSecond, accrued, waiting, bytes }) => {
      expect(bytesOfRead({ bytesPerSecond, bytes: accrued, atMs: 0 }, waiting)).toBe(bytes)
    },
  )
})
