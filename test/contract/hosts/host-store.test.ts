import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { HostState } from '#core/database/generated/client.ts'
import type { HostOutcome } from '#core/hosts/rules/host-health.ts'
import { type BuiltSession, failure, storedFile } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
let session: BuiltSession
let host: string
let number = 0
beforeAll(async () => {
  session = await builder.session(undefined, { delegate: { kind: 'pull' } })
})
beforeEach(() => {
  host = `origin-${++number}.example.com`
})

const stateOf = (of = host) => builder.database.first<HostState>('select * from host_state where host = $1', [of])
/** Another one after each write, and each lock of the row. */
const version = async () =>
  (await builder.database.first<{ version: string }>(
    'select xmin::text || xmax::text as version from host_state where host = $1',
    [host],
  ))!.version
const refused: HostOutcome = { kind: 'unreachable', errorName: 'cannotConnectToHost', scheme: 'https' }
const asked = (retryAfterSeconds: number): HostOutcome => ({ kind: 'slowDown', status: 503, retryAfterSeconds })

/** One attempt of a new task at the host. */
async function attempt(hostOutcome: HostOutcome, retryInMs: number | null = 60_000): Promise<boolean> {
  const { id } = await builder.task(session, { host })
  const { lease } = await builder.begin(id)
  return builder.stores.transfers.failAttempt(lease, failure(retryInMs, { hostOutcome }))
}
async function success(): Promise<void> {
  const { id } = await builder.task(session, { host })
  await builder.complete(id)
}
/** As if that much time had passed since the last decision. */
const pass = (seconds: number) =>
  builder.database.run(
    `update host_state set blocked_until = blocked_until - make_interval(secs => $2),
       decided_at = decided_at - make_interval(secs => $2) where host = $1`,
    [host, seconds],
  )

describe('a failed attempt', () => {
  it('that was asked for time blocks the host for everybody, by the clock of the database', async () => {
    expect(await attempt(asked(30))).toBe(true)
    const [row] = await builder.database.many<{ seconds: number; decided: boolean; reason: string }>(
      `select extract(epoch from blocked_until - decided_at)::float8 as seconds, reason,
         decided_at between clock_timestamp() - interval '1 minute' and clock_timestamp() as decided
       from host_state where host = $1`,
      [host],
    )
    expect(row).toEqual({ seconds: 30, decided: true, reason: '503 with Retry-After: 30 s' })
  })

  it('that was the last one counts too', async () => {
    expect(await attempt(refused, null)).toBe(true)
    expect(await stateOf()).toMatchObject({ failures: 1, blockedUntil: null })
  })

  it('opens the circuit as the fifth in a row, over all tenants', async () => {
    for (let count = 0; count < 4; count++) await attempt(refused)
    const other = await builder.session(undefined, { delegate: { kind: 'pull' } })
    const { id } = await builder.task(other, { host })
    const { lease } = await builder.begin(id)
    expect(await stateOf()).toMatchObject({ failures: 4, halfOpen: false })
    await builder.stores.transfers.failAttempt(lease, failure(1_000, { hostOutcome: refused }))
    expect(await stateOf()).toMatchObject({ failures: 5, halfOpen: true })
  })

  it('charges no other task that waits for the host', async () => {
    const waiting = await builder.task(session, { host, earliestBeginDate: new Date(Date.now() + 60_000) })
    for (let count = 0; count < 5; count++) await attempt(refused)
    expect(await builder.find(waiting)).toMatchObject({ state: 'waiting', attempts: 0, suspectFailures: 0 })
  })

  it('says nothing when the lease is lost', async () => {
    const { id } = await builder.task(session, { host })
    const { lease } = await builder.begin(id)
    const stale = { ...lease, epoch: lease.epoch - 1 }
    expect(await builder.stores.transfers.failAttempt(stale, failure(1_000, { hostOutcome: asked(30) }))).toBe(false)
    expect(await builder.stores.transfers.failAttempt(stale, failure(null, { hostOutcome: asked(30) }))).toBe(false)
    expect((await stateOf())?.reason ?? null).toBeNull()
  })

  it('is counted once each, however many end at the same time', async () => {
    const tasks = await builder.tasks(session, { host }, { host }, { host }, { host })
    const leases = []
    for (const { id } of tasks) leases.push((await builder.begin(id)).lease)
    await Promise.all(
      leases.map((lease) => builder.stores.transfers.failAttempt(lease, failure(1_000, { hostOutcome: refused }))),
    )
    expect(await stateOf()).toMatchObject({ failures: 4, halfOpen: false })
  })
})

describe('a success', () => {
  it('writes nothing about a host that is well, and locks nothing', async () => {
    await success()
    expect((await stateOf())?.reason ?? null).toBeNull()
    await attempt(refused)
    await success()
    const { id } = await builder.task(session, { host })
    await builder.begin(id)
    const before = await version()
    await builder.complete(id)
    expect(await version()).toBe(before)
  })

  it('begins the counting anew and closes the circuit', async () => {
    for (let count = 0; count < 5; count++) await attempt(refused)
    await pass(31)
    await success()
    expect(await stateOf()).toMatchObject({
      failures: 0,
      halfOpen: false,
      blockedUntil: null,
      downSince: null,
      fault: null,
      faultScheme: null,
      reason: 'it answered again',
    })
  })

  it('leaves the host the time that it asked for', async () => {
    const { id } = await builder.task(session, { host })
    await builder.begin(id)
    await attempt(asked(3_600))
    const before = await version()
    await builder.complete(id)
    expect(await version()).toBe(before)
  })

  it('is what any usable answer is', async () => {
    await attempt(refused)
    await attempt({ kind: 'answered' }, null)
    expect(await stateOf()).toMatchObject({ failures: 0 })
  })

  it('of a 503 that was stored as a file is none', async () => {
    await attempt(refused)
    const { id } = await builder.task(session, { host })
    const { lease } = await builder.begin(id)
    const file = storedFile(id)
    file.facts = { ...file.facts, response: { ...file.facts.response, status: 503 } }
    expect(await builder.stores.transfers.completeTask(lease, file, session.id)).toBe(true)
    expect(await stateOf()).toMatchObject({ failures: 1 })
  })
})

describe('an attempt that is given back', () => {
  const answered: HostOutcome = { kind: 'answered' }

  it('closes the circuit if the host has answered, in the transaction that gives it back', async () => {
    for (let count = 0; count < 5; count++) await attempt(refused)
    await pass(31)
    const { id } = await builder.task(session, { host })
    const { lease } = await builder.begin(id)
    const stale = { ...lease, epoch: lease.epoch - 1 }
    expect(await builder.stores.transfers.giveBack(stale, 0, answered)).toBe(false)
    expect(await stateOf()).toMatchObject({ failures: 5, halfOpen: true })
    expect(await builder.stores.transfers.giveBack(lease, 0, answered)).toBe(true)
    expect(await stateOf()).toMatchObject({ failures: 0, halfOpen: false, blockedUntil: null })
  })

  it('says nothing of the host otherwise', async () => {
    for (let count = 0; count < 5; count++) await attempt(refused)
    await pass(31)
    const { id } = await builder.task(session, { host })
    const { lease } = await builder.begin(id)
    expect(await builder.stores.transfers.giveBack(lease, 0)).toBe(true)
    expect(await stateOf()).toMatchObject({ failures: 5, halfOpen: true })
  })
})

describe('the rate of a host', () => {
  it('is the first measurement, then smoothed, from each process every few seconds', async () => {
    await builder.stores.hosts.measureHost(host, 1_000_000, 0)
    await builder.stores.hosts.measureHost(host, 9_000_000, 4_999)
    expect(await stateOf()).toMatchObject({ bytesPerSecond: 1_000_000, reason: null })
    await builder.stores.hosts.measureHost(host, 2_000_000, 5_000)
    expect(await stateOf()).toMatchObject({ bytesPerSecond: 1_250_000 })
    await builder.otherProcess().hosts.measureHost(host, 1_250_000, 0)
    expect(await stateOf()).toMatchObject({ bytesPerSecond: 1_250_000 })
  })

  it('leaves what was decided alone', async () => {
    await attempt(asked(60))
    const before = await stateOf()
    await builder.stores.hosts.measureHost(host, 1_000_000, 0)
    expect(await stateOf()).toEqual({ ...before, bytesPerSecond: 1_000_000 })
  })
})

describe('a host that nobody needs', () => {
  it('is forgotten after a day', async () => {
    await attempt(refused, null)
    await builder.stores.hosts.forgetHosts()
    expect(await stateOf()).not.toBeNull()
    await pass(86_401)
    await builder.stores.hosts.forgetHosts()
    expect(await stateOf()).toBeNull()
  })

  it('is kept while it is remembered for refusing a second connection', async () => {
    await success()
    await builder.database.run(
      "update host_state set single_connection_until = clock_timestamp() + interval '1 minute' where host = $1",
      [host],
    )
    await builder.stores.hosts.forgetHosts()
    expect(await stateOf()).not.toBeNull()
    await builder.database.run('update host_state set single_connection_until = clock_timestamp() where host = $1', [
      host,
    ])
    await builder.stores.hosts.forgetHosts()
    expect(await stateOf()).toBeNull()
  })

  it('is kept while a task for it has not ended, and while it is blocked', async () => {
    await attempt(refused, 60_000)
    await pass(86_401)
    const waitedFor = host
    host = 'blocked.example.com'
    await attempt(asked(86_400), null)
    await builder.database.run("update host_state set decided_at = decided_at - interval '2 days' where host = $1", [
      host,
    ])
    await builder.stores.hosts.forgetHosts()
    expect(await stateOf(waitedFor)).not.toBeNull()
    expect(await stateOf()).not.toBeNull()
  })
})

describe('what a tenant reads of a host', () => {
  it("is everybody's state and its own tasks", async () => {
    const tenantId = await builder.tenant()
    const own = await builder.session(tenantId, { delegate: { kind: 'pull' } })
    const [first] = await builder.tasks(own, { host }, { host, earliestBeginDate: new Date(Date.now() + 60_000) })
    await builder.begin(first!.id)
    await builder.task(session, { host })
    await builder.stores.hosts.measureHost(host, 1_000_000, 0)
    expect(await builder.stores.hosts.readHost(tenantId, host)).toMatchObject({
      health: { blockedUntilMs: null, halfOpen: false, failures: 0, reason: null },
      bytesPerSecond: 1_000_000,
      singleConnectionUntilMs: null,
      connections: 1,
      waitingTasks: 1,
    })
  })

  it('is there for a host without a state, and not for one without a task', async () => {
    await builder.task(session, { host })
    expect(await builder.stores.hosts.readHost(session.tenantId, host)).toMatchObject({
      bytesPerSecond: null,
      singleConnectionUntilMs: null,
      waitingTasks: 1,
    })
    expect(await builder.stores.hosts.readHost(await builder.tenant(), host)).toBeNull()
  })
})
