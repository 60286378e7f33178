import type { Database, Sql } from '../../database/database.ts'
import { countStep, writingSteps } from '../../ledger/write-steps.ts'
import type { Lease } from '../../tasks/rules/lease.ts'
import type { FreeSlots } from '../rules/capacity.ts'
import {
  connectionKey,
  type QueueTurn,
  type Room,
  type Share,
  shareSlots,
  type TenantQueue,
} from '../rules/fair-share.ts'
import { isAwaited, type Sighting, sight } from '../rules/locked-elsewhere.ts'
import {
  beforeAllGroups,
  byTurn,
  type ClaimCandidate,
  firstCandidates,
  type Group,
  headsOfGroups,
} from './claim-candidates.ts'
import { glanceAtHosts, lockHosts } from './claim-hosts.ts'
import { beforeAllQueues, lockTenantQueues, type QueuePage, type QueuePlace } from './claim-tenant-queues.ts'

/** A claimed task waits this long for a worker to take the hint; then it is claimed again. */
const hintSeconds = 8
/** Candidates per tenant queue beyond the number of slots: some may have no headroom at their host. */
const extraCandidates = 16
const pagesPerRound = 4
/** Groups of one session and host that are looked into in a round, over all tenant queues. */
const groupsPerRound = 256

interface Claimer {
  /**
   * `hasMore`: something was left that might have run, because another dispatcher had locked it or it was not looked at
   * yet.
   */
  claim(free: FreeSlots): Promise<{ leases: Lease[]; hasMore: boolean }>
}

interface ClaimQueue extends TenantQueue<ClaimCandidate> {
  /** The tenant queue has more than these candidates. */
  hasMore: boolean
  discretionaryToo: boolean
}

/** The candidates found so far, and how the free slots would be shared among them. */
interface Plan {
  queues: ClaimQueue[]
  inFlight: QueuePage['inFlight']
  open: Room & { hosts: Map<string, number>; connections: Map<string, number> }
  ceiling: number
  /** Those that others have locked, and are waited for. */
  elsewhere: QueueTurn[]
  shares: Share<ClaimCandidate>[]
}

/**
 * Claims tasks for workers, exactly within all caps and without ever waiting for another dispatcher: it locks tenant
 * queues, reads the first tasks of each, shares the slots, locks the hosts of that plan, and shares again within their
 * headroom. The search is bounded; the next round goes on where this one ended.
 */
export function createClaimer(database: Database): Claimer {
  let queuesFrom: QueuePlace | null = null
  /** By tenant, where the last look into its groups ended. */
  const groupsFrom = new Map<string, Group>()
  /** What the last claim found locked by others. */
  let lockedBefore: readonly Sighting[] = []

  async function claim(tx: Sql, free: FreeSlots): Promise<{ leases: Lease[]; hasMore: boolean }> {
    // Every question is answered by the order of an index. Statistics that are older than a flood of tasks would have it
    // sorted.
    await tx.run(`set local enable_sort = off; set local enable_incremental_sort = off;
      set local enable_seqscan = off; set local enable_bitmapscan = off`)
    const open = { ...free, hosts: new Map<string, number>(), connections: new Map<string, number>() }
    const plan: Plan = { queues: [], inFlight: [], open, ceiling: 0, elsewhere: [], shares: [] }
    const lockedNow: Sighting[] = []
    let hasMore = false

    let after: QueuePlace | null = beforeAllQueues
    for (let page = 0; page < pagesPerRound && after && !isFull(plan.shares, free); page++) {
      if (page === 1 && queuesFrom && isBehind(queuesFrom, after)) after = queuesFrom
      const locked = plan.queues.map(({ tenantId }) => tenantId)
      const found: QueuePage = await lockTenantQueues(tx, free, after, locked)
      const nowMs = performance.now()
      const sighted = sight(found.elsewhere, lockedBefore, nowMs)
      lockedNow.push(...sighted)
      plan.elsewhere.push(...sighted.filter((queue) => isAwaited(queue, nowMs)))
      after = found.end
      if (page > 0) queuesFrom = after
      plan.ceiling = Math.max(plan.ceiling, found.ceiling)
      plan.inFlight.push(...found.inFlight)
      const added = await readQueues(tx, found.queues, free)
      plan.queues.push(...added)
      const candidates = added.flatMap((queue) => queue.candidates)
      await replan(tx, plan, candidates)
    }
    lockedBefore = lockedNow
    hasMore ||= lockedNow.length > 0
    if (plan.queues.length === 0) return { leases: [], hasMore }
    const needy = isFull(plan.shares, free)
      ? []
      : plan.queues.filter((queue) => queue.hasMore && wantsMore(queue, plan.shares, free))
    if (!isFull(plan.shares, free) && after) hasMore = true

    if (needy.length > 0) {
      const groups = await lookIntoGroups(tx, needy)
      const before = countOf(plan.shares)
      await replan(tx, plan, groups.heads)
      // Behind the head of a group there may be more.
      if (groups.hasMore || countOf(plan.shares) > before) hasMore = true
    }

    const hosts = new Set(plan.shares.flatMap(({ taken }) => taken.map(({ host }) => host)))
    const exact: Room = { ...open, hosts: await lockHosts(tx, [...hosts].toSorted()) }
    const leases = await dispatchAll(tx, shareSlots(plan.queues, exact, plan.ceiling, plan.elsewhere))
    return { leases, hasMore: hasMore || leases.length < countOf(plan.shares) }
  }

  async function lookIntoGroups(tx: Sql, needy: ClaimQueue[]): Promise<{ heads: ClaimCandidate[]; hasMore: boolean }> {
    const each = Math.max(8, Math.floor(groupsPerRound / needy.length))
    const chosen = needy.slice(0, Math.floor(groupsPerRound / each))
    let hasMore = chosen.length < needy.length
    const { heads, seen } = await headsOfGroups(
      tx,
      chosen.map((queue) => ({ ...queue, after: groupsFrom.get(queue.tenantId) ?? beforeAllGroups })),
      each,
    )
    for (const queue of chosen) {
      const groups = seen.filter(({ tenantId }) => tenantId === queue.tenantId)
      if (groups.length === each) {
        groupsFrom.set(queue.tenantId, groups.at(-1)!)
        hasMore = true
      } else groupsFrom.delete(queue.tenantId)
      queue.candidates = inTurn([...queue.candidates, ...heads.filter(({ tenantId }) => tenantId === queue.tenantId)])
    }
    return { heads, hasMore }
  }

  return { claim: (free) => database.transaction((tx) => claim(tx, free)) }
}

/** Shares the slots anew, now that these candidates are known. */
async function replan(tx: Sql, plan: Plan, candidates: readonly ClaimCandidate[]): Promise<void> {
  const { open, queues, inFlight, ceiling, elsewhere } = plan
  const running = new Map(inFlight.map((group) => [connectionKey(group), group.connections]))
  for (const candidate of candidates) {
    const key = connectionKey(candidate)
    if (!open.connections.has(key))
      open.connections.set(key, Math.max(0, candidate.connections - (running.get(key) ?? 0)))
  }
  const unknown = new Set(candidates.map(({ host }) => host).filter((host) => !open.hosts.has(host)))
  for (const [host, room] of await glanceAtHosts(tx, [...unknown])) open.hosts.set(host, room)
  plan.shares = shareSlots(queues, open, ceiling, elsewhere)
}

async function readQueues(tx: Sql, queues: QueuePage['queues'], room: FreeSlots): Promise<ClaimQueue[]> {
  if (queues.length === 0) return []
  const questions = queues.map(({ tenantId, free, idle }) => ({
    tenantId,
    take: Math.min(free, room.slots + 1) + extraCandidates,
    discretionaryToo: room.spare > 0 || (room.reserve > 0 && idle),
  }))
  const candidates = await firstCandidates(tx, questions)
  return queues.map((queue, index) => {
    const { take, discretionaryToo } = questions[index]!
    const own = candidates.filter(({ tenantId }) => tenantId === queue.tenantId)
    const ordinary = own.filter(({ discretionary, promoted }) => !discretionary && !promoted).length
    const hasMore = ordinary >= take || own.length - ordinary >= take
    return { ...queue, candidates: inTurn(own), hasMore, discretionaryToo }
  })
}

/** Each once, as one that is promoted is found twice. */
function inTurn(candidates: ClaimCandidate[]): ClaimCandidate[] {
  return [...new Map(candidates.map((candidate) => [candidate.taskId, candidate])).values()].toSorted(byTurn)
}

function countOf(shares: readonly Share[]): number {
  return shares.reduce((sum, { taken }) => sum + taken.length, 0)
}

/** Once the slots are filled, idle tenant queues further behind have their turn in the next round. */
function isFull(plan: readonly Share[], { slots, reserve }: FreeSlots): boolean {
  return countOf(plan) >= (slots > 0 ? slots : reserve)
}

function wantsMore({ tenantId, free, idle }: TenantQueue, plan: readonly Share[], { slots }: FreeSlots): boolean {
  const taken = plan.find((share) => share.tenantId === tenantId)?.taken.length ?? 0
  return slots > 0 ? taken < free : idle && taken === 0
}

function isBehind(a: QueuePlace, b: QueuePlace): boolean {
  return a.vtime > b.vtime || (a.vtime === b.vtime && a.tenantId > b.tenantId)
}

/** waiting → dispatched. Tasks that another transaction has locked are left out. */
async function dispatchAll(tx: Sql, shares: readonly Share[]): Promise<Lease[]> {
  if (shares.length === 0) return []
  return tx.many<Lease>(
    `with served as (
       update lane set vtime = share.vtime from unnest($1::text[], $2::float8[]) as share(tenant_id, vtime)
       where lane.tenant_id = share.tenant_id
     ), chosen as (
       select t.id, given.place from unnest($3::text[]) with ordinality as given(id, place) join task t on t.id = given.id
       where t.state = 'waiting' and t.due for update of t skip locked
     ), claimed as (
       update task set state = 'dispatched', due = false, epoch = epoch + 1, connections = 1, ${countStep},
         lease_until = clock_timestamp() + interval '${hintSeconds} seconds'
       from chosen where task.id = chosen.id
       returning task.id, task.epoch, task.steps, task.ready_at, chosen.place
     ), ${writingSteps('claimed', 'dispatched')}
     select id as task_id, epoch from claimed order by place`,
    [
      shares.map(({ tenantId }) => tenantId),
      shares.map(({ vtime }) => vtime),
      shares.flatMap(({ taken }) => taken.map(({ taskId }) => taskId)),
    ],
  )
}
