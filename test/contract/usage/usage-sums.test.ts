import { expect, test } from 'vitest'
import { readUsage } from '#core/usage/read-usage.ts'
import { expectUsageAgrees } from '#support/assertions/usage-totals.ts'
import { randomFrom } from '#support/builders/random-verbs.ts'
import { failure, storedFile } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

/** What the tenant's events say: ends by state, and the bytes of all ends. */
async function tellsOf(tenantId: string) {
  const { data } = await builder.stores.events.listEvents(tenantId, {}, { limit: 1000 })
  const ends = data.flatMap(({ type, data: { task } }) =>
    type === 'task.completed' ? [task as { state: string; progress: { countOfBytesReceived: number } }] : [],
  )
  const count = (state: string) => ends.filter((end) => end.state === state).length
  return {
    tasksCompleted: count('completed'),
    tasksFailed: count('failed'),
    tasksCanceled: count('canceled'),
    bytesReceived: ends.reduce((sum, { progress }) => sum + progress.countOfBytesReceived, 0),
    wakes: data.filter(({ type }) => type === 'session.wake').length,
  }
}

test('a run of creations, ends, expiries, wakes and deliveries sums up to what its events say, to the byte', async () => {
  const random = randomFrom(Number(process.env.BACKHAUL_TEST_SEED ?? 13))
  const { stores, database } = builder
  const session = await builder.session(undefined, { fileLeaseSeconds: 1 })
  const { tenantId } = session
  const created = await builder.tasks(session, ...Array.from({ length: 60 }, () => ({})))
  let [stored, received] = [0, 0]
  for (const { id } of created) {
    const bytes = Math.floor(random() * 1e11)
    const draw = random()
    if (draw < 0.1) continue
    if (draw < 0.2) {
      await stores.tasks.cancelTask(tenantId, id)
      continue
    }
    const { lease, job } = await builder.begin(id)
    await stores.transfers.renewLease(lease, { bytesReceived: bytes, bytesExpected: null, bytesPerSecond: null })
    received += bytes
    if (draw < 0.3) await stores.transfers.failAttempt(lease, failure(null))
    else if (draw < 0.4) await stores.tasks.cancelTask(tenantId, id)
    else {
      const { file, ...rest } = storedFile(id)
      await stores.transfers.completeTask(lease, { file: { ...file, bytes }, ...rest }, job.task.sessionId)
      if (draw > 0.7) {
        await database.run("update task set file_lease_expires_at = clock_timestamp() - interval '1 s' where id = $1", [
          id,
        ])
      } else if (draw > 0.6) await stores.files.changeFile(tenantId, id, { kind: 'release' })
      else {
        await stores.files.changeFile(tenantId, id, { kind: 'keep' })
        stored += bytes
      }
    }
  }
  await database.run('update session set wake_due_at = clock_timestamp() where id = $1', [session.id])
  await stores.wakes.openWakes()
  let failed = 0
  const sent = await builder.deliver(session, () => {
    const fails = random() < 0.1
    if (fails) failed += 1
    return fails ? 500 : 204
  })
  // Undelivered completions keep their files.
  await database.run("update delivery set state = 'succeeded' where tenant_id = $1 and state <> 'succeeded'", [
    tenantId,
  ])
  await stores.files.expireFiles()
  const { totals, data } = await readUsage({ stores, nowMs: Date.now }, tenantId, { step: 'hour' })
  const told = await tellsOf(tenantId)
  expect(told.tasksCompleted * told.tasksFailed * told.tasksCanceled * told.wakes).toBeGreaterThan(0)
  expect(told.bytesReceived).toBe(received)
  expect(totals).toMatchObject({
    ...told,
    tasksCreated: 60,
    bytesSent: 0,
    deliveryAttempts: sent.length,
    deliveryAttemptsFailed: failed,
    requests: 0,
  })
  expect(
    await database.first('select live_tasks, stored_bytes from tenant_total where tenant_id = $1', [tenantId]),
  ).toEqual({
    liveTasks: BigInt(60 - told.tasksCompleted - told.tasksFailed - told.tasksCanceled),
    storedBytes: BigInt(stored),
  })
  for (const { bytesStoredAverage } of data.slice(0, -2)) expect(bytesStoredAverage).toBe(0)
  await expectUsageAgrees(database)
})
