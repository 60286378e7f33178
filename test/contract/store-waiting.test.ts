import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NewTask } from '../../packages/core/src/app/stores.ts'
import type { Task } from '../../packages/core/src/domain/task.ts'
import { type WaitingReason, waitingReasons } from '../../packages/core/src/domain/waiting-facts.ts'
import { type BuiltSession, failure, openStoreBuilder, type StoreBuilder } from '../support/store-builder.ts'

let builder: StoreBuilder
beforeAll(async () => {
  builder = await openStoreBuilder()
})
afterAll(() => builder.close())

const pull = { delegate: { kind: 'pull' } } as const
const later = () => new Date(Date.now() + 3_600_000)
const host = () => `${crypto.randomUUID()}.example.com`

/** What is created there is not discretionary, so that it waits for nothing to spare. */
async function inForeground(session: BuiltSession): Promise<BuiltSession> {
  await builder.store.enterForeground(session.tenantId, 'key_test', 300)
  return session
}

/** How each reason that there is now comes about: a session, and a task of it that waits for just that. */
const ways: Partial<Record<WaitingReason, () => Promise<Task>>> = {
  async earliestBeginDate() {
    return builder.task(await builder.session(undefined, pull), { earliestBeginDate: later() })
  },
  async wakeLimiter() {
    const session = await builder.session()
    await builder.complete((await builder.task(session)).id)
    await builder.store.openWakes()
    return builder.task(session)
  },
  async retryBackoff() {
    const task = await builder.task(await builder.session(undefined, pull))
    const { lease } = await builder.begin(task.id)
    await builder.store.failAttempt(lease, failure(60_000))
    return task
  },
  async tenantCapacity() {
    const session = await builder.session(await builder.tenant({ cap: 1 }), pull)
    await builder.begin((await builder.task(session, { host: host() })).id)
    return builder.task(session, { host: host() })
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
  async capacity() {
    return builder.task(await inForeground(await builder.session(undefined, pull)))
  },
}
const rowOf = async ({ id }: Task) =>
  (await builder.database.first<{ host: string }>('select host from task where id = $1', [id]))!
const reasonsOf = async (task: Task) => (await builder.find(task)).waiting?.reasons ?? []
const list = async (tenantId: string, waitingFor: WaitingReason) =>
  (await builder.store.listTasks(tenantId, { waitingFor }, { limit: 200 })).data.map(({ id }) => id)

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
    const counts = await builder.store.countWaiting(tenantId)
    for (const other of waitingReasons) {
      const found = await list(tenantId, other)
      expect(found.includes(id), other).toBe(other === reason)
      expect(counts[other]).toBe(found.length)
    }
    const { data } = await builder.store.listTasks(tenantId, {}, { limit: 200 })
    expect(data.find((listed) => listed.id === id)?.waiting?.reasons).toEqual([reason])
  })

  it('says nothing once it is suspended, and all again when it is resumed', async () => {
    const { tenantId, id } = task
    expect((await builder.store.suspendTask(tenantId, id)) as Task).toMatchObject({ waiting: null })
    expect(await list(tenantId, reason)).not.toContain(id)
    expect((await builder.store.resumeTask(tenantId, id)) as Task).toMatchObject({ waiting: { reasons: [reason] } })
  })
})

describe('what a task waits for', () => {
  it('is shown in the answer that creates it', async () => {
    const session = await inForeground(await builder.session(undefined, pull))
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
    expect((await reasonsOf(held)).toSorted()).toEqual(['earliestBeginDate', 'hostBackoff', 'wakeLimiter'])
  })

  it('is spare capacity too for a discretionary task that could begin, until its latest start', async () => {
    const session = await builder.session(undefined, pull)
    const task = await builder.task(session, { isDiscretionary: true })
    expect((await reasonsOf(task)).toSorted()).toEqual(['capacity', 'discretionary'])
    expect(await list(task.tenantId, 'discretionary')).toEqual([task.id])
    expect(await builder.store.countWaiting(task.tenantId)).toMatchObject({ discretionary: 1, capacity: 1 })
    await builder.database.run('update task set latest_start = clock_timestamp() where id = $1', [task.id])
    expect(await reasonsOf(task)).toEqual(['capacity'])
  })

  it('is a worker for a task that is chosen, and nothing for one that runs or has ended', async () => {
    const session = await builder.session(await builder.tenant({ cap: 1 }), pull)
    const task = await builder.task(session)
    const lease = await builder.claim(task.id)
    expect(await reasonsOf(task)).toEqual(['capacity'])
    await builder.store.beginTransfer(lease, 'wrk_test')
    expect((await builder.find(task)).waiting).toBeNull()
    await builder.store.cancelTask(task.tenantId, task.id)
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
      expect(await reasonsOf(await builder.task(await inForeground(session), changes))).toEqual(['capacity'])
  })

  it('is filtered in pages that miss nothing', async () => {
    const session = await builder.session(undefined, pull)
    const changes = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? { earliestBeginDate: later() } : {}))
    const created = await builder.tasks(session, ...changes)
    const held = created.filter((_, n) => n % 2 === 0).map(({ id }) => id)
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await builder.store.listTasks(
        session.tenantId,
        { waitingFor: 'earliestBeginDate' },
        { limit: 3, cursor },
      )
      found.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(found).toEqual(held.toSorted())
    expect(await builder.store.countWaiting(session.tenantId)).toMatchObject({ earliestBeginDate: 10, capacity: 10 })
  })
})
