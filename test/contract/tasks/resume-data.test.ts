import { describe, expect, it } from 'vitest'
import type { OrphanedObject } from '#core/files/rules/orphaned-object.ts'
import type { KeptTransfer } from '#core/tasks/rules/resume-data.ts'
import { TasksRefused } from '#core/tasks/rules/task-rejections.ts'
import { type BuiltSession, facts, made, newTask, part, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import type { Transfer } from '#transfer/engine/download-state.ts'

const builder = useStore()

const pull = { delegate: { kind: 'pull' } } as const

/** A running task with so many parts, and what canceling it keeps. */
async function running(changes: Partial<Transfer> = {}, parts = 2) {
  const session = await builder.session(undefined, pull)
  const task = await builder.task(session)
  const { lease } = await builder.begin(task.id)
  const begun = transfer(lease.epoch, changes)
  await builder.stores.transfers.startGeneration(lease, begun, facts)
  for (let number = 1; number <= parts; number++)
    await builder.stores.transfers.recordPart(lease, begun.generation, part(number))
  const cancel = async () => {
    const result = await builder.stores.tasks.cancelKeepingTransfer(session.tenantId, task.id)
    if (typeof result === 'string') throw new Error(result)
    return result
  }
  const keep = async () => (await cancel()).kept as KeptTransfer
  return { session, task, lease, begun, cancel, keep }
}

const resume = async (session: BuiltSession, resumes: KeptTransfer, stores = builder.stores) => {
  const task = newTask({ resumes })
  const created = made(await stores.tasks.createTasks(session.tenantId, session.identifier, [task]))
  if (typeof created === 'string') throw new Error(created)
  return created[0]!
}
const whyRefused = (work: Promise<unknown>) =>
  work.then(
    () => 'created',
    (error: unknown) => (error instanceof TasksRefused ? error.refused : Promise.reject(error)),
  )
const rowOf = async (id: string) =>
  (await builder.database.first<{
    transfer: Transfer | null
    garbage: OrphanedObject[] | null
    resumeUntil: Date | null
  }>('select transfer, garbage, resume_until from task where id = $1', [id]))!
const partsOf = (id: string) =>
  builder.database.many('select generation, number from transfer_part where task_id = $1 order by number', [id])
const expire = (id: string) =>
  builder.database.run("update task set resume_until = clock_timestamp() - interval '1 ms' where id = $1", [id])

describe('canceling with resume data', () => {
  it('keeps what a running task has received, for three days, and fences its worker', async () => {
    const { task, lease, begun, cancel } = await running()
    const { task: canceled, kept } = await cancel()
    expect(canceled).toMatchObject({ state: 'canceled', error: { name: 'cancelled' } })
    expect(kept).toMatchObject({ taskId: task.id, generation: begun.generation })
    const days = ((kept as KeptTransfer).until.getTime() - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(2.99)
    expect(days).toBeLessThan(3.01)
    expect(await builder.stores.transfers.recordPart(lease, begun.generation, part(3))).toBe(false)
    expect(
      await builder.stores.transfers.renewLease(lease, { bytesReceived: 9, bytesExpected: 9, bytesPerSecond: 1 }),
    ).toBeNull()
    expect(await rowOf(task.id)).toMatchObject({ transfer: begun, garbage: null })
    expect(await partsOf(task.id)).toHaveLength(2)
  })

  it('gives the same answer for as long as it is kept, also to many at once', async () => {
    const { cancel } = await running()
    const outcomes = await Promise.all(Array.from({ length: 10 }, cancel))
    for (const { kept } of outcomes) expect(kept).toEqual(outcomes[0]!.kept)
  })

  it('keeps what a suspended task or one between two attempts has received', async () => {
    const waiting = await running()
    await builder.stores.transfers.giveBack(waiting.lease, 60_000)
    expect(await waiting.keep()).toMatchObject({ taskId: waiting.task.id })
    const suspended = await running()
    await builder.stores.tasks.suspendTask(suspended.session.tenantId, suspended.task.id)
    expect(await suspended.keep()).toMatchObject({ taskId: suspended.task.id })
  })

  it('says why there is none, and then leaves nothing but garbage', async () => {
    const nothing = await running({}, 0)
    const noValidator = await running({ validator: null })
    const finalized = await running()
    await builder.stores.transfers.finalizeTransfer(
      finalized.lease,
      { ...finalized.begun, sealed: { bytes: 6, checksums: { crc32: 'y/Q5Jg==' }, verified: true } },
      facts,
    )
    const reasons = { nothingReceived: nothing, rangesNotSupported: noValidator, allBytesReceived: finalized }
    for (const [reason, { cancel, task, begun }] of Object.entries(reasons)) {
      expect((await cancel()).kept).toBe(reason)
      expect(await rowOf(task.id)).toEqual({
        transfer: null,
        resumeUntil: null,
        garbage: [{ key: begun.key, uploadId: begun.uploadId }],
      })
      expect(await partsOf(task.id)).toEqual([])
      expect((await cancel()).kept).toBe('taskAlreadyEnded')
    }
    const untagged = await running({ validator: null })
    const response = { ...facts.response, etag: null }
    await builder.stores.transfers.startGeneration(untagged.lease, untagged.begun, { ...facts, response })
    expect((await untagged.cancel()).kept).toBe('noStrongValidator')
  })

  it('comes too late for what was canceled without it, has completed or has failed', async () => {
    const plain = await running()
    await builder.stores.tasks.cancelTask(plain.session.tenantId, plain.task.id)
    expect((await plain.cancel()).kept).toBe('taskAlreadyEnded')
    const done = await running()
    await builder.complete(done.task.id)
    await expect(done.cancel()).rejects.toThrow('ended')
    expect(await builder.stores.tasks.cancelKeepingTransfer(await builder.tenant(), plain.task.id)).toBe('not_found')
  })
})

describe('a task made of resume data', () => {
  it('takes over transfer, parts and answer, and its own generations are others', async () => {
    const { session, keep, task, begun } = await running()
    const resumed = await resume(session, await keep())
    expect(resumed).toMatchObject({ state: 'waiting', bytesReceived: 6, bytesExpected: 9, response: facts.response })
    expect(await rowOf(task.id)).toEqual({ transfer: null, resumeUntil: null, garbage: null })
    expect(await partsOf(task.id)).toEqual([])
    const { lease, job } = await builder.begin(resumed.id)
    expect(job.transfer).toEqual({ ...begun, generation: 0 })
    expect(job.parts).toEqual([part(1), part(2)])
    expect(lease.epoch).toBeGreaterThan(0)
    expect(await builder.stores.transfers.recordPart(lease, 0, part(3))).toBe(true)
    // Another version of the resource: what was taken over is the new task's garbage, never the old one's.
    await builder.stores.transfers.startGeneration(lease, transfer(lease.epoch, { key: 'new' }), facts)
    expect((await rowOf(resumed.id)).garbage).toEqual([{ key: begun.key, uploadId: begun.uploadId }])
    expect(await partsOf(resumed.id)).toEqual([])
    expect((await rowOf(task.id)).garbage).toBeNull()
  })

  it('can itself be canceled with resume data, again and again', async () => {
    const { session, keep, begun } = await running()
    let kept = await keep()
    for (let round = 0; round < 3; round++) {
      const { id } = await resume(session, kept)
      const result = await builder.stores.tasks.cancelKeepingTransfer(session.tenantId, id)
      if (typeof result === 'string') throw new Error(result)
      kept = result.kept as KeptTransfer
      expect(kept).toMatchObject({ taskId: id, generation: 0 })
    }
    const last = await resume(session, kept)
    expect((await rowOf(last.id)).transfer).toMatchObject({ key: begun.key })
    expect(await partsOf(last.id)).toHaveLength(2)
  })

  it('is the only one: used twice, by many at once or twice in a batch, nothing more is created', async () => {
    const { session, keep, task } = await running()
    const kept = await keep()
    const twice = [newTask({ resumes: kept }), newTask({ resumes: kept })]
    const batch = builder.stores.tasks.createTasks(session.tenantId, session.identifier, twice)
    expect(await whyRefused(batch)).toEqual([{ index: 1, why: 'resumeDataUsed' }])
    expect((await rowOf(task.id)).transfer).not.toBeNull()
    const processes = [builder.stores, builder.otherProcess()]
    const tries = await Promise.all(
      Array.from({ length: 8 }, (_, n) => whyRefused(resume(session, kept, processes[n % 2]!))),
    )
    expect(tries.filter((outcome) => outcome === 'created')).toHaveLength(1)
    for (const outcome of tries)
      if (outcome !== 'created') expect(outcome).toEqual([{ index: 0, why: 'resumeDataUsed' }])
    const { data } = await builder.stores.tasks.listTasks(session.tenantId, {}, { limit: 10 })
    expect(data).toHaveLength(2)
  })

  it("is not made of another tenant's, an older or an expired transfer", async () => {
    const { session, keep } = await running()
    const kept = await keep()
    const stranger = await builder.session(undefined, pull)
    expect(await whyRefused(resume(stranger, kept))).toEqual([{ index: 0, why: 'resumeDataUsed' }])
    const older = { ...kept, generation: kept.generation + 1 }
    expect(await whyRefused(resume(session, older))).toEqual([{ index: 0, why: 'resumeDataUsed' }])
    const late = { ...kept, until: new Date(Date.now() - 1) }
    expect(await whyRefused(resume(session, late))).toEqual([{ index: 0, why: 'resumeDataExpired' }])
    await resume(session, kept)
  })

  it('takes everything over or nothing when the process dies in between', async () => {
    const { session, keep, task } = await running()
    const kept = await keep()
    const before = [await rowOf(task.id), await partsOf(task.id)]
    const dies = builder.storesWith({
      encryptor: {
        encrypt: () => {
          throw new Error('the process died here')
        },
      },
    })
    await expect(resume(session, kept, dies)).rejects.toThrow('died here')
    expect([await rowOf(task.id), await partsOf(task.id)]).toEqual(before)
    await resume(session, kept)
  })
})

describe('what nobody takes over', () => {
  it('becomes garbage when the time is up, and not before', async () => {
    const { session, keep, task, begun } = await running()
    const kept = await keep()
    await builder.stores.tasks.expireResumeData()
    expect((await rowOf(task.id)).transfer).toEqual(begun)
    await expire(task.id)
    expect(await builder.stores.tasks.expireResumeData()).toBe(1)
    expect(await builder.stores.tasks.expireResumeData()).toBe(0)
    expect(await rowOf(task.id)).toEqual({
      transfer: null,
      resumeUntil: null,
      garbage: [{ key: begun.key, uploadId: begun.uploadId }],
    })
    expect(await partsOf(task.id)).toEqual([])
    expect(await whyRefused(resume(session, kept))).toEqual([{ index: 0, why: 'resumeDataUsed' }])
  })

  it('is never both garbage and taken over, whoever comes first', async () => {
    const other = builder.otherProcess()
    for (let round = 0; round < 10; round++) {
      const { session, keep, task, begun } = await running()
      const kept = await keep()
      await expire(task.id)
      const [, outcome] = await Promise.all([
        builder.stores.tasks.expireResumeData(),
        whyRefused(resume(session, kept, other)),
      ])
      const { garbage } = await rowOf(task.id)
      if (outcome === 'created') expect(garbage).toBeNull()
      else expect(garbage).toEqual([{ key: begun.key, uploadId: begun.uploadId }])
    }
  })
})
