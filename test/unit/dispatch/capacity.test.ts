import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { allowedConnections, connectionsPerHost, freeSlots, hostHeadroom } from '#core/dispatch/rules/capacity.ts'

describe('free slots', () => {
  test.each([
    { regular: 16, reserve: 4, taken: 0, wanted: [16, 4, 11] },
    { regular: 16, reserve: 4, taken: 10, wanted: [6, 4, 1] },
    { regular: 16, reserve: 4, taken: 11, wanted: [5, 4, 0] },
    { regular: 16, reserve: 4, taken: 13, wanted: [3, 4, 0] },
    { regular: 16, reserve: 4, taken: 16, wanted: [0, 4, 0] },
    { regular: 16, reserve: 4, taken: 19, wanted: [0, 1, 0] },
    { regular: 16, reserve: 4, taken: 25, wanted: [0, 0, 0] },
    { regular: 1, reserve: 1, taken: 0, wanted: [1, 1, 1] },
    { regular: 1, reserve: 1, taken: 1, wanted: [0, 1, 0] },
    { regular: 1, reserve: 1, taken: 2, wanted: [0, 0, 0] },
  ])('with $taken of $regular slots and $reserve in reserve taken: $wanted', ({ regular, reserve, taken, wanted }) => {
    const { slots, reserve: left, spare } = freeSlots({ regular, reserve }, taken)
    expect([slots, left, spare]).toEqual(wanted)
  })

  it('never lets discretionary tasks fill more slots than their share, nor none when idle, and nothing more than there are slots', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1024 }), fc.nat(256), fc.nat(1500), (regular, reserve, taken) => {
        const { slots, spare, reserve: left } = freeSlots({ regular, reserve }, taken)
        expect(spare).toBeLessThanOrEqual(slots)
        expect(taken + slots + left).toBeLessThanOrEqual(Math.max(taken, regular + reserve))
        if (spare > 0) expect(taken + spare).toBeLessThanOrEqual(Math.max(1, 0.7 * regular))
        expect(freeSlots({ regular, reserve }, 0).spare).toBeGreaterThan(0)
      }),
    )
  })
})

describe('room at a host', () => {
  test.each([
    { facts: { blocked: false, halfOpen: false, inFlight: 0 }, wanted: connectionsPerHost },
    { facts: { blocked: false, halfOpen: false, inFlight: connectionsPerHost }, wanted: 0 },
    { facts: { blocked: false, halfOpen: false, inFlight: connectionsPerHost + 3 }, wanted: 0 },
    { facts: { blocked: true, halfOpen: false, inFlight: 0 }, wanted: 0 },
    { facts: { blocked: true, halfOpen: true, inFlight: 0 }, wanted: 0 },
    { facts: { blocked: false, halfOpen: true, inFlight: 0 }, wanted: 1 },
    { facts: { blocked: false, halfOpen: true, inFlight: 1 }, wanted: 0 },
  ])('is $wanted with $facts', ({ facts, wanted }) => {
    expect(hostHeadroom(facts)).toBe(wanted)
  })
})

describe('the connections of a transfer', () => {
  const free = {
    wanted: 4,
    atHost: 0,
    ofSession: 0,
    sessionCap: 6,
    someoneWaits: false,
    isUnwell: false,
    refusesSecond: false,
  }
  test.each([
    { changes: {}, wanted: 4 },
    { changes: { wanted: 1 }, wanted: 1 },
    { changes: { wanted: 9 }, wanted: 6 },
    { changes: { ofSession: 3 }, wanted: 3 },
    { changes: { ofSession: 6 }, wanted: 1 },
    { changes: { atHost: connectionsPerHost - 2 }, wanted: 2 },
    { changes: { atHost: connectionsPerHost + 5 }, wanted: 1 },
    { changes: { someoneWaits: true }, wanted: 1 },
    { changes: { isUnwell: true }, wanted: 1 },
    { changes: { refusesSecond: true }, wanted: 1 },
  ])('are $wanted with $changes', ({ changes, wanted }) => {
    expect(allowedConnections({ ...free, ...changes })).toBe(wanted)
  })
})
