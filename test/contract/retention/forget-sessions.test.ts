import { expect, it } from 'vitest'
import { createLanes } from '#support/builders/lanes.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()
const run = (sql: string, ...params: unknown[]) => builder.database.run(sql, params)

const finish = ({ tenantId, identifier }: BuiltSession) =>
  builder.stores.sessions.invalidateSession(tenantId, identifier, 'finish')
const invalidatedBefore = (days: number) =>
  run('update session set invalidated_at = clock_timestamp() - make_interval(days => $1)', days)
const forget = () => builder.stores.retention.forgetSessions()

async function rows(): Promise<Record<string, number>> {
  return (await builder.database.first(
    `select (select count(*) from session)::int as session, (select count(*) from wake)::int as wake,
       (select count(*) from delivery_lane)::int as lane`,
  ))!
}

/** A session that has ended, whose wake was completed. */
async function invalidated(): Promise<BuiltSession> {
  const session = await createLanes(builder).woken()
  await finish(session)
  await builder.deliver(session)
  await builder.stores.sessions.invalidateSessions()
  await builder.deliver(session)
  expect(await builder.database.many('select state from session')).toEqual([{ state: 'invalidated' }])
  return session
}
const withoutTasks = () => run('delete from task')
const withoutEvents = async () => {
  await run('delete from delivery')
  await run('delete from event')
}

it('a session that was invalidated thirty days ago goes with its wakes and delivery lanes', async () => {
  const { tenantId, identifier } = await invalidated()
  await withoutTasks()
  await withoutEvents()
  await invalidatedBefore(29)
  expect(await forget()).toBe(0)
  expect(await rows()).toEqual({ session: 1, wake: 1, lane: 1 })
  await invalidatedBefore(30)
  expect(await forget()).toBe(1)
  expect(await rows()).toEqual({ session: 0, wake: 0, lane: 0 })
  expect(await builder.stores.sessions.findSession(tenantId, identifier)).toBeNull()
})

it.each([
  ['a task', withoutEvents],
  ['an event', withoutTasks],
])('a session that still has %s stays', async (_, without) => {
  await invalidated()
  await without()
  await invalidatedBefore(40)
  expect(await forget()).toBe(0)
  expect(await rows()).toEqual({ session: 1, wake: 1, lane: 1 })
})

it('a session that was not invalidated stays, however long it has been empty', async () => {
  await builder.session()
  await run("update session set created_at = created_at - interval '1 year'")
  expect(await forget()).toBe(0)
})

it('sessions that go are found behind any number of those that stay, by several sweepers at once', async () => {
  const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
  await builder.stores.tasks.cancelTask(session.tenantId, (await builder.task(session)).id)
  await finish(session)
  await builder.stores.sessions.invalidateSessions()
  await run(
    `with more as (
       insert into session select (jsonb_populate_record(s, jsonb_build_object('id', s.id || n))).*
       from session s, generate_series(1, 250) n returning id
     )
     insert into task select (jsonb_populate_record(t, jsonb_build_object('id', t.id || more.id, 'session_id', more.id))).*
     from task t, more`,
  )
  await invalidatedBefore(50)
  const other = await builder.session(undefined, { delegate: { kind: 'pull' } })
  await finish(other)
  await builder.stores.sessions.invalidateSessions()
  await run('delete from event where session_id = $1', other.id)
  await run("update session set invalidated_at = clock_timestamp() - interval '40 days' where id = $1", other.id)
  const sweepers = [builder.stores, builder.otherProcess()]
  let forgotten = 0
  for (let sweep = 0; sweep < 3; sweep++) {
    const each = await Promise.all(sweepers.map(({ retention }) => retention.forgetSessions()))
    forgotten += each.reduce((sum, one) => sum + one, 0)
  }
  expect(forgotten).toBe(1)
  expect(await rows()).toMatchObject({ session: 251 })
})
