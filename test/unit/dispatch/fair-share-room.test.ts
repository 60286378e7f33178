import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Candidate,
  connectionKey,
  type Lane,
  type Room,
  type Share,
  shareSlots,
} from '#core/dispatch/rules/fair-share.ts'

const hosts = ['a', 'b', 'c']
const sessions = ['s', 't']
const keys = sessions.flatMap((sessionId) => hosts.map((host) => connectionKey({ sessionId, host })))

const anyCandidates = fc.array(
  fc.record({
    sessionId: fc.constantFrom(...sessions),
    host: fc.constantFrom(...hosts),
    discretionary: fc.boolean(),
    bytes: fc.constantFrom(0, 0, 1, 5, 50),
  }),
  { maxLength: 12 },
)
const anyLane = fc.record({
  vtime: fc.double({ min: 0, max: 100, noNaN: true }),
  weight: fc.constantFrom(0.5, 1, 3),
  free: fc.integer({ min: -1, max: 8 }),
  bytesFree: fc.integer({ min: -5, max: 60 }),
  idle: fc.boolean(),
  candidates: anyCandidates,
})
const anyLanes = fc.array(anyLane, { minLength: 1, maxLength: 5 }).map((lanes) =>
  lanes.map(
    (lane, n): Lane => ({
      ...lane,
      tenantId: `${n}`,
      candidates: lane.candidates.map((candidate, index) => ({ ...candidate, taskId: `${n}-${index}` })),
    }),
  ),
)
const anyRoom = fc
  .record({
    slots: fc.nat(20),
    reserve: fc.nat(4),
    spare: fc.nat(12),
    hosts: fc.array(fc.nat(8), { minLength: hosts.length, maxLength: hosts.length }),
    connections: fc.array(fc.nat(5), { minLength: keys.length, maxLength: keys.length }),
  })
  .map(
    (room): Room => ({
      ...room,
      hosts: new Map(hosts.map((host, index) => [host, room.hosts[index]!])),
      connections: new Map(keys.map((key, index) => [key, room.connections[index]!])),
    }),
  )

const count = <Item>(items: readonly Item[], test: (item: Item) => boolean) => items.filter(test).length
const sum = (candidates: readonly Candidate[]) => candidates.reduce((total, { bytes }) => total + bytes, 0)
const takenBy = (shares: readonly Share[], { tenantId }: Lane) =>
  shares.find((share) => share.tenantId === tenantId)?.taken ?? []

/** By the rules as they are written down, what could still begin when `all` and, of its own lane, `own` have been taken. */
function admissible(
  candidate: Candidate,
  lane: Lane,
  own: readonly Candidate[],
  all: readonly Candidate[],
  room: Room,
) {
  const { host, bytes, discretionary } = candidate
  const key = connectionKey(candidate)
  return (
    own.length < lane.free &&
    count(all, (taken) => taken.host === host) < room.hosts.get(host)! &&
    count(all, (taken) => connectionKey(taken) === key) < room.connections.get(key)! &&
    (!discretionary || count(all, (taken) => taken.discretionary) < room.spare) &&
    (bytes === 0 || bytes + sum(own) <= lane.bytesFree || (lane.idle && own.length === 0))
  )
}

describe('sharing slots where room is short', () => {
  it('exceeds no cap of hosts, sessions, tenants, spare capacity or bytes', () => {
    fc.assert(
      fc.property(anyLanes, anyRoom, (lanes, room) => {
        const shares = shareSlots(lanes, room, 100)
        const all = shares.flatMap(({ taken }) => taken)
        expect(new Set(all).size).toBe(all.length)
        expect(all.length).toBeLessThanOrEqual(room.slots + room.reserve)
        expect(count(all, ({ discretionary }) => discretionary)).toBeLessThanOrEqual(room.spare + room.reserve)
        for (const [host, free] of room.hosts) expect(count(all, (one) => one.host === host)).toBeLessThanOrEqual(free)
        for (const [key, free] of room.connections)
          expect(count(all, (one) => connectionKey(one) === key)).toBeLessThanOrEqual(free)
        for (const lane of lanes) {
          const own = takenBy(shares, lane)
          expect(own.length).toBeLessThanOrEqual(Math.max(0, lane.free))
          const inBulk = own.filter(({ bytes }) => bytes > 0)
          const [first] = inBulk
          if (first && !(lane.idle && own[0] === first && sum(inBulk) === first.bytes))
            expect(sum(inBulk)).toBeLessThanOrEqual(lane.bytesFree)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('leaves a slot empty only when no lane has a task that might begin', () => {
    fc.assert(
      fc.property(anyLanes, anyRoom, (lanes, given) => {
        const room = { ...given, reserve: 0 }
        const shares = shareSlots(lanes, room, 100)
        const all = shares.flatMap(({ taken }) => taken)
        if (all.length === room.slots) return
        for (const lane of lanes) {
          const own = takenBy(shares, lane)
          for (const candidate of lane.candidates)
            expect(all.includes(candidate) || !admissible(candidate, lane, own, all, room)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('takes of a lane, each time, the first task that might begin', () => {
    fc.assert(
      fc.property(anyLane, anyRoom, (given, room) => {
        const lane: Lane = {
          ...given,
          tenantId: 'one',
          candidates: given.candidates.map((candidate, n) => ({ ...candidate, taskId: `${n}` })),
        }
        const wanted: Candidate[] = []
        while (wanted.length < room.slots) {
          const next = lane.candidates.find(
            (candidate) => !wanted.includes(candidate) && admissible(candidate, lane, wanted, wanted, room),
          )
          if (!next) break
          wanted.push(next)
        }
        expect(takenBy(shareSlots([lane], { ...room, reserve: 0 }, 0), lane)).toEqual(wanted)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the reserve to a tenant with nothing in flight though no spare capacity is left, as far as it goes', () => {
    const lanes = ['x', 'y', 'z'].map(
      (tenantId, n): Lane => ({
        tenantId,
        vtime: n,
        weight: 1,
        free: 9,
        bytesFree: 0,
        idle: true,
        candidates: [{ taskId: tenantId, sessionId: 's', host: 'a', discretionary: true, bytes: 0 }],
      }),
    )
    const room = { hosts: new Map([['a', 9]]), connections: new Map([['s a', 9]]), slots: 2, spare: 0 }
    expect(shareSlots(lanes, { ...room, reserve: 2 }, 2).map(({ tenantId }) => tenantId)).toEqual(['x', 'y'])
    expect(shareSlots(lanes, { ...room, reserve: 0 }, 2)).toEqual([])
  })

  it('begins nothing where no room is known of', () => {
    const lane: Lane = {
      tenantId: 'x',
      vtime: 0,
      weight: 1,
      free: 9,
      bytesFree: 0,
      idle: true,
      candidates: [{ taskId: 'x', sessionId: 's', host: 'a', discretionary: false, bytes: 0 }],
    }
    const room = { slots: 2, spare: 2, reserve: 1 }
    const none = new Map<string, number>()
    expect(shareSlots([lane], { ...room, hosts: none, connections: new Map([['s a', 1]]) }, 0)).toEqual([])
    expect(shareSlots([lane], { ...room, hosts: new Map([['a', 1]]), connections: none }, 0)).toEqual([])
  })
})
