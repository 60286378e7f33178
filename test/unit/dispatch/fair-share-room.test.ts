import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Candidate,
  connectionKey,
  type Room,
  type Share,
  shareSlots,
  type TenantQueue,
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
const anyQueue = fc.record({
  vtime: fc.double({ min: 0, max: 100, noNaN: true }),
  weight: fc.constantFrom(0.5, 1, 3),
  free: fc.integer({ min: -1, max: 8 }),
  bytesFree: fc.integer({ min: -5, max: 60 }),
  quotaLeft: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: -5, max: 60 })),
  idle: fc.boolean(),
  candidates: anyCandidates,
})
const anyQueues = fc.array(anyQueue, { minLength: 1, maxLength: 5 }).map((queues) =>
  queues.map(
    (queue, n): TenantQueue => ({
      ...queue,
      tenantId: `${n}`,
      candidates: queue.candidates.map((candidate, index) => ({ ...candidate, taskId: `${n}-${index}` })),
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
const takenBy = (shares: readonly Share[], { tenantId }: TenantQueue) =>
  shares.find((share) => share.tenantId === tenantId)?.taken ?? []

/**
 * By the rules as they are written down, what could still begin when `all` and, of its own tenant queue, `own` have
 * been taken.
 */
function admissible(
  candidate: Candidate,
  queue: TenantQueue,
  own: readonly Candidate[],
  all: readonly Candidate[],
  room: Room,
) {
  const { host, bytes, discretionary } = candidate
  const key = connectionKey(candidate)
  return (
    own.length < queue.free &&
    sum(own) < queue.quotaLeft &&
    count(all, (taken) => taken.host === host) < room.hosts.get(host)! &&
    count(all, (taken) => connectionKey(taken) === key) < room.connections.get(key)! &&
    (!discretionary || count(all, (taken) => taken.discretionary) < room.spare) &&
    (bytes === 0 || bytes + sum(own) <= queue.bytesFree || (queue.idle && own.length === 0))
  )
}

describe('sharing slots where room is short', () => {
  it('exceeds no cap of hosts, sessions, tenants, spare capacity or bytes, and no quota by more than one task', () => {
    fc.assert(
      fc.property(anyQueues, anyRoom, (queues, room) => {
        const shares = shareSlots(queues, room, 100)
        const all = shares.flatMap(({ taken }) => taken)
        expect(new Set(all).size).toBe(all.length)
        expect(all.length).toBeLessThanOrEqual(room.slots + room.reserve)
        expect(count(all, ({ discretionary }) => discretionary)).toBeLessThanOrEqual(room.spare + room.reserve)
        for (const [host, free] of room.hosts) expect(count(all, (one) => one.host === host)).toBeLessThanOrEqual(free)
        for (const [key, free] of room.connections)
          expect(count(all, (one) => connectionKey(one) === key)).toBeLessThanOrEqual(free)
        for (const queue of queues) {
          const own = takenBy(shares, queue)
          expect(own.length).toBeLessThanOrEqual(Math.max(0, queue.free))
          const inBulk = own.filter(({ bytes }) => bytes > 0)
          const [first] = inBulk
          if (first && !(queue.idle && own[0] === first && sum(inBulk) === first.bytes))
            expect(sum(inBulk)).toBeLessThanOrEqual(queue.bytesFree)
          // The last one may go beyond a quota.
          if (own.length > 0) expect(sum(own.slice(0, -1))).toBeLessThan(queue.quotaLeft)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('leaves a slot empty only when no queue has a task that might begin', () => {
    fc.assert(
      fc.property(anyQueues, anyRoom, (queues, given) => {
        const room = { ...given, reserve: 0 }
        const shares = shareSlots(queues, room, 100)
        const all = shares.flatMap(({ taken }) => taken)
        if (all.length === room.slots) return
        for (const queue of queues) {
          const own = takenBy(shares, queue)
          for (const candidate of queue.candidates)
            expect(all.includes(candidate) || !admissible(candidate, queue, own, all, room)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('takes of a queue, each time, the first task that might begin', () => {
    fc.assert(
      fc.property(anyQueue, anyRoom, (given, room) => {
        const queue: TenantQueue = {
          ...given,
          tenantId: 'one',
          candidates: given.candidates.map((candidate, n) => ({ ...candidate, taskId: `${n}` })),
        }
        const wanted: Candidate[] = []
        while (wanted.length < room.slots) {
          const next = queue.candidates.find(
            (candidate) => !wanted.includes(candidate) && admissible(candidate, queue, wanted, wanted, room),
          )
          if (!next) break
          wanted.push(next)
        }
        expect(takenBy(shareSlots([queue], { ...room, reserve: 0 }, 0), queue)).toEqual(wanted)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the reserve to a tenant with nothing in flight though no spare capacity is left, as far as it goes', () => {
    const queues = ['x', 'y', 'z'].map(
      (tenantId, n): TenantQueue => ({
        tenantId,
        vtime: n,
        weight: 1,
        free: 9,
        bytesFree: 0,
        quotaLeft: Number.POSITIVE_INFINITY,
        idle: true,
        candidates: [{ taskId: tenantId, sessionId: 's', host: 'a', discretionary: true, bytes: 0 }],
      }),
    )
    const room = { hosts: new Map([['a', 9]]), connections: new Map([['s a', 9]]), slots: 2, spare: 0 }
    expect(shareSlots(queues, { ...room, reserve: 2 }, 2).map(({ tenantId }) => tenantId)).toEqual(['x', 'y'])
    expect(shareSlots(queues, { ...room, reserve: 0 }, 2)).toEqual([])
  })

  it('begins nothing where no room is known of', () => {
    const queue: TenantQueue = {
      tenantId: 'x',
      vtime: 0,
      weight: 1,
      free: 9,
      bytesFree: 0,
      quotaLeft: Number.POSITIVE_INFINITY,
      idle: true,
      candidates: [{ taskId: 'x', sessionId: 's', host: 'a', discretionary: false, bytes: 0 }],
    }
    const room = { slots: 2, spare: 2, reserve: 1 }
    const none = new Map<string, number>()
    expect(shareSlots([queue], { ...room, hosts: none, connections: new Map([['s a', 1]]) }, 0)).toEqual([])
    expect(shareSlots([queue], { ...room, hosts: new Map([['a', 1]]), connections: none }, 0)).toEqual([])
  })
})
