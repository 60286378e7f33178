import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deliveryLaneLeaseSeconds } from '#core/deliveries/rules/retry-schedule.ts'
import { admitDeliveries, type EndpointGate, probeTimeoutMs } from '#core/endpoints/rules/send-gate.ts'

const now = Date.UTC(2026, 10, 25)
const gateWith = (changes: Partial<EndpointGate> = {}): EndpointGate => ({
  nextProbeAtMs: null,
  nextSendAtMs: null,
  maximumDeliveriesPerSecond: null,
  ...changes,
})

describe('the gate of an endpoint', () => {
  it.each<[string, Partial<EndpointGate>, number | null, boolean]>([
    ['with nothing in its way: all', {}, 64, false],
    ['half-open, before its time: none', { nextProbeAtMs: now + 1 }, null, false],
    ['half-open, at its time: one probe', { nextProbeAtMs: now }, 1, true],
    ['held, before its time: none', { nextSendAtMs: now + 1 }, null, false],
    ['held, at its time: all', { nextSendAtMs: now }, 64, false],
    ['half-open and held: none', { nextProbeAtMs: now, nextSendAtMs: now + 1 }, null, false],
    ['one every ten seconds: one', { maximumDeliveriesPerSecond: 0.1 }, 1, false],
    ['three a second: one', { maximumDeliveriesPerSecond: 3 }, 1, false],
    ['a hundred a second: what falls into a quarter of it', { maximumDeliveriesPerSecond: 100 }, 25, false],
    ['ten thousand a second: all', { maximumDeliveriesPerSecond: 10_000 }, 64, false],
    ['half-open with a rate: one probe', { nextProbeAtMs: now, maximumDeliveriesPerSecond: 100 }, 1, true],
  ])('%s', (_, changes, count, isProbe) => {
    const admission = admitDeliveries(gateWith(changes), now, 64)
    expect(admission && { count: admission.count, isProbe: admission.isProbe }).toEqual(
      count === null ? null : { count, isProbe },
    )
  })

  it('lets no second probe through while the first may still be on its way', () => {
    const { gate } = admitDeliveries(gateWith({ nextProbeAtMs: now }), now, 64)!
    expect(admitDeliveries(gate, now + deliveryLaneLeaseSeconds * 1000, 64)).toBeNull()
    expect(admitDeliveries(gate, now + probeTimeoutMs, 64)).toMatchObject({ count: 1, isProbe: true })
  })

  it('never lets more through than its rate, whoever asks for how many and when', () => {
    const asks = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 64 })), { maxLength: 200 })
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1_000, noNaN: true }), asks, (perSecond, asked) => {
        let gate = gateWith({ maximumDeliveriesPerSecond: perSecond })
        let nowMs = now
        const admitted: { atMs: number; count: number }[] = []
        for (const [passes, wanted] of asked) {
          nowMs += passes
          const admission = admitDeliveries(gate, nowMs, wanted)
          if (!admission) continue
          expect(admission.count).toBeLessThanOrEqual(wanted)
          admitted.push({ atMs: nowMs, count: admission.count })
          gate = admission.gate
        }
        // From any admission to any later one: what was let through before the later one fits into the time between.
        for (const [from, first] of admitted.entries()) {
          let sum = 0
          for (const each of admitted.slice(from)) {
            expect(sum).toBeLessThanOrEqual(((each.atMs - first.atMs) / 1000) * perSecond + 1e-6)
            sum += each.count
          }
        }
      }),
    )
  })
})
