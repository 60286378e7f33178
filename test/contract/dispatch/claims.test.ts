import { describe, expect, it } from 'vitest'
import { beforeAllQueues, lockTenantQueues } from '#core/dispatch/postgres/claim-tenant-queues.ts'
import { connectionsPerHost } from '#core/dispatch/rules/capacity.ts'
import type { Lease } from '#core/tasks/rules/lease.ts'
import type { NewTask } from '#core/tasks/task-store.ts'
import { claim, claimOnce } from '#support/builders/claim.ts'
import { type BuiltSession, facts, type SessionChanges, transfer } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()

const wide: SessionChanges = { delegate: { kind: 'pull' }, httpMaximumConnectionsPerHost: 1000 }
const many = (count: number, changes: Partial<NewTask> = {}) => Array.from({ length: count }, () => changes)
const gibibyte = 2 ** 30

function newSession(changes: SessionChanges = {}): Promise<BuiltSession> {
  return builder.session(undefined, { ...wide, ...changes })
}
async function rest(host: string, seconds: number | null, halfOpen = false): Promise<void> {
  await builder.database.run(
    `insert into host_state (host, blocked_until, half_open)
     values ($1, clock_timestamp() + make_interval(secs => $2), $3)
     on conflict (host) do update set blocked_until = excluded.blocked_until, half_open = excluded.half_open`,
    [host, seconds, halfOpen],
  )
}
async function hostsOf(leases: readonly Lease[]): Promise<Record<string, number>> {
  const rows = await builder.database.many<{ host: string; count: number }>(
    'select host, count(*)::int as count from task where id = any($1) group by host',
    [leases.map(({ taskId }) => taskId)],
  )
  return Object.fromEntries(rows.map(({ host, count }) => [host, count]))
}
const end = (leases: readonly Lease[]) =>
  builder.database.run("update task set state = 'canceled' where id = any($1)", [leases.map(({ taskId }) => taskId)])

describe('hosts', () => {
  it('a session has no more tasks in flight at a host than it allows; another session has its own', async () => {
    const narrow = await newSession({ httpMaximumConnectionsPerHost: 3 })
    await builder.tasks(narrow, ...many(20, { host: 'a.example.com' }), ...many(2, { host: 'b.example.com' }))
    const first = await claim(builder.stores, 50)
    expect(await hostsOf(first)).toEqual({ 'a.example.com': 3, 'b.example.com': 2 })
    expect(await claim(builder.stores, 50)).toEqual([])
    const other = await builder.session(narrow.tenantId, wide)
    await builder.tasks(other, ...many(5, { host: 'a.example.com' }))
    expect(await claim(builder.stores, 50)).toHaveLength(5)
    await end(first)
    expect(await hostsOf(await claim(builder.stores, 50))).toEqual({ 'a.example.com': 3 })
  })

  it('all tenants together have no more tasks in flight at a host than the fleet’s cap', async () => {
    for (let tenant = 0; tenant < 3; tenant++)
      await builder.tasks(await newSession(), ...many(40, { host: 'a.example.com' }))
    const first = await claim(builder.stores, 200)
    expect(first).toHaveLength(connectionsPerHost)
    expect(await claim(builder.stores, 200)).toEqual([])
    await end(first.slice(0, 7))
    expect(await claim(builder.stores, 200)).toHaveLength(7)
  })

  it('a file that has come whole holds no connection: another may begin at its host', async () => {
    const session = await newSession({ httpMaximumConnectionsPerHost: 2 })
    await builder.tasks(session, ...many(5, { host: 'a.example.com' }))
    const [lease, other] = await claim(builder.stores, 50)
    expect(other).toBeDefined()
    await builder.stores.transfers.beginTransfer(lease!, 'wrk_one')
    const sealed = { bytes: 9, checksums: { crc32: 'y/Q5Jg==' }, verified: true }
    expect(
      await builder.stores.transfers.finalizeTransfer(lease!, transfer(1, { uploadId: null, sealed }), facts),
    ).toBe(true)
    expect(await claim(builder.stores, 50)).toHaveLength(1)
    expect(await claim(builder.stores, 50)).toEqual([])
  })

  it('nothing begins at a host that rests, and the end of its rest is the next thing due', async () => {
    await builder.tasks(await newSession(), ...many(3, { host: 'a.example.com' }))
    await rest('a.example.com', 30)
    expect(await claim(builder.stores, 10)).toEqual([])
    expect(await builder.stores.dispatch.nextDueInMs()).toBeGreaterThan(20_000)
    expect(await builder.stores.dispatch.nextDueInMs()).toBeLessThanOrEqual(30_000)
    await rest('a.example.com', -1)
    expect(await claim(builder.stores, 10)).toHaveLength(3)
  })

  it('one task at a time tries a host whose circuit is half open', async () => {
    await builder.tasks(await newSession(), ...many(3, { host: 'a.example.com' }))
    await rest('a.example.com', null, true)
    const probe = await claim(builder.stores, 10)
    expect(probe).toHaveLength(1)
    expect(await claim(builder.stores, 10)).toEqual([])
    await end(probe)
    expect(await claim(builder.stores, 10)).toHaveLength(1)
  })
})

describe('what may run behind what may not', () => {
  it('is found behind any number of tasks of one host', async () => {
    const session = await newSession()
    await rest('a.example.com', 60)
    await builder.tasks(session, ...many(300, { host: 'a.example.com', priority: 1 }))
    await builder.tasks(session, ...many(10, { host: 'b.example.com', priority: 0 }))
    const claimed: Lease[] = []
    for (let round = 0; round < 2; round++) claimed.push(...(await claim(builder.stores, 10 - claimed.length)))
    expect(await hostsOf(claimed)).toEqual({ 'b.example.com': 10 })
  })

  it('is found behind more hosts than one round looks at, which then asks for another', async () => {
    const session = await newSession()
    const hosts = Array.from({ length: 400 }, (_, n) => `a${n}.example.com`)
    for (const host of hosts) await rest(host, 60)
    await builder.tasks(session, ...hosts.map((host) => ({ host, priority: 1 })), { host: 'z.example.com' })
    expect(await claimOnce(builder.stores, 5)).toEqual({ leases: [], hasMore: true })
    expect(await hostsOf(await claim(builder.stores, 5))).toEqual({ 'z.example.com': 1 })
  })

  it('is found behind more tenants than one round looks at', async () => {
    await rest('a.example.com', 60)
    const { tenantId: template } = await newSession()
    await builder.database.run(
      `insert into lane (tenant_id, cap) select 'ten_' || n, 64 from generate_series(1, 300) n`,
    )
    const blocked = await builder.session(template, wide)
    const tasks = await builder.tasks(blocked, ...many(300, { host: 'a.example.com' }))
    // Each of them is another tenant's.
    await builder.database.run(
      `update task set tenant_id = 'ten_' || given.n from unnest($1::text[]) with ordinality as given(id, n)
       where task.id = given.id`,
      [tasks.map(({ id }) => id)],
    )
    const last = await newSession()
    await builder.task(last, { host: 'b.example.com' })
    await builder.database.run('update lane set vtime = 9 where tenant_id = $1', [last.tenantId])
    let rounds = 0
    for (let again = true; again; rounds++) {
      const { leases, hasMore } = await claimOnce(builder.stores, 5)
      if (leases.length > 0) return expect(rounds).toBeLessThanOrEqual(2)
      again = hasMore
    }
    expect.unreachable('it was not claimed')
  })
})

describe('discretionary tasks', () => {
  it('get no more than the spare capacity, behind all others', async () => {
    const session = await newSession()
    await builder.tasks(session, ...many(10))
    const ordinary = await builder.tasks(session, ...many(3))
    await builder.database.run('update task set effective_discretionary = false where id = any($1)', [
      ordinary.map(({ id }) => id),
    ])
    const claimed = await claim(builder.stores, 10, { spare: 2 })
    expect(claimed.slice(0, 3).map(({ taskId }) => taskId)).toEqual(ordinary.map(({ id }) => id))
    expect(claimed).toHaveLength(5)
    expect(await claim(builder.stores, 10, { spare: 0 })).toEqual([])
    expect(await claim(builder.stores, 10)).toHaveLength(8)
  })

  it('need no spare capacity once their latest start has come, and are then first among equals', async () => {
    const session = await newSession()
    const [first, second, late, later] = await builder.tasks(session, {}, {}, {}, { priority: 0.4 })
    await builder.database.run(
      "update task set latest_start = clock_timestamp() - interval '1 ms' where id = any($1)",
      [[late!.id, later!.id]],
    )
    await builder.database.run("update task set latest_start = clock_timestamp() + interval '1 h' where id = $1", [
      second!.id,
    ])
    await builder.database.run('update task set effective_discretionary = false where id = $1', [first!.id])
    const claimed = await claim(builder.stores, 10, { spare: 0 })
    expect(claimed.map(({ taskId }) => taskId)).toEqual([late!.id, first!.id, later!.id])
    expect(await claim(builder.stores, 10)).toMatchObject([{ taskId: second!.id }])
  })

  it('of a tenant with nothing in flight may begin in the reserve', async () => {
    await builder.tasks(await newSession(), ...many(5))
    await claim(builder.stores, 2)
    const newcomer = await newSession()
    const [task] = await builder.tasks(newcomer, ...many(2))
    const room = { spare: 0, reserve: 3 }
    expect(await claim(builder.stores, 0, room)).toMatchObject([{ taskId: task!.id }])
    expect(await claim(builder.stores, 0, room)).toEqual([])
  })
})

describe('expected bytes', () => {
  const expecting = (gibibytes: number) => ({ countOfBytesClientExpectsToReceive: gibibytes * gibibyte })

  it('in flight are bounded for each tenant, without holding up what is small', async () => {
    const session = await newSession()
    const [big, , small, unknown] = await builder.tasks(session, expecting(40), expecting(40), expecting(20), {})
    const claimed = await claim(builder.stores, 10)
    expect(claimed.map(({ taskId }) => taskId)).toEqual([big!.id, small!.id, unknown!.id])
    // What has arrived is no longer expected.
    await builder.database.run(
      'update task set bytes_expected = $2::int8, bytes_received = $2::int8 - 1 where id = $1',
      [big!.id, 40 * gibibyte],
    )
    expect(await claim(builder.stores, 10)).toHaveLength(1)
  })

  it('beyond the bound go alone', async () => {
    const session = await newSession()
    const [first, second] = await builder.tasks(session, expecting(100), expecting(100))
    const alone = await claim(builder.stores, 10)
    expect(alone).toMatchObject([{ taskId: first!.id }])
    expect(await claim(builder.stores, 10)).toEqual([])
    await end(alone)
    expect(await claim(builder.stores, 10)).toMatchObject([{ taskId: second!.id }])
  })
})

describe('what somebody else holds', () => {
  it.each([
    ['lane', 'select 1 from lane for update'],
    ['host', 'select 1 from host_state for update'],
    ['task', 'select 1 from task for update'],
  ])('a %s is left alone without waiting', async (_, lock) => {
    await builder.task(await newSession(), { host: 'a.example.com' })
    await rest('a.example.com', null)
    await builder.database.transaction(async (tx) => {
      await tx.many(lock)
      expect(await claimOnce(builder.stores, 10)).toEqual({ leases: [], hasMore: true })
    })
    expect(await claim(builder.stores, 10)).toHaveLength(1)
  })
})

describe('eight dispatchers', () => {
  it('together exceed no cap of tenants, sessions or hosts in 3,000 claims', async () => {
    const total = 3000
    // More tenants than one dispatcher locks at once, so that several of them meet at a host.
    for (let tenant = 0; tenant < 150; tenant++) {
      const tenantId = await builder.tenant({ cap: 3 + (tenant % 3) })
      const session = await builder.session(tenantId, { ...wide, httpMaximumConnectionsPerHost: 2 })
      const hosts = ['a.example.com', 'b.example.com', 'c.example.com']
      await builder.tasks(session, ...Array.from({ length: total / 150 }, (_, n) => ({ host: hosts[n % 3]! })))
    }
    const flying = "t.state in ('dispatched', 'running', 'completing')"
    const over: unknown[] = []
    const watch = async () =>
      over.push(
        ...(await builder.database.many(
          `select 'tenant' as what, count(*) from task t join lane l using (tenant_id) where ${flying}
             group by t.tenant_id, l.cap having count(*) > l.cap
           union all select 'host', count(*) from task t where ${flying} group by t.host having count(*) > $1
           union all select 'session', count(*) from task t join session s on s.id = t.session_id where ${flying}
             group by t.session_id, t.host, s.configuration
             having count(*) > (s.configuration->>'httpMaximumConnectionsPerHost')::int`,
          [connectionsPerHost],
        )),
      )
    const claimed: string[] = []
    let fullest = 0
    const dispatcher = async () => {
      const stores = builder.otherProcess()
      let inHand: Lease[] = []
      while (claimed.length < total) {
        const leases = await claim(stores, 50)
        claimed.push(...leases.map(({ taskId }) => taskId))
        await watch()
        fullest = Math.max(fullest, await builder.stores.dispatch.countDispatched())
        // What was claimed stays in flight until the next claim, so that excess would be seen.
        await end(inHand)
        inHand = leases
      }
    }
    await Promise.all(Array.from({ length: 8 }, dispatcher))
    expect(over).toEqual([])
    expect(new Set(claimed).size).toBe(total)
    expect(claimed).toHaveLength(total)
    expect(fullest).toBeGreaterThan(connectionsPerHost)
  })
})

describe('tasks with a begin date', () => {
  it('become due though another tenant has more of an earlier date than one round marks', async () => {
    const crowd = await newSession()
    for (let batch = 0; batch < 3; batch++) await builder.tasks(crowd, ...many(1000))
    const other = await newSession()
    const task = await builder.task(other)
    await builder.database.run(
      "update task set due = false, ready_at = clock_timestamp() - interval '1 s' where tenant_id = $1",
      [crowd.tenantId],
    )
    await builder.database.run(
      "update task set due = false, ready_at = clock_timestamp() - interval '1 ms' where id = $1",
      [task.id],
    )
    const claimed = await claim(builder.stores, 10)
    expect(claimed.map(({ taskId }) => taskId)).toContain(task.id)
    expect(claimed).toHaveLength(10)
  })
})

describe('lanes', () => {
  it('that are locked already are not met again, though they may have moved behind others', async () => {
    const session = await newSession()
    await builder.task(session)
    const { tenantId } = session
    const room = { slots: 1, reserve: 0, spare: 1 }
    await builder.database.transaction(async (tx) => {
      expect((await lockTenantQueues(tx, room, beforeAllQueues, [])).queues).toMatchObject([{ tenantId }])
      expect((await lockTenantQueues(tx, room, beforeAllQueues, [tenantId])).queues).toEqual([])
    })
  })
})
