import { describe, expect, it } from 'vitest'
import { makeReady } from '#support/builders/make-due.ts'
import { facts, failure, part, storedFile, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const pull = { delegate: { kind: 'pull' } } as const

/** A task that a worker has begun. */
async function begun(configuration = {}, changes = {}) {
  const session = await builder.session(undefined, { ...pull, ...configuration })
  const task = await builder.task(session, changes)
  const { lease, job } = await builder.begin(task.id)
  const again = async () => (await builder.begin(task.id)).job
  const garbage = async () => {
    const [row] = await builder.database.many<{ garbage: unknown }>('select garbage from task where id = $1', [task.id])
    return row!.garbage
  }
  const parts = () => builder.database.many('select * from transfer_part where task_id = $1', [task.id])
  return { session, task, lease, job, again, garbage, parts, find: () => builder.find(task) }
}

describe('a worker', () => {
  it('gets the task with its request and the session’s headers in clear, and how long it may take', async () => {
    const httpAdditionalHeaders = { 'X-Session': 'value' }
    const request = { url: 'https://origin.example.com/x?key=1', headers: { 'X-Task': 'other' } }
    const { job, task } = await begun({ httpAdditionalHeaders, timeoutIntervalForResource: 100 }, { request })
    expect(job).toMatchObject({
      task: { id: task.id, state: 'running', request },
      configuration: { httpAdditionalHeaders },
      transfer: null,
      parts: [],
    })
    expect(job.remainingMs).toBeLessThanOrEqual(100_000)
    expect(job.remainingMs).toBeGreaterThan(90_000)
    expect(job.task.beganAt).not.toBeNull()
  })

  it('begins a claimed task once', async () => {
    const { lease } = await begun()
    expect(await builder.stores.transfers.beginTransfer(lease, 'wrk_2')).toBeNull()
  })

  it('renews its lease and shows progress, also while the transfer is completing', async () => {
    const { task, lease, find } = await begun()
    const renew = (bytesReceived: number) =>
      builder.stores.transfers.renewLease(lease, { bytesReceived, bytesExpected: 9, bytesPerSecond: 1.5 })
    const shorten = () =>
      builder.database.run("update task set lease_until = clock_timestamp() + interval '1 s' where id = $1", [task.id])
    for (const bytesReceived of [3, 6]) {
      await shorten()
      expect(await renew(bytesReceived)).not.toBeNull()
      const [row] = await builder.database.many<{ left: number }>(
        'select extract(epoch from lease_until - clock_timestamp())::float8 as left from task where id = $1',
        [task.id],
      )
      expect(row!.left).toBeGreaterThan(13)
      // Columns round to the millisecond.
      expect(row!.left).toBeLessThan(15.001)
      expect(await find()).toMatchObject({ bytesReceived, bytesExpected: 9, bytesPerSecond: 1.5 })
      if (bytesReceived === 3) await builder.stores.transfers.finalizeTransfer(lease, transfer(lease.epoch), facts)
    }
  })
})

describe('the next epoch', () => {
  it('takes up the transfer with its parts in order, a part stored twice once', async () => {
    const { lease, again } = await begun()
    const { stores } = builder
    await stores.transfers.startGeneration(lease, transfer(1), facts)
    for (const each of [part(2), part(1), { ...part(1), receipt: 'renewed' }])
      expect(await stores.transfers.recordPart(lease, 1, each)).toBe(true)
    await stores.transfers.giveBack(lease, 0)
    const job = await again()
    expect(job.transfer).toEqual(transfer(1))
    expect(job.parts).toEqual([{ ...part(1), receipt: 'renewed' }, part(2)])
    expect(job.task).toMatchObject({ response: facts.response, currentUrl: facts.currentUrl, attempts: 0 })
  })

  it('finds what was finalized, with its parts', async () => {
    const { lease, again } = await begun()
    const finalized = transfer(1, { sealed: { bytes: 9, checksums: { crc32: 'y/Q5Jg==' }, verified: true } })
    await builder.stores.transfers.startGeneration(lease, transfer(1), facts)
    await builder.stores.transfers.recordPart(lease, 1, part(1))
    expect(await builder.stores.transfers.finalizeTransfer(lease, finalized, facts)).toBe(true)
    expect(await builder.stores.transfers.recordPart(lease, 1, part(2))).toBe(false)
    expect(await builder.stores.transfers.startGeneration(lease, transfer(2), facts)).toBe(false)
    await builder.stores.transfers.giveBack(lease, 0)
    const job = await again()
    expect(job.transfer).toEqual(finalized)
    expect(job.parts).toEqual([part(1)])
  })

  it('takes up the upload that has begun for it, and leaves a key behind where one may have begun', async () => {
    const { lease, again, garbage } = await begun()
    const { stores } = builder
    await stores.transfers.startGeneration(lease, transfer(1, { uploadId: null }), facts)
    expect(await stores.transfers.recordUpload(lease, { key: 'k', uploadId: 'upload-1' })).toBe(true)
    await stores.transfers.giveBack(lease, 0)
    const job = await again()
    expect(job.transfer).toEqual(transfer(1))
    expect(await stores.transfers.recordUpload(lease, { key: 'k', uploadId: 'upload-of-a-zombie' })).toBe(false)
    const now = { taskId: lease.taskId, epoch: job.task.epoch }
    await stores.transfers.startGeneration(now, transfer(2, { uploadId: null }), facts)
    await stores.transfers.startGeneration(now, transfer(3), facts)
    expect(await garbage()).toEqual([
      { key: 'tasks/1', uploadId: 'upload-1' },
      { key: 'tasks/2', uploadId: null },
    ])
  })

  it('a new generation forgets the parts of the one before, which becomes garbage', async () => {
    const { task, lease, garbage, parts, find } = await begun()
    await builder.stores.transfers.startGeneration(lease, transfer(1), facts)
    await builder.stores.transfers.recordPart(lease, 1, part(1))
    expect(await builder.stores.transfers.startGeneration(lease, transfer(2), facts)).toBe(true)
    expect(await builder.stores.transfers.startGeneration(lease, transfer(3, { uploadId: null }), facts)).toBe(true)
    expect(await parts()).toEqual([])
    expect(await find()).toMatchObject({ bytesReceived: 0, bytesExpected: 9 })
    const left = [1, 2].map((n) => ({ key: `tasks/${n}`, uploadId: `upload-${n}` }))
    expect(await garbage()).toEqual(left)
    await builder.stores.transfers.completeTask(lease, storedFile('x'), task.sessionId)
    expect(await garbage()).toEqual(left)
    expect((await find()).file).toMatchObject({ key: 'files/x' })
  })
})

describe('workers that come at the same time', () => {
  it('begin a task once between them, whoever shares the statement', async () => {
    const session = await builder.session(undefined, pull)
    const tasks = await builder.tasks(session, {}, {}, {})
    const leases = []
    for (const { id } of tasks) leases.push(await builder.claim(id))
    const asked = [...leases, ...leases, ...leases]
    const jobs = await Promise.all(asked.map((lease) => builder.stores.transfers.beginTransfer(lease, 'wrk_1')))
    const begun = jobs.flatMap((job) => job?.task.id ?? [])
    expect(begun.toSorted()).toEqual(tasks.map(({ id }) => id).toSorted())
  })

  it('complete all but what is not theirs any more, each with its own file and both events', async () => {
    const session = await builder.session(undefined, pull)
    const tasks = await builder.tasks(session, {}, {}, {}, {}, {})
    const leases = []
    for (const { id } of tasks) leases.push((await builder.begin(id)).lease)
    await builder.stores.transfers.giveBack(leases[3]!, 0)
    const completed = await Promise.all(
      leases.map((lease) => builder.stores.transfers.completeTask(lease, storedFile(lease.taskId), session.id)),
    )
    expect(completed).toEqual([true, true, true, false, true])
    const found = await Promise.all(tasks.map((task) => builder.find(task)))
    expect(found.map(({ file }) => file?.key ?? null)).toEqual(
      tasks.map(({ id }, n) => (n === 3 ? null : `files/${id}`)),
    )
    const events = await builder.database.many<{ taskId: string; type: string; sequence: bigint }>(
      'select task_id, type, sequence from event where session_id = $1 order by sequence',
      [session.id],
    )
    expect(events.map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    for (const { id } of tasks.filter((_, n) => n !== 3)) {
      const types = events.filter(({ taskId }) => taskId === id).map(({ type }) => type)
      expect(types).toEqual(['task.finished_downloading', 'task.completed'])
    }
  })

  it('do not fail because of one whose completion cannot be written', async () => {
    const session = await builder.session(undefined, pull)
    const tasks = await builder.tasks(session, {}, {}, {}, {})
    const leases = []
    for (const { id } of tasks) leases.push((await builder.begin(id)).lease)
    const unwritable = { ...facts, response: { ...facts.response, mimeType: 'text/\0' } }
    const completed = await Promise.allSettled(
      leases.map((lease, n) => {
        const stored = storedFile(lease.taskId)
        return builder.stores.transfers.completeTask(
          lease,
          n === 2 ? { ...stored, facts: unwritable } : stored,
          session.id,
        )
      }),
    )
    expect(completed.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    const states = (await Promise.all(tasks.map((task) => builder.find(task)))).map(({ state }) => state)
    expect(states).toEqual(['completed', 'completed', 'running', 'completed'])
  })
})

describe('a worker that has lost its task', () => {
  const left = (n: number) => ({ key: `tasks/${n}`, uploadId: null })

  it('leaves behind what is neither the file nor what the task goes on with', async () => {
    const { session, task, lease, again, garbage } = await begun()
    const { stores } = builder
    await stores.transfers.giveBack(lease, 0)
    const { epoch } = (await again()).task
    const heir = { taskId: task.id, epoch }
    await stores.transfers.startGeneration(heir, transfer(2), facts)
    await stores.transfers.recordOrphan(task.id, left(2))
    expect(await garbage()).toBeNull()
    await stores.transfers.recordOrphan(task.id, left(1))
    expect(await garbage()).toEqual([left(1)])
    await stores.transfers.finalizeTransfer(heir, transfer(2), facts)
    await stores.transfers.completeTask(heir, storedFile('2'), session.id)
    for (const each of [{ key: 'files/2', uploadId: null }, left(3)]) await stores.transfers.recordOrphan(task.id, each)
    expect(await garbage()).toEqual([left(1), left(3)])
  })

  it('leaves nothing behind when it was canceled: another task may go on with that', async () => {
    const { task, garbage } = await begun()
    await builder.database.run("update task set state = 'canceled' where id = $1", [task.id])
    await builder.stores.transfers.recordOrphan(task.id, left(1))
    expect(await garbage()).toBeNull()
  })
})

describe('completing', () => {
  it('reports the file, drops the parts and tells both events in order', async () => {
    const { session, task, lease, parts, find } = await begun({ fileRetention: 'lease', fileLeaseSeconds: 60 })
    await builder.stores.transfers.startGeneration(lease, transfer(1), facts)
    await builder.stores.transfers.recordPart(lease, 1, part(1))
    await builder.stores.transfers.finalizeTransfer(lease, transfer(1), facts)
    expect(
      await builder.stores.transfers.completeTask(lease, { ...storedFile(task.id), inParts: true }, session.id),
    ).toBe(true)
    expect(await builder.stores.transfers.completeTask(lease, storedFile(task.id), session.id)).toBe(false)
    const done = await find()
    expect(done).toMatchObject({
      state: 'completed',
      attempts: 1,
      error: null,
      bytesReceived: 9,
      bytesExpected: 9,
      bytesPerSecond: null,
      response: facts.response,
      file: { state: 'temporary', ...storedFile(task.id).file },
    })
    expect(done.file!.leaseExpiresAt!.getTime()).toBeCloseTo(done.endedAt!.getTime() + 60_000, -1)
    expect(await parts()).toEqual([])
    const { data } = await builder.stores.events.listEvents(session.tenantId, {}, { limit: 10 })
    expect(data.map(({ type }) => type)).toEqual(['task.finished_downloading', 'task.completed'])
    expect(data[1]!.data).toMatchObject({ task: { id: task.id, state: 'completed', error: null } })
  })
})

describe('a failed attempt', () => {
  it('waits for its next try and is charged; what was stored is kept', async () => {
    const { lease, find, again } = await begun()
    await builder.stores.transfers.startGeneration(lease, transfer(1), facts)
    await builder.stores.transfers.recordPart(lease, 1, part(1))
    expect(await builder.stores.transfers.failAttempt(lease, failure(60_000, { suspect: true }))).toBe(true)
    const task = await find()
    const error = { name: 'networkConnectionLost', code: -1005, detail: 'the connection was lost', retriable: true }
    expect(task).toMatchObject({ state: 'waiting', attempts: 1, suspectFailures: 1, cleanRestarts: 0, error })
    expect(task.retryAt).toEqual(task.readyAt)
    await makeReady(builder.database, task.id)
    const job = await again()
    expect(job).toMatchObject({ transfer: transfer(1), parts: [part(1)], task: { retryAt: null } })
  })

  it('that has to start over leaves nothing behind but garbage', async () => {
    const { lease, find, again, garbage, parts } = await begun()
    await builder.stores.transfers.startGeneration(lease, transfer(1), facts)
    await builder.stores.transfers.recordPart(lease, 1, part(1))
    await builder.stores.transfers.failAttempt(lease, failure(0, { startOver: true }))
    expect(await find()).toMatchObject({ cleanRestarts: 1, bytesReceived: 0 })
    expect(await garbage()).toEqual([{ key: 'tasks/1', uploadId: 'upload-1' }])
    expect(await parts()).toEqual([])
    expect((await again()).transfer).toBeNull()
  })

  it('whose next try would come after the deadline is the last', async () => {
    const { session, lease, find, garbage } = await begun({ timeoutIntervalForResource: 30 })
    await builder.stores.transfers.startGeneration(lease, transfer(1), facts)
    expect(await builder.stores.transfers.failAttempt(lease, failure(31_000))).toBe(true)
    expect(await find()).toMatchObject({
      state: 'failed',
      attempts: 1,
      retryAt: null,
      error: { name: 'networkConnectionLost', retriable: true, detail: expect.stringContaining('deadline') },
    })
    expect(await garbage()).toHaveLength(1)
    const { data } = await builder.stores.events.listEvents(session.tenantId, {}, { limit: 10 })
    expect(data.map(({ type }) => type)).toEqual(['task.completed'])
  })

  it('for good ends the task', async () => {
    const { lease, find } = await begun()
    await builder.stores.transfers.failAttempt(
      lease,
      failure(null, { errorName: 'fileDoesNotExist', retriable: false }),
    )
    const task = await find()
    expect(task).toMatchObject({ state: 'failed', attempts: 1, error: { code: -1100, retriable: false }, file: null })
    expect(task.endedAt).not.toBeNull()
  })
})

describe('giving back', () => {
  it('charges nothing, and the task rests as long as it was told', async () => {
    const { lease, find, again } = await begun()
    expect(await builder.stores.transfers.giveBack(lease, 60_000)).toBe(true)
    const rested = await find()
    expect(rested).toMatchObject({ state: 'waiting', attempts: 0, error: null, retryAt: null })
    expect(rested.readyAt.getTime()).toBeGreaterThan(Date.now() + 50_000)
    await expect(again()).rejects.toThrow('not claimed')
    await makeReady(builder.database, rested.id)
    expect((await again()).task.epoch).toBe(lease.epoch + 2)
  })
})
