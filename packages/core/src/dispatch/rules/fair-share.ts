import type { FreeSlots } from './capacity.ts'

/** A task that may begin now, as far as its own times are concerned. */
export interface Candidate {
  taskId: string
  sessionId: string
  host: string
  /** Its latest start has not come: it needs spare capacity. */
  discretionary: boolean
  /** Bytes expected that have not arrived yet. */
  bytes: number
}

/** When a tenant queue has its turn. */
export interface QueueTurn {
  /** Work done so far over weight: the smallest is served next. */
  vtime: number
  weight: number
}

/** A tenant's place in dispatch, read under its lock. */
export interface TenantQueue<Of extends Candidate = Candidate> extends QueueTurn {
  tenantId: string
  /** How many more tasks the tenant's cap allows in flight. */
  free: number
  /** How many more expected bytes may be in flight. A single task may bring more when nothing else is. */
  bytesFree: number
  /**
   * Bytes until a quota of the tenant is reached (stored bytes, bytes of the day); infinite: it has none. Tasks begin until then: the
   * last one may go beyond it.
   */
  quotaLeft: number
  /** Nothing of the tenant is in flight. */
  idle: boolean
  /** In the order in which the tenant wants them to begin. */
  candidates: readonly Of[]
}

export interface Room extends FreeSlots {
  /** How many more tasks may begin at each host; those not named are closed. */
  hosts: ReadonlyMap<string, number>
  /** The same for each session and host, by {@link connectionKey}. */
  connections: ReadonlyMap<string, number>
}

export interface Share<Of extends Candidate = Candidate> {
  tenantId: string
  vtime: number
  /** In the tenant queue's order, except that the inadmissible are left out. */
  taken: Of[]
}

export function connectionKey({ sessionId, host }: Pick<Candidate, 'sessionId' | 'host'>): string {
  return `${sessionId} ${host}`
}

/**
 * The work by which an idle tenant queue catches up, at most: enough to be served first, too little to shut others out.
 */
export const catchUp = 16

/**
 * Weighted fair sharing over the tenant queues: each slot goes to the tenant queue with the smallest virtual time that
 * still has a task for which there is room at its host, in its session, for its bytes, below its tenant's quotas, and for
 * discretionary ones in the spare capacity. A slot stays empty only when no tenant queue has one, or `elsewhere` forbids
 * it. `ceiling` is the largest virtual time of any tenant queue. The reserve goes to idle tenant queues only, one each: a
 * tenant that has filled every place with slow origins does not keep the others out.
 *
 * One task of the lightest tenant queue moves the ceiling by 1/weight. A heavy tenant queue is behind by as much
 * without having been idle: lifting it closer would take from it what its weight has earned.
 *
 * `elsewhere` are tenant queues with due tasks that another dispatcher is just serving. None of `queues` gets further
 * ahead of them than they can catch up: the other dispatcher may have no slots, and what was lost then would never be made
 * good. For how long they count is said in locked-elsewhere.ts.
 */
export function shareSlots<Of extends Candidate>(
  queues: readonly TenantQueue<Of>[],
  room: Room,
  ceiling: number,
  elsewhere: readonly QueueTurn[] = [],
): Share<Of>[] {
  const step = 1 / Math.min(...[...queues, ...elsewhere].map(({ weight }) => weight))
  const lagOf = (weight: number) => Math.max(catchUp / weight, step)
  const lifted = ({ vtime, weight }: QueueTurn) => Math.max(vtime, ceiling - lagOf(weight))
  const furthest = Math.min(...elsewhere.map((queue) => lifted(queue) + lagOf(queue.weight)))
  const left = { hosts: new Map(room.hosts), connections: new Map(room.connections), discretionary: room.spare }
  const turns = queues.map((queue) => ({
    queue,
    vtime: lifted(queue),
    bytesFree: queue.bytesFree,
    quotaLeft: queue.quotaLeft,
    taken: [] as Of[],
    /** Headroom only shrinks: a task that was passed over stays inadmissible. */
    next: 0,
  }))
  type Turn = (typeof turns)[number]
  const admits = ({ queue, taken, bytesFree, quotaLeft }: Turn, candidate: Of) =>
    quotaLeft > 0 &&
    (!candidate.discretionary || left.discretionary > 0) &&
    (left.hosts.get(candidate.host) ?? 0) > 0 &&
    (left.connections.get(connectionKey(candidate)) ?? 0) > 0 &&
    (candidate.bytes <= Math.max(0, bytesFree) || (queue.idle && taken.length === 0))
  const find = (turn: Turn): Of | undefined => {
    const { candidates, free } = turn.queue
    if (turn.taken.length >= free) return undefined
    for (; turn.next < candidates.length; turn.next++) {
      if (admits(turn, candidates[turn.next]!)) return candidates[turn.next]
    }
    return undefined
  }
  const take = (turn: Turn, candidate: Of) => {
    const key = connectionKey(candidate)
    left.hosts.set(candidate.host, left.hosts.get(candidate.host)! - 1)
    left.connections.set(key, left.connections.get(key)! - 1)
    if (candidate.discretionary) left.discretionary -= 1
    turn.bytesFree -= candidate.bytes
    turn.quotaLeft -= candidate.bytes
    turn.vtime += 1 / turn.queue.weight
    turn.next += 1
    turn.taken.push(candidate)
  }

  for (let slot = 0; slot < room.slots; slot++) {
    let first: { turn: Turn; candidate: Of } | undefined
    for (const turn of turns) {
      if (first && turn.vtime >= first.turn.vtime) continue
      if (turn.vtime + 1 / turn.queue.weight > furthest) continue
      const candidate = find(turn)
      if (candidate) first = { turn, candidate }
    }
    if (!first) break
    take(first.turn, first.candidate)
  }
  // Also discretionary ones: a tenant's first task does not wait for spare capacity.
  left.discretionary = room.reserve
  let reserve = room.reserve
  const newcomers = turns.filter(({ queue, taken }) => queue.idle && taken.length === 0)
  for (const turn of newcomers.toSorted((a, b) => a.vtime - b.vtime)) {
    if (reserve === 0) break
    turn.next = 0
    const candidate = find(turn)
    if (!candidate) continue
    take(turn, candidate)
    reserve -= 1
  }
  return turns
    .filter(({ taken }) => taken.length > 0)
    .map(({ queue, vtime, taken }) => ({ tenantId: queue.tenantId, vtime, taken }))
}
