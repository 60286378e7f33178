import { expect, test } from 'vitest'
import { expectUsageAgrees } from '#support/assertions/usage-totals.ts'
import { createActor, randomFrom } from '#support/builders/random-verbs.ts'
import { failure } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const totalsOf = (tenantId: string) =>
  builder.database.first('select live_tasks, stored_bytes from tenant_total where tenant_id = $1', [tenantId])

test('a new tenant has nothing', async () => {
  expect(await totalsOf(await builder.tenant())).toEqual({ liveTasks: 0n, storedBytes: 0n })
})

test('created, suspended and claimed tasks are live until they end, and files count until they are released', async () => {
  const session = await builder.session()
  const [done, other, third] = await builder.tasks(session, {}, { suspended: true }, {})
  expect(await totalsOf(session.tenantId)).toEqual({ liveTasks: 3n, storedBytes: 0n })
  await builder.complete(done!.id)
  expect(await totalsOf(session.tenantId)).toEqual({ liveTasks: 2n, storedBytes: 9n })
  await builder.stores.tasks.cancelTask(session.tenantId, other!.id)
  const { lease } = await builder.begin(third!.id)
  await builder.stores.transfers.failAttempt(lease, failure(null))
  expect(await totalsOf(session.tenantId)).toEqual({ liveTasks: 0n, storedBytes: 9n })
  await builder.stores.files.changeFile(session.tenantId, done!.id, { kind: 'keep' })
  await builder.stores.files.changeFile(session.tenantId, done!.id, { kind: 'release' })
  await builder.stores.files.changeFile(session.tenantId, done!.id, { kind: 'release' })
  expect(await totalsOf(session.tenantId)).toEqual({ liveTasks: 0n, storedBytes: 0n })
  await expectUsageAgrees(builder.database)
})

test('a refused creation counts nothing', async () => {
  const session = await builder.session()
  const key = { destinationKey: 'a/b' }
  await builder.task(session, key)
  const again = builder.tasks(session, {}, key)
  await expect(again).rejects.toThrow()
  expect(await totalsOf(session.tenantId)).toEqual({ liveTasks: 1n, storedBytes: 0n })
  await expectUsageAgrees(builder.database)
})

test('eight processes that act at random leave totals that equal the rows, and usage that equals the events', async () => {
  const sessions = await Promise.all([1, 2, 3].map(() => builder.session(undefined, { fileLeaseSeconds: 1 })))
  sessions.push(await builder.session(sessions[0]!.tenantId), await builder.session(sessions[0]!.tenantId))
  const actors = Array.from({ length: 8 }, (_, n) =>
    createActor(builder, builder.otherProcess(), sessions, randomFrom(1000 + n)),
  )
  await Promise.all(
    actors.map(async (actor) => {
      for (let n = 0; n < 150; n++) await actor.step()
    }),
  )
  await actors[0]!.tick()
  const used = await builder.database.first<Record<string, number>>(
    `select sum(tasks_completed)::int as completed, sum(tasks_failed)::int as failed, sum(tasks_canceled)::int as canceled,
       sum(wakes)::int as wakes, sum(delivery_attempts)::int as attempts from usage_hour`,
  )
  for (const [name, count] of Object.entries(used!)) expect(count, name).toBeGreaterThan(0)
  await expectUsageAgrees(builder.database)
})
