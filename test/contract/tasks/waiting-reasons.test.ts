import { beforeEach, describe, expect, it } from 'vitest'
import { bytesInFlightPerTenant, connectionsPerHost } from '#core/dispatch/rules/capacity.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import { type WaitingReason, waitingReasons } from '#core/tasks/rules/waiting-reason.ts'
import { waitingFor } from '#core/tasks/rules/waiting-reason-text.ts'
import type { NewTask } from '#core/tasks/task-store.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { type BuiltSession, facts, failure, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const pull = { delegate: { kind: 'pull' } } as const
const later = () => new Date(Date.now() + 3_600_000)
const host = () => `${crypto.randomUUID()}.example.com`

const pad = (hour: number) => String(hour).padStart(2, '0')

/** How each reason comes about: a task that waits for just that. */
const ways: Record<WaitingReason, () => Promise<Task>> = {
  async earliestBeginDate() {
    return builder.task(await builder.session(undefined, pull), { earliestBeginDate: later() })
  },
  async wakeLimiter() {
    const session = await builder.session()
    await builder.complete((await builder.task(session)).id)
    await builder.stores.wakes.openWakes()
    return builder.task(session)
  },
  async retryBackoff() {
    const task = await builder.task(await builder.session(undefined, pull))
    const { lease } = await builder.begin(task.id)
    await builder.stores.transfers.failAttempt(lease, failure(60_000))
    return task
  },
  async tenantCapacity() {
    const session = await builder.session(await builder.tenant({ cap: 1 }), pull)
    await builder.begin((await builder.task(session, { host: host() })).id)
    return builder.task(session, { host: host() })
  },
  async quota() {
    const session = await builder.session(undefined, pull)
    await builder.stores.tenants.changeTenant(session.tenantId, {
      limiterPolicy: {},
      limits: { maximumStoredBytes: 0 },
    })
    return builder.task(session)
  },
  async hostCapacity() {
    const session = await builder.session(undefined, { ...pull, httpMaximumConnectionsPerHost: 1 })
    const shared = host()
    await builder.begin((await builder.task(session, { host: shared })).id)
    return builder.task(session, { host: shared })
  },
  async hostBackoff() {
    const task = await builder.task(await builder.session(undefined, pull), { host: host() })
    await builder.database.run(
      "insert into host_state (host, blocked_until, reason) values ($1, clock_timestamp() + interval '1 h', 'it answered 503')",
      [(await rowOf(task)).host],
    )
    return task
  },
  async discretionary() {
    const opens = new Date(Date.now() + 5 * 3_600_000).getUTCHours()
    const window = { from: `${pad(opens)}:00`, to: `${pad((opens + 1) % 24)}:00` }
    const preferredHours = { timeZone: 'UTC', windows: [window] }
    return builder.task(await builder.session(undefined, { ...pull, preferredHours }))
  },
  async delegateDecision() {
    const session = await builder.session(undefined, { delegateDecisions: ['authenticationChallenge'] })
    const task = await builder.task(session)
    await createDecisions(builder).challenge(task)
    return task
  },
  async capacity() {
    return builder.task(await builder.session(undefined, pull))
  },
}
const rowOf = async ({ id }: Task) =>
  (await builder.database.first<{ host: string }>('select host from task where id = $1', [id]))!
const reasonsOf = async (task: Task) => (await builder.find(task)).waiting?.reasons ?? []
const list = async (tenantId: string, waitingFor: WaitingReason) =>
  (await builder.stores.tasks.listTasks(tenantId, { waitingFor }, { limit: 200 })).data.map(({ id }) => id)

describe.each(Object.entries(ways))('a task that waits for %s', (name, arrange) => {
  const reason = name as WaitingReason
  let task: Task
  beforeEach(async () => {
    task = await arrange()
  })

  it('says so, and nothing else', async () => {
    expect(await reasonsOf(task)).toEqual([reason])
  })

  it('is found by it, and counted', async () => {
    const { tenantId, id } = task
    const counts = await builder.stores.tasks.countWaiting(tenantId)
    for (const other of waitingReasons) {
      const found = await list(tenantId, other)
      expect(found.includes(id), other).toBe(other === reason)
      expect(counts[other]).toBe(found.length)
    }
    const { data } = await builder.stores.tasks.listTasks(tenantId, {}, { limit: 200 })
    expect(data.find((listed) => listed.id === id)?.waiting?.reasons).toEqual([reason])
  })

  it('says nothing once it is suspended, and all again when it is resumed', async () => {
    const { tenantId, id } = task
    expect((await builder.stores.tasks.suspendTask(tenantId, id)) as Task).toMatchObject({ waiting: null })
    expect(await list(tenantId, reason)).not.toContain(id)
    const resumed = (await builder.stores.tasks.resumeTask(tenantId, id)) as Task
    // A challenge was withdrawn: the origin is asked again first.
    const expected = reason === 'delegateDecision' ? 'capacity' : reason
    expect(resumed).toMatchObject({ waiting: { reasons: [expected] } })
  })
})

describe('what a task waits for', () => {
  it('is shown in the response that creates it', async () => {
    const session = await builder.session(undefined, pull)
    const created = await builder.tasks(session, {}, { earliestBeginDate: later() }, { suspended: true })
    expect(created.map(({ waiting }) => waiting?.reasons)).toEqual([['capacity'], ['earliestBeginDate'], undefined])
  })

  it('is everything that holds at once, and free capacity never among it', async () => {
    const session = await builder.session(await builder.tenant({ cap: 1 }), {
      ...pull,
      httpMaximumConnectionsPerHost: 1,
    })
    const shared = { host: host() }
    await builder.begin((await builder.task(session, shared)).id)
    const due = await builder.task(session, shared)
    expect((await reasonsOf(due)).toSorted()).toEqual(['hostCapacity', 'tenantCapacity'])
    // Others in flight say nothing about a task whose time has not come.
    const held = await builder.task(session, { ...shared, earliestBeginDate: later() })
    await builder.database.run("update task set gated_until = clock_timestamp() + interval '1 h' where id = $1", [
      held.id,
    ])
    await builder.database.run('update host_state set half_open = true where host = $1', [shared.host])
    expect((await reasonsOf(held)).toSorted()).toEqual(['earliestBeginDate', 'wakeLimiter'])
    expect((await reasonsOf(due)).toSorted()).toEqual(['hostBackoff', 'hostCapacity', 'tenantCapacity'])
  })

  it('is a worker for a task that is chosen, and nothing for one that runs or has ended', async () => {
    const session = await builder.session(await builder.tenant({ cap: 1 }), pull)
    const task = await builder.task(session)
    const lease = await builder.claim(task.id)
    expect(await reasonsOf(task)).toEqual(['capacity'])
    await builder.stores.transfers.beginTransfer(lease, 'wrk_test')
    expect((await builder.find(task)).waiting).toBeNull()
    await builder.stores.tasks.cancelTask(task.tenantId, task.id)
    expect((await builder.find(task)).waiting).toBeNull()
  })

  it('is not what another tenant, session or host is full of', async () => {
    const full = await builder.session(await builder.tenant({ cap: 1 }), { ...pull, httpMaximumConnectionsPerHost: 1 })
    const shared: Partial<NewTask> = { host: host() }
    await builder.begin((await builder.task(full, shared)).id)
    await builder.database.run('update lane set cap = 9 where tenant_id = $1', [full.tenantId])
    const others: [BuiltSession, Partial<NewTask>][] = [
      [full, { host: host() }],
      [await builder.session(full.tenantId, { ...pull, httpMaximumConnectionsPerHost: 1 }), shared],
      [await builder.session(undefined, { ...pull, httpMaximumConnectionsPerHost: 1 }), shared],
    ]
    for (const [session, changes] of others)
      expect(await reasonsOf(await builder.task(session, changes))).toEqual(['capacity'])
  })

  it('is spare capacity for a discretionary task, until its latest start', async () => {
    const session = await builder.session(undefined, pull)
    const places = { regular: 2, reserve: 1 }
    const inFlight = await builder.database.first<{ count: number }>(
      "select count(*)::int as count from task where state in ('dispatched', 'running', 'completing')",
    )
    const workers = Array.from({ length: inFlight!.count }, (_, n) => `wrk_${n}`)
    // As many slots for discretionary tasks as tasks are in flight, and one in reserve for tenants that have none.
    for (const id of workers) await builder.stores.dispatch.reportSlots(id, { ...places, reserve: 0 })
    await builder.stores.dispatch.reportSlots('wrk_reserve', places)
    const first = await builder.task(session, { host: host() })
    // There are slots, so it is about to begin; only if it does not, it lacks a worker.
    expect(first.waiting?.reasons).toEqual([])
    expect((await builder.stores.tasks.countWaiting(session.tenantId)).capacity).toBe(0)
    await builder.database.run("update task set ready_at = ready_at - interval '3 s' where id = $1", [first.id])
    expect(await reasonsOf(first)).toEqual(['capacity'])
    await builder.begin(first.id)
    const second = await builder.task(session, { host: host() })
    expect(await reasonsOf(second)).toEqual(['discretionary'])
    await builder.database.run(
      "update task set latest_start = clock_timestamp() - interval '1 ms', ready_at = ready_at - interval '3 s' where id = $1",
      [second.id],
    )
    expect(await reasonsOf(second)).toEqual(['capacity'])
    // Every regular place is taken, for whomever.
    for (const id of workers) await builder.stores.dispatch.withdrawSlots(id)
    await builder.database.run('update task set latest_start = null where id = $1', [second.id])
    expect((await reasonsOf(second)).toSorted()).toEqual(['capacity', 'discretionary'])
    for (const id of [...workers, 'wrk_reserve']) await builder.stores.dispatch.withdrawSlots(id)
    expect((await builder.find(second)).waiting?.workers).toBe(0)
  })

  it('is the bytes that a tenant expects, once they are as many as may be at once', async () => {
    const session = await builder.session(undefined, pull)
    const half = bytesInFlightPerTenant / 2
    const bringing = (bytes: number) =>
      builder.task(session, { host: host(), countOfBytesClientExpectsToReceive: bytes })
    const alone = await bringing(3 * half)
    expect(await reasonsOf(alone)).toEqual(['capacity'])
    await builder.stores.tasks.suspendTask(session.tenantId, alone.id)
    await builder.begin((await bringing(half)).id)
    expect(await reasonsOf(await bringing(half))).toEqual(['capacity'])
    expect(await reasonsOf(await bringing(half + 1))).toEqual(['tenantCapacity'])
  })

  it('is not its host once a file from there has come whole, though that is still in a worker’s hands', async () => {
    const session = await builder.session(undefined, { ...pull, httpMaximumConnectionsPerHost: 1 })
    const shared = { host: host() }
    const { lease } = await builder.begin((await builder.task(session, shared)).id)
    const next = await builder.task(session, shared)
    expect(await reasonsOf(next)).toEqual(['hostCapacity'])
    const sealed = { bytes: 9, checksums: { crc32: 'y/Q5Jg==' }, verified: true }
    await builder.stores.transfers.finalizeTransfer(lease, transfer(lease.epoch, { uploadId: null, sealed }), facts)
    expect(await reasonsOf(next)).toEqual(['capacity'])
  })

  it('is a host that all tenants together are full of', async () => {
    const shared = { host: host() }
    const wide = { ...pull, httpMaximumConnectionsPerHost: 256 }
    const session = await builder.session(await builder.tenant({ cap: 256 }), wide)
    const tasks = await builder.tasks(session, ...Array.from({ length: connectionsPerHost - 1 }, () => shared))
    // All of them are claimed together.
    await builder.begin(tasks[0]!.id)
    const stranger = await builder.task(await builder.session(undefined, wide), shared)
    expect(await reasonsOf(stranger)).toEqual(['capacity'])
    await builder.stores.tasks.suspendTask(stranger.tenantId, stranger.id)
    await builder.begin((await builder.task(session, shared)).id)
    await builder.stores.tasks.resumeTask(stranger.tenantId, stranger.id)
    expect(await reasonsOf(stranger)).toEqual(['hostCapacity'])
    expect(waitingFor(await builder.find(stranger))[0]?.detail).toBe(
      '64 of 64 concurrent tasks at this host in use, by all tenants',
    )
  })

  it('is filtered in pages that miss nothing', async () => {
    const session = await builder.session(undefined, pull)
    const changes = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? { earliestBeginDate: later() } : {}))
    const created = await builder.tasks(session, ...changes)
    const held = created.filter((_, n) => n % 2 === 0).map(({ id }) => id)
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await builder.stores.tasks.listTasks(
        session.tenantId,
        { waitingFor: 'earliestBeginDate' },
        { limit: 3, cursor },
      )
      found.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(found).toEqual(held.toSorted())
    expect(await builder.stores.tasks.countWaiting(session.tenantId)).toMatchObject({
      earliestBeginDate: 10,
      capacity: 10,
    })
  })
})
