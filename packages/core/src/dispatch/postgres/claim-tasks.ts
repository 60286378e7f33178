import type { Database, Sql } from '../../database/database.ts'
import { countStep, writingSteps } from '../../ledger/write-steps.ts'
import type { Lease } from '../../tasks/rules/lease.ts'
import type { FreeSlots } from '../rules/capacity.ts'
import { connectionKey, type Lane, type Room, type Share, shareSlots } from '../rules/fair-share.ts'
import {
  beforeAllGroups,
  byTurn,
  type ClaimCandidate,
  firstCandidates,
  type Group,
  headsOfGroups,
} from './claim-candidates.ts'
import { glanceAtHosts, lockHosts } from './claim-hosts.ts'
import { beforeAllLanes, type LanePage, type LanePlace, lockLanes } from './claim-lanes.ts'

/** A claimed task waits this long for a worker to take the hint; then it is claimed again. */
const hintSeconds = 8
/** Of a lane, besides as many as there are slots: some may have no room at their host. */
const extraCandidates = 16
const pagesPerRound = 4
/** Groups of one session and host that are looked into in a round, over all lanes. */
const groupsPerRound = 256

interface Claimer {
  /** `hasMore`: something was left that might have run, because another dispatcher held it or it was not looked at yet. */
  claim(free: FreeSlots): Promise<{ leases: Lease[]; hasMore: boolean }>
}

interface ClaimLane extends Lane<ClaimCandidate> {
  /** The lane has more than these candidates. */
  hasMore: boolean
  discretionaryToo: boolean
}

/** What a claim has found so far, and how it would share the free slots among it. */
interface Plan {
  lanes: ClaimLane[]
  inFlight: LanePage['inFlight']
  open: Room & { hosts: Map<string, number>; connections: Map<string, number> }
  ceiling: number
  shares: Share<ClaimCandidate>[]
}

/**
 * Claims tasks for workers, exactly within all caps and without ever waiting for another dispatcher: it locks lanes, reads
 * the first tasks of each, shares the slots, locks the hosts that this would go to, and shares again what these allow.
 * Looking is bounded; what a round has not come to is where the next one goes on.
 */
export function createClaimer(database: Database): Claimer {
  let lanesFrom: LanePlace | null = null
  /** By tenant, where the last look into its groups ended. */
  const groupsFrom = new Map<string, Group>()

  async function claim(tx: Sql, free: FreeSlots): Promise<{ leases: Lease[]; hasMore: boolean }> {
    // Every question is answered by the order of an index. Statistics that are older than a flood of tasks would have it
    // sorted.
    await tx.run(`set local enable_sort = off; set local enable_incremental_sort = off;
      set local enable_seqscan = off; set local enable_bitmapscan = off`)
    const open = { ...free, hosts: new Map<string, number>(), connections: new Map<string, number>() }
    const plan: Plan = { lanes: [], inFlight: [], open, ceiling: 0, shares: [] }
    let hasMore = false

    let after: LanePlace | null = beforeAllLanes
    for (let page = 0; page < pagesPerRound && after && !isFull(plan.shares, free); page++) {
      if (page === 1 && lanesFrom && isBehind(lanesFrom, after)) after = lanesFrom
      const held = plan.lanes.map(({ tenantId }) => tenantId)
      const found: LanePage = await lockLanes(tx, free, after, held)
      hasMore ||= found.contended
      after = found.end
      if (page > 0) lanesFrom = after
      plan.ceiling = Math.max(plan.ceiling, found.ceiling)
      plan.inFlight.push(...found.inFlight)
      const added = await readLanes(tx, found.lanes, free)
      plan.lanes.push(...added)
      const candidates = added.flatMap((lane) => lane.candidates)
      await replan(tx, plan, candidates)
    }
    if (plan.lanes.length === 0) return { leases: [], hasMore }
    const needy = isFull(plan.shares, free)
      ? []
      : plan.lanes.filter((lane) => lane.hasMore && wantsMore(lane, plan.shares, free))
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
    const leases = await dispatchAll(tx, shareSlots(plan.lanes, exact, plan.ceiling))
    return { leases, hasMore: hasMore || leases.length < countOf(plan.shares) }
  }

  async function lookIntoGroups(tx: Sql, needy: ClaimLane[]): Promise<{ heads: ClaimCandidate[]; hasMore: boolean }> {
    const each = Math.max(8, Math.floor(groupsPerRound / needy.length))
    const chosen = needy.slice(0, Math.floor(groupsPerRound / each))
    let hasMore = chosen.length < needy.length
    const { heads, seen } = await headsOfGroups(
      tx,
      chosen.map((lane) => ({ ...lane, after: groupsFrom.get(lane.tenantId) ?? beforeAllGroups })),
      each,
    )
    for (const lane of chosen) {
      const groups = seen.filter(({ tenantId }) => tenantId === lane.tenantId)
      if (groups.length === each) {
        groupsFrom.set(lane.tenantId, groups.at(-1)!)
        hasMore = true
      } else groupsFrom.delete(lane.tenantId)
      lane.candidates = inTurn([...lane.candidates, ...heads.filter(({ tenantId }) => tenantId === lane.tenantId)])
    }
    return { heads, hasMore }
  }

  return { claim: (free) => database.transaction((tx) => claim(tx, free)) }
}

/** Shares the slots anew, now that these candidates are known. */
async function replan(tx: Sql, plan: Plan, candidates: readonly ClaimCandidate[]): Promise<void> {
  const { open, lanes, inFlight, ceiling } = plan
  const running = new Map(inFlight.map((group) => [connectionKey(group), group.connections]))
  for (const candidate of candidates) {
    const key = connectionKey(candidate)
    if (!open.connections.has(key))
      open.connections.set(key, Math.max(0, candidate.connections - (running.get(key) ?? 0)))
  }
  const unknown = new Set(candidates.map(({ host }) => host).filter((host) => !open.hosts.has(host)))
  for (const [host, room] of await glanceAtHosts(tx, [...unknown])) open.hosts.set(host, room)
  plan.shares = shareSlots(lanes, open, ceiling)
}

async function readLanes(tx: Sql, lanes: LanePage['lanes'], room: FreeSlots): Promise<ClaimLane[]> {
  if (lanes.length === 0) return []
  const questions = lanes.map(({ tenantId, free, idle }) => ({
    tenantId,
    take: Math.min(free, room.slots + 1) + extraCandidates,
    discretionaryToo: room.spare > 0 || (room.reserve > 0 && idle),
  }))
  const candidates = await firstCandidates(tx, questions)
  return lanes.map((lane, index) => {
    const { take, discretionaryToo } = questions[index]!
    const own = candidates.filter(({ tenantId }) => tenantId === lane.tenantId)
    const ordinary = own.filter(({ discretionary, promoted }) => !discretionary && !promoted).length
    const hasMore = ordinary >= take || own.length - ordinary >= take
    return { ...lane, candidates: inTurn(own), hasMore, discretionaryToo }
  })
}

/** Each once, as one that is promoted is found twice. */
function inTurn(candidates: ClaimCandidate[]): ClaimCandidate[] {
  return [...new Map(candidates.map((candidate) => [candidate.taskId, candidate])).values()].toSorted(byTurn)
}

function countOf(shares: readonly Share[]): number {
  return shares.reduce((sum, { taken }) => sum + taken.length, 0)
}

/** Once the slots are filled, idle lanes further behind have their turn in the next round. */
function isFull(plan: readonly Share[], { slots, reserve }: FreeSlots): boolean {
  return countOf(plan) >= (slots > 0 ? slots : reserve)
}

function wantsMore({ tenantId, free, idle }: Lane, plan: readonly Share[], { slots }: FreeSlots): boolean {
  const taken = plan.find((share) => share.tenantId === tenantId)?.taken.length ?? 0
  return slots > 0 ? taken < free : idle && taken === 0
}

function isBehind(a: LanePlace, b: LanePlace): boolean {
  return a.vtime > b.vtime || (a.vtime === b.vtime && a.tenantId > b.tenantId)
}

/** waiting → dispatched. What somebody changes at this moment is left to him. */
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
