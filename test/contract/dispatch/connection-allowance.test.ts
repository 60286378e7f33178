import { describe, expect, it } from 'vitest'
import { connectionsPerHost } from '#core/dispatch/rules/capacity.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

let hosts = 0
/** Running tasks at one host, each of its own session unless they share one. */
const running = async (count: number, { cap = 100, session }: { cap?: number; session?: BuiltSession } = {}) => {
  const host = `many-${hosts++}.example.com`
  const given = session ?? (await builder.session(undefined, { httpMaximumConnectionsPerHost: cap }))
  const tasks = await builder.tasks(given, ...Array.from({ length: count }, () => ({ host })))
  const leases = []
  for (const { id } of tasks) leases.push((await builder.begin(id)).lease)
  return { host, session: given, leases, tasks }
}
const use = (lease: { taskId: string; epoch: number }, wanted: number) =>
  builder.stores.transfers.useConnections(lease, wanted)

describe('the connections of a running task', () => {
  it('are as many as it wants, within the cap of its session, over all of its tasks', async () => {
    const { leases } = await running(2, { cap: 6 })
    expect(await use(leases[0]!, 3)).toBe(3)
    // The other one has three and its first.
    expect(await use(leases[1]!, 6)).toBe(3)
    expect(await use(leases[0]!, 6)).toBe(3)
    expect(await use(leases[1]!, 1)).toBe(1)
    expect(await use(leases[0]!, 6)).toBe(5)
  })

  it('are never more than a host bears, over all sessions', async () => {
    const { host, leases } = await running(1)
    const others = await builder.session(undefined, { httpMaximumConnectionsPerHost: 100 })
    const [task] = await builder.tasks(others, { host })
    const { lease } = await builder.begin(task!.id)
    expect(await use(leases[0]!, 60)).toBe(60)
    expect(await use(lease, 60)).toBe(connectionsPerHost - 60)
  })

  it('are one while somebody waits for the host, and its first always', async () => {
    const { host, leases, session } = await running(1)
    expect(await use(leases[0]!, 4)).toBe(4)
    const [waiting] = await builder.tasks(session, { host })
    await builder.database.run('update task set due = true where id = $1', [waiting!.id])
    expect(await use(leases[0]!, 4)).toBe(1)
    await builder.begin(waiting!.id)
    expect(await use(leases[0]!, 4)).toBe(4)
  })

  it('are one while the host rests or is tried', async () => {
    const { host, leases } = await running(1)
    await builder.database.run('insert into host_state (host) values ($1) on conflict do nothing', [host])
    await builder.database.run(
      "update host_state set blocked_until = clock_timestamp() + interval '1 minute' where host = $1",
      [host],
    )
    expect(await use(leases[0]!, 4)).toBe(1)
    await builder.database.run('update host_state set blocked_until = null, half_open = true where host = $1', [host])
    expect(await use(leases[0]!, 4)).toBe(1)
    await builder.database.run('update host_state set half_open = false where host = $1', [host])
    expect(await use(leases[0]!, 4)).toBe(4)
  })

  it('are one for everybody for an hour after the host has refused a second', async () => {
    const { host, leases } = await running(2)
    expect(await use(leases[1]!, 3)).toBe(3)
    expect(await use(leases[0]!, 4)).toBe(4)
    await builder.stores.transfers.noteSecondRefused(leases[0]!, host)
    const connections = () => builder.database.first('select connections from task where id = $1', [leases[0]!.taskId])
    expect(await connections()).toEqual({ connections: 1 })
    expect(await use(leases[0]!, 4)).toBe(1)
    expect(await use(leases[1]!, 3)).toBe(1)
    // It is no pause: others begin there.
    const [next] = await builder.tasks(await builder.session(), { host })
    const { lease } = await builder.begin(next!.id)
    expect(await use(lease, 2)).toBe(1)
    const { left } = (await builder.database.first<{ left: number }>(
      `select extract(epoch from single_connection_until - clock_timestamp())::float8 as left from host_state
       where host = $1`,
      [host],
    ))!
    expect(left).toBeGreaterThan(3_500)
    expect(left).toBeLessThanOrEqual(3_600)
    await builder.database.run('update host_state set single_connection_until = clock_timestamp() where host = $1', [
      host,
    ])
    expect(await use(leases[1]!, 3)).toBe(3)
  })

  it('are one for the download alone that a redirect’s target has refused a second, or whose lease is lost', async () => {
    const { leases } = await running(2)
    const [one, other] = [leases[0]!, leases[1]!]
    await builder.stores.transfers.noteSecondRefused(one, 'elsewhere.example.com')
    await builder.stores.transfers.noteSecondRefused({ ...one, epoch: one.epoch - 1 }, 'elsewhere.example.com')
    expect(await use(other, 4)).toBe(4)
    expect(await builder.database.first("select 1 from host_state where host = 'elsewhere.example.com'")).toBeNull()
  })

  it('are counted by whoever claims, and no more when the task has ended', async () => {
    const { host, leases, session } = await running(1, { cap: 4 })
    expect(await use(leases[0]!, 4)).toBe(4)
    const [next] = await builder.tasks(session, { host })
    await expect(builder.claim(next!.id)).rejects.toThrow('was not claimed')
    await builder.complete(leases[0]!.taskId)
    await builder.claim(next!.id)
  })

  it('are nobody else’s to ask for', async () => {
    const { leases } = await running(1)
    const [lease] = leases
    expect(await use({ ...lease!, epoch: lease!.epoch - 1 }, 2)).toBeNull()
    await builder.complete(lease!.taskId)
    expect(await use(lease!, 2)).toBeNull()
  })

  it('stay within the cap when many ask at once', async () => {
    const { leases } = await running(8, { cap: 20 })
    const granted = await Promise.all(leases.map((lease) => use(lease, 6)))
    expect(granted.every((number) => number !== null && number >= 1)).toBe(true)
    const { sum } = (await builder.database.first<{ sum: number }>(
      'select sum(connections)::int as sum from task where id = any($1)',
      [leases.map(({ taskId }) => taskId)],
    ))!
    expect(sum).toBe(20)
  })
})
