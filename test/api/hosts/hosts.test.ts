import { beforeAll, describe, expect, it } from 'vitest'
import type { HostOutcome } from '#core/hosts/rules/host-health.ts'
import { newSession, newTask } from '#support/builders/api-fixtures.ts'
import { claim } from '#support/builders/claim.ts'
import { failure } from '#support/builders/store-builder.ts'
import type { TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()
let tenant: TestTenant
let session: string
beforeAll(async () => {
  tenant = await api.tenant()
  session = await newSession(tenant)
})

const read = (host: string, by = tenant) => by.call('GET', `/v1/hosts/${encodeURIComponent(host)}`)
async function fail(url: string, hostOutcome: HostOutcome, by = tenant, into = session): Promise<void> {
  const id = await newTask(by, into, { url })
  const leases = await claim(api.stores, 1_000)
  const lease = leases.find(({ taskId }) => taskId === id)!
  for (const other of leases) if (other !== lease) await api.stores.transfers.giveBack(other, 0)
  await api.stores.transfers.beginTransfer(lease, 'worker')
  expect(await api.stores.transfers.failAttempt(lease, failure(3_600_000, { hostOutcome }))).toBe(true)
}
const refused: HostOutcome = { kind: 'unreachable', errorName: 'cannotConnectToHost', scheme: 'https' }

describe('a host', () => {
  it('is healthy until something happens, with the counts of the tenant alone', async () => {
    await newTask(tenant, session, { url: 'https://quiet.example.com/a' })
    const other = await api.tenant()
    await newTask(other, await newSession(other), { url: 'https://quiet.example.com/b' })
    expect((await read('quiet.example.com')).json).toEqual({
      host: 'quiet.example.com',
      state: 'healthy',
      blockedUntil: null,
      downSince: null,
      reason: null,
      decidedAt: null,
      bytesPerSecond: null,
      singleConnectionUntil: null,
      connections: { yours: 0, limit: 64 },
      waitingTasks: 1,
    })
  })

  it('says who is to wait until when, and why, to everybody who goes there', async () => {
    const other = await api.tenant()
    await newTask(other, await newSession(other), { url: 'https://busy.example.com/b' })
    await fail('https://busy.example.com/a', { kind: 'slowDown', status: 503, retryAfterSeconds: 600 })
    await api.stores.hosts.measureHost('busy.example.com', 2_000_000, 0)
    const { json } = await read('busy.example.com', other)
    expect(json).toMatchObject({
      state: 'backingOff',
      reason: '503 with Retry-After: 600 s',
      bytesPerSecond: 2_000_000,
      connections: { yours: 0 },
      waitingTasks: 1,
    })
    expect(Date.parse(json.blockedUntil) - Date.parse(json.decidedAt)).toBe(600_000)
    expect((await read('busy.example.com')).json).toMatchObject({ blockedUntil: json.blockedUntil, waitingTasks: 1 })
  })

  it('says until when a download has one connection there, while that is so', async () => {
    const id = await newTask(tenant, session, { url: 'https://single.example.com/' })
    const leases = await claim(api.stores, 1_000)
    const lease = leases.find(({ taskId }) => taskId === id)!
    await api.stores.transfers.beginTransfer(lease, 'worker')
    await api.stores.transfers.noteSecondRefused(lease, 'single.example.com')
    for (const each of leases) await api.stores.transfers.giveBack(each, 0)
    const { json } = await read('single.example.com')
    const [row] = await api.database.many<{ until: Date; leftMs: number }>(
      `select single_connection_until as until,
         extract(epoch from single_connection_until - clock_timestamp())::float8 * 1000 as left_ms
       from host_state where host = 'single.example.com'`,
    )
    expect(json).toMatchObject({ state: 'healthy', singleConnectionUntil: row!.until.toISOString() })
    expect(row!.leftMs).toBeGreaterThan(0)
    await api.database.run(
      "update host_state set single_connection_until = clock_timestamp() where host = 'single.example.com'",
    )
    expect((await read('single.example.com')).json).toMatchObject({ singleConnectionUntil: null })
  })

  it('whose circuit is open, and half open afterwards', async () => {
    for (let count = 0; count < 5; count++) await fail('https://down.example.com/', refused)
    const { json } = await read('down.example.com')
    const reason = '5 connections in a row failed: cannotConnectToHost'
    expect(json).toMatchObject({ state: 'circuitOpen', reason, waitingTasks: 5 })
    expect(Date.parse(json.downSince)).toBeLessThanOrEqual(Date.parse(json.decidedAt))
    await api.database.run(
      "update host_state set blocked_until = clock_timestamp() - interval '1 ms' where host = 'down.example.com'",
    )
    expect((await read('down.example.com')).json).toMatchObject({ state: 'halfOpen', blockedUntil: null, reason })
  })

  it('is found in any case, with its port, and for http too', async () => {
    await newTask(tenant, session, { url: 'http://Mixed.example.com:8080/' })
    expect((await read('MIXED.Example.com:8080')).json.host).toBe('mixed.example.com:8080')
    expect((await read('mixed.example.com')).status).toBe(404)
    await newTask(tenant, session, { url: 'http://plain.example.com:80/' })
    expect((await read('plain.example.com')).status).toBe(200)
  })

  it('is there for a task that has ended too', async () => {
    const id = await newTask(tenant, session, { url: 'https://ended.example.com/' })
    await tenant.call('POST', `/v1/tasks/${id}/cancel`)
    expect((await read('ended.example.com')).json).toMatchObject({ waitingTasks: 0, connections: { yours: 0 } })
  })
})

describe('the list of hosts', () => {
  it('has those of the tenant by their names, page by page, and those apart that are not well', async () => {
    const owner = await api.tenant()
    const into = await newSession(owner)
    for (const name of ['c.example.com', 'a.example.com', 'a.example.com', 'b.example.com:8443'])
      await newTask(owner, into, { url: `https://${name}` })
    await fail('https://rests.example.com', { kind: 'slowDown', status: 503, retryAfterSeconds: 600 }, owner, into)
    const list = async (query: string) => (await owner.call('GET', `/v1/hosts?${query}`)).json
    const names = async (query: string) => (await list(query)).data.map(({ host }: { host: string }) => host)
    expect(await names('')).toEqual(['a.example.com', 'b.example.com:8443', 'c.example.com', 'rests.example.com'])
    expect(await names('healthy=true')).toEqual(['a.example.com', 'b.example.com:8443', 'c.example.com'])
    expect(await names('healthy=false')).toEqual(['rests.example.com'])
    const first = await list('limit=2')
    expect(first.data[0]).toEqual((await read('a.example.com', owner)).json)
    expect(first.data[0]).toMatchObject({ waitingTasks: 2 })
    expect(await names(`limit=2&cursor=${first.nextCursor}`)).toEqual(['c.example.com', 'rests.example.com'])
    expect((await list(`limit=2&cursor=${first.nextCursor}`)).nextCursor).toBeNull()
    expect((await owner.call('GET', '/v1/hosts?healthy=perhaps')).status).toBe(400)
  })

  it('has none of a host that only others use', async () => {
    const other = await api.tenant()
    await fail(
      'https://theirs.example.com',
      { kind: 'slowDown', status: 503, retryAfterSeconds: 60 },
      other,
      await newSession(other),
    )
    for (const query of ['', 'healthy=false'])
      expect((await (await api.tenant()).call('GET', `/v1/hosts?${query}`)).json.data).toEqual([])
  })
})

describe('nobody learns what others use', () => {
  it('a host without a task of the tenant is not there, whatever is known of it', async () => {
    const other = await api.tenant()
    const theirs = await newSession(other)
    await fail('https://secret.example.com/', { kind: 'slowDown', status: 503, retryAfterSeconds: 60 }, other, theirs)
    const [known, unknown] = [await read('secret.example.com'), await read('never-heard-of.example.com')]
    expect([known.status, unknown.status]).toEqual([404, 404])
    const { requestId: _one, instance: _at, ...problem } = known.json
    expect(unknown.json).toMatchObject(problem)
  })

  it.each(['a b', 'a/b', '%00', 'user@a.example.com', 'a'.repeat(301), '{host}', '..'])(
    'and %j is not there either',
    async (host) => expect((await read(host)).status).toBe(404),
  )
})
