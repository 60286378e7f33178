import { describe, expect, it } from 'vitest'
import { generationKey } from '#core/transfers/download-request.ts'
import { claim } from '#support/builders/claim.ts'
import { type BuiltSession, facts, failure, part, storedFile, transfer } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()

const pull = { delegate: { kind: 'pull' } } as const
const many = (count: number) => Array.from({ length: count }, () => ({}))

/** A pull session of a new tenant with tasks, a thousand a call. */
async function tenantWith(count: number, lane: { cap?: number; weight?: number } = {}): Promise<BuiltSession> {
  const session = await builder.session(await builder.tenant(lane), pull)
  for (let left = count; left > 0; left -= 1000) await builder.tasks(session, ...many(Math.min(left, 1000)))
  return session
}

const rowOf = (taskId: string) => builder.database.first('select * from task where id = $1', [taskId])
const endLeases = () => builder.database.run("update task set lease_until = clock_timestamp() - interval '1 ms'")

describe('the reaper', () => {
  it.each(['dispatched', 'running', 'completing'])(
    'returns a task whose lease ended while it was %s, fenced and not charged',
    async (state) => {
      const session = await builder.session(undefined, pull)
      const { id, tenantId } = await builder.task(session)
      const lease = await builder.claim(id)
      if (state !== 'dispatched') await builder.stores.transfers.beginTransfer(lease, 'wrk_1')
      if (state === 'completing') await builder.stores.transfers.finalizeTransfer(lease, transfer(1), facts)
      expect(await builder.stores.transfers.reap()).toBe(0)
      await endLeases()
      expect(await builder.stores.transfers.reap()).toBe(1)
      const task = await builder.stores.tasks.findTask(tenantId, id)
      expect(task).toMatchObject({ state: 'waiting', epoch: lease.epoch + 1, attempts: 0 })
      const again = await builder.claim(id)
      expect(again.epoch).toBe(lease.epoch + 2)
      expect((await builder.stores.transfers.beginTransfer(again, 'wrk_2'))?.transfer ?? null).toEqual(
        state === 'completing' ? transfer(1) : null,
      )
    },
  )

  it.each(['dispatched', 'running'])(
    'notes the object that a worker may have stored while its task was %s: a crash of the database may have taken its record back',
    async (state) => {
      const task = await builder.task(await builder.session(undefined, pull))
      const lease = await builder.claim(task.id)
      if (state === 'running') await builder.stores.transfers.beginTransfer(lease, 'wrk_1')
      await endLeases()
      await builder.stores.transfers.reap()
      const garbage = [{ key: generationKey(task, lease.epoch), uploadId: null }]
      expect(await rowOf(task.id)).toMatchObject({ garbage })
      // Not while the task may store at another key: sweepers take those of ended tasks.
      expect(await builder.stores.files.leaseOrphans()).toEqual([])
    },
  )

  it('notes no object that the next epoch goes on with', async () => {
    const { id } = await builder.task(await builder.session(undefined, pull))
    const { lease, job } = await builder.begin(id)
    await builder.stores.transfers.finalizeTransfer(
      lease,
      transfer(1, { key: generationKey(job.task, lease.epoch) }),
      facts,
    )
    await endLeases()
    await builder.stores.transfers.reap()
    expect(await rowOf(id)).toMatchObject({ state: 'waiting', garbage: null })
  })

  it('notes at most a hundred objects of a task', async () => {
    const { id } = await builder.task(await builder.session(undefined, pull))
    for (let n = 0; n < 102; n++) {
      await builder.claim(id)
      await endLeases()
      await builder.stores.transfers.reap()
    }
    const { garbage } = (await rowOf(id)) as { garbage: unknown[] }
    expect(garbage).toHaveLength(100)
  })

  it("nothing that a stale epoch's worker says changes anything", async () => {
    const session = await builder.session(undefined, pull)
    const { id } = await builder.task(session)
    const { lease: stale } = await builder.begin(id)
    await builder.stores.transfers.startGeneration(stale, transfer(1), facts)
    await builder.stores.transfers.recordPart(stale, 1, part(1))
    await endLeases()
    await builder.stores.transfers.reap()
    const { stores } = builder
    const everything = async () => ({
      task: await rowOf(id),
      parts: await builder.database.many('select * from transfer_part'),
      events: await builder.database.many('select * from event'),
    })
    const verbs: [string, () => Promise<unknown>, unknown][] = [
      ['begin', () => stores.transfers.beginTransfer(stale, 'wrk_1'), null],
      [
        'renew',
        () => stores.transfers.renewLease(stale, { bytesReceived: 1, bytesExpected: 2, bytesPerSecond: 3 }),
        null,
      ],
      ['start a generation', () => stores.transfers.startGeneration(stale, transfer(2), facts), false],
      ['record an upload', () => stores.transfers.recordUpload(stale, { key: 'k', uploadId: 'upload-9' }), false],
      ['record a part', () => stores.transfers.recordPart(stale, 1, part(2)), false],
      ['finalize', () => stores.transfers.finalizeTransfer(stale, transfer(1), facts), false],
      ['complete', () => stores.transfers.completeTask(stale, storedFile(id), session.id), false],
      ['fail', () => stores.transfers.failAttempt(stale, failure(null)), false],
      ['retry', () => stores.transfers.failAttempt(stale, failure(1000)), false],
      ['give back', () => stores.transfers.giveBack(stale, 0), false],
    ]
    // In every state that the next epoch can be in.
    const steps: (() => Promise<unknown>)[] = [
      async () => undefined,
      () => builder.begin(id).then(({ lease }) => stores.transfers.recordPart(lease, 1, part(1))),
      () => stores.transfers.finalizeTransfer({ taskId: id, epoch: stale.epoch + 2 }, transfer(1), facts),
      () => stores.transfers.completeTask({ taskId: id, epoch: stale.epoch + 2 }, storedFile(id), session.id),
    ]
    for (const step of steps) {
      await step()
      const before = await everything()
      for (const [name, verb, outcome] of verbs) {
        expect({ [name]: await verb() }).toEqual({ [name]: outcome })
        expect({ [name]: await everything() }).toEqual({ [name]: before })
      }
    }
    expect(await rowOf(id)).toMatchObject({ state: 'completed' })
  })

  it.each(['suspendTask', 'cancelTask'] as const)('%s takes the task out of its worker’s hands', async (interrupt) => {
    const session = await builder.session(undefined, pull)
    const { id, tenantId } = await builder.task(session)
    const { lease } = await builder.begin(id)
    await builder.stores.tasks[interrupt](tenantId, id)
    const progress = { bytesReceived: 1, bytesExpected: 2, bytesPerSecond: 3 }
    expect(await builder.stores.transfers.renewLease(lease, progress)).toBeNull()
    expect(await builder.stores.transfers.completeTask(lease, storedFile(id), session.id)).toBe(false)
  })

  it.each(['waiting', 'dispatched', 'running'])(
    'fails a %s task whose deadline has passed, as timed out',
    async (state) => {
      const session = await builder.session(undefined, pull)
      const { id, tenantId } = await builder.task(session)
      const lease = state === 'waiting' ? null : await builder.claim(id)
      if (lease && state === 'running') await builder.stores.transfers.beginTransfer(lease, 'wrk_1')
      await builder.database.run("update task set deadline = clock_timestamp() - interval '1 ms' where id = $1", [id])
      expect(await builder.stores.transfers.reap()).toBe(1)
      const task = (await builder.stores.tasks.findTask(tenantId, id))!
      expect(task).toMatchObject({ state: 'failed', error: { name: 'timedOut', code: -1001, retriable: true } })
      // Only what was begun was an attempt.
      expect(task.attempts).toBe(state === 'running' ? 1 : 0)
      const { data } = await builder.stores.events.listEvents(tenantId, {}, { limit: 10 })
      expect(data.map(({ type }) => type)).toEqual(['task.completed'])
      if (lease) expect(await builder.stores.transfers.completeTask(lease, storedFile(id), session.id)).toBe(false)
    },
  )

  it('leaves a task alone that is completing when its deadline passes', async () => {
    const session = await builder.session(undefined, pull)
    const { id } = await builder.task(session)
    const { lease } = await builder.begin(id)
    await builder.stores.transfers.finalizeTransfer(lease, transfer(1), facts)
    await builder.database.run("update task set deadline = clock_timestamp() - interval '1 ms' where id = $1", [id])
    expect(await builder.stores.transfers.reap()).toBe(0)
    expect(await builder.stores.transfers.completeTask(lease, storedFile(id), session.id)).toBe(true)
  })

  it('several reapers at once return and fail each task once', async () => {
    const session = await tenantWith(200)
    await claim(builder.stores, 200)
    await endLeases()
    await builder.database.run(
      "update task set deadline = clock_timestamp() - interval '1 ms' where task_identifier % 10 = 0",
    )
    await Promise.all(Array.from({ length: 5 }, () => builder.otherProcess().transfers.reap()))
    await builder.stores.transfers.reap()
    expect(await builder.stores.tasks.countTasks(session.tenantId)).toMatchObject({ waiting: 180, failed: 20 })
    const epochs = await builder.database.many("select distinct epoch from task where state = 'waiting'")
    expect(epochs).toEqual([{ epoch: 2 }])
    const { data } = await builder.stores.events.listEvents(session.tenantId, {}, { limit: 100 })
    expect(data).toHaveLength(20)
  })
})
