import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { measure, measureEveryMs, type RateMeter, rateOfEach, startMeter } from '#transfer/engine/rules/rate-meter.ts'

const measured = (meter: RateMeter, nowMs: number, bytes: number) => measure(meter, nowMs, bytes)!

describe('the rate of a download', () => {
  it('is first taken after a short while, then less often', () => {
    const start = startMeter(1_000)
    expect(measureEveryMs(start)).toBe(40)
    expect(measure(start, 1_039, 10)).toBeNull()
    const { meter, newest } = measured(start, 1_040, 4_000)
    expect(newest).toBe(100_000)
    expect(meter).toEqual({ bytesPerSecond: 100_000, measurements: 1, atMs: 1_040, bytes: 4_000 })
    expect(measureEveryMs(meter)).toBe(125)
    expect(measure(meter, 1_164, 9_000)).toBeNull()
    expect(measured(meter, 1_165, 4_000)).toMatchObject({ newest: 0, meter: { bytesPerSecond: 50_000 } })
  })

  it('is the mean of the measurements, until there are eighty; then the newest counts for an eightieth', () => {
    let meter = startMeter(0)
    let bytes = 0
    for (let n = 1; n <= 80; n++) {
      bytes += n * 1_000
      meter = measured(meter, n * 1_000, bytes).meter
    }
    expect(meter.bytesPerSecond).toBeCloseTo(40_500)
    meter = measured(meter, 81_000, bytes + 120_500).meter
    expect(meter.bytesPerSecond).toBeCloseTo(41_500)
  })

  it('is shared by the connections', () => {
    const meter = { ...startMeter(0), bytesPerSecond: 600 }
    expect([0, 1, 3].map((connections) => rateOfEach(meter, connections))).toEqual([600, 600, 200])
  })

  it('lies between the slowest and the quickest measurement', () => {
    const steps = fc.array(fc.record({ ms: fc.integer({ min: 125, max: 5_000 }), bytes: fc.nat(10_000_000) }), {
      minLength: 1,
    })
    fc.assert(
      fc.property(steps, (taken) => {
        let meter = startMeter(0)
        let [now, bytes] = [0, 0]
        const rates: number[] = []
        for (const step of taken) {
          now += step.ms
          bytes += step.bytes
          const found = measured(meter, now, bytes)
          rates.push(found.newest)
          meter = found.meter
        }
        expect(meter.bytesPerSecond).toBeGreaterThanOrEqual(Math.min(...rates) * (1 - 1e-9))
        expect(meter.bytesPerSecond).toBeLessThanOrEqual(Math.max(...rates) * (1 + 1e-9))
      }),
    )
  })
})
