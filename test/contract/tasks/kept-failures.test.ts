import { describe, expect, it } from 'vitest'
import type { OrphanedObject } from '#core/files/rules/orphaned-object.ts'
import { mint } from '#core/runtime/crypto.ts'
import { retryTask } from '#core/tasks/retry-task.ts'
import { readResumeData } from '#core/tasks/rules/resume-data.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import type { FailedTransfer } from '#core/transfers/rules/failed-transfer.ts'
import { makeReady } from '#support/builders/make-due.ts'
import { facts, failure, made, newTask, part, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import type { Transfer } from '#transfer/engine/download-state.ts'

const builder = useStore()

/** A running task with so many parts. */
async function running(changes: Partial<Transfer> = {}, parts = 2) {
  const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
  const task = await builder.task(session)
  const { lease } = await builder.begin(task.id)
  const begun = transfer(lease.epoch, changes)
  await builder.stores.transfers.startGeneration(lease, begun, facts)
  for (let number = 1; number <= parts; number++)
    await builder.stores.transfers.recordPart(lease, begun.generation, part(number))
  const fail = async (changes: Partial<FailedTransfer> = {}) => {
    await builder.stores.transfers.failAttempt(lease, failure(null, changes))
    return builder.find(task)
  }
  return { session, task, lease, begun, fail }
}
const expired = { errorName: 'noPermissionsToReadFile', detail: 'the origin answered 403', retriable: false } as const

const rowOf = async (id: string) =>
  (await builder.database.first<{
    transfer: Transfer | null
    garbage: OrphanedObject[] | null
    resumeUntil: Date | null
  }>('select transfer, garbage, resume_until from task where id = $1', [id]))!
const retry = async (task: Task, stores = builder.stores, url?: string) =>
  made(
    await retryTask(
      { stores, mint, nowMs: Date.now, egress: { allowed: [] } },
      task.tenantId,
      task.id,
      { url },
      undefined,
    ),
  )
const pass = (id: string) =>
  builder.database.run("update task set deadline = clock_timestamp() - interval '1 ms' where id = $1", [id])

describe('a task that fails after parts were stored', () => {
  it('keeps them for three days, and its error carries the resume data', async () => {
    const { task, begun, fail } = await running()
    const failed = await fail({ ...expired, response: { ...facts.response, status: 403, etag: null } })
    const kept = readResumeData(builder.encryptor, task.tenantId, failed.resumeData!)!
    expect(kept).toMatchObject({ taskId: task.id, generation: begun.generation })
    expect((kept.until.getTime() - Date.now()) / 86_400_000).toBeCloseTo(3, 1)
    expect(await rowOf(task.id)).toEqual({ transfer: begun, garbage: null, resumeUntil: kept.until })
    // What the origin said of the resource goes with the parts, not what it said of the refusal.
    expect(failed.response).toEqual(facts.response)
    expect(failed.error).not.toHaveProperty('resumeDataUnavailableReason')
  })

  it('keeps them when its next attempt would come after the deadline', async () => {
    const { task, lease, begun } = await running()
    await builder.stores.transfers.failAttempt(
      lease,
      failure(8 * 86_400_000, { response: { ...facts.response, status: 503 } }),
    )
    const failed = await builder.find(task)
    expect(failed).toMatchObject({ state: 'failed', response: facts.response, resumeData: expect.any(String) })
    expect(await rowOf(task.id)).toMatchObject({ transfer: begun, garbage: null })
  })

  it.each(['running', 'waiting'])('keeps them when its deadline passes while it is %s', async (state) => {
    const { task, lease, begun } = await running()
    if (state === 'waiting') await builder.stores.transfers.failAttempt(lease, failure(10_000))
    await pass(task.id)
    await builder.stores.transfers.reap()
    expect(await rowOf(task.id)).toMatchObject({ transfer: begun, garbage: null })
    expect((await builder.find(task)).resumeData).not.toBeNull()
  })

  it('keeps them when their checksum is wrong, which may be the client’s mistake', async () => {
    const { task, begun, fail } = await running()
    expect((await fail({ errorName: 'checksum_mismatch' })).resumeData).not.toBeNull()
    expect(await rowOf(task.id)).toMatchObject({ transfer: begun, garbage: null })
  })

  it('carries the resume data in its last event, as GET shows it', async () => {
    const { session, fail } = await running()
    const { resumeData } = await fail(expired)
    const { data } = await builder.stores.events.listEvents(session.tenantId, {}, { limit: 10 })
    expect(data).toMatchObject([{ type: 'task.completed', data: { task: { error: { resumeData } } } }])
    expect(resumeData).not.toBeNull()
  })

  it.each([
    ['nothingReceived', {}, 0, expired],
    ['rangesNotSupported', { validator: null }, 2, expired],
    ['contentRefused', {}, 2, { errorName: 'length_mismatch' }],
    ['contentRefused', {}, 2, { errorName: 'dataLengthExceedsMaximum' }],
  ] as const)('says %s when nothing is kept, and leaves garbage', async (reason, changes, parts, fault) => {
    const { task, begun, fail } = await running(changes, parts)
    const failed = await fail(fault)
    expect(failed).toMatchObject({ resumeData: null, error: { resumeDataUnavailableReason: reason } })
    const garbage = [{ key: begun.key, uploadId: begun.uploadId }]
    expect(await rowOf(task.id)).toEqual({ transfer: null, resumeUntil: null, garbage })
  })

  it('says allBytesReceived when the file was being put together', async () => {
    const { lease, begun, fail } = await running()
    const sealed = { bytes: 6, checksums: { crc32: 'y/Q5Jg==' }, verified: true }
    await builder.stores.transfers.finalizeTransfer(lease, { ...begun, sealed }, facts)
    const failed = await fail({ errorName: 'deadline_exceeded' })
    expect(failed.error).toMatchObject({ name: 'timedOut', resumeDataUnavailableReason: 'allBytesReceived' })
  })

  it('becomes garbage when the time is up', async () => {
    const { task, begun, fail } = await running()
    await fail(expired)
    await builder.stores.tasks.expireResumeData()
    expect((await rowOf(task.id)).garbage).toBeNull()
    const late = "update task set resume_until = clock_timestamp() - interval '1 ms' where id = $1"
    await builder.database.run(late, [task.id])
    expect(await builder.stores.tasks.expireResumeData()).toBe(1)
    const garbage = [{ key: begun.key, uploadId: begun.uploadId }]
    expect(await rowOf(task.id)).toEqual({ transfer: null, resumeUntil: null, garbage })
    expect((await builder.find(task)).resumeData).toBeNull()
  })

  it('is not swept for a worker that comes back late, whoever has the parts by then', async () => {
    const { task, begun, fail } = await running()
    const failed = await fail(expired)
    const left = { key: begun.key, uploadId: null }
    await builder.stores.transfers.recordOrphan(task.id, left)
    await retry(failed)
    await builder.stores.transfers.recordOrphan(task.id, left)
    expect((await rowOf(task.id)).garbage).toBeNull()
    const other = await running()
    await other.fail({ errorName: 'length_mismatch' })
    await builder.stores.transfers.recordOrphan(other.task.id, { key: 'late', uploadId: null })
    expect((await rowOf(other.task.id)).garbage).toContainEqual({ key: 'late', uploadId: null })
  })

  it('keeps all or nothing when the process dies in between', async () => {
    const { task, lease } = await running()
    const before = await rowOf(task.id)
    const dies = builder.storesWith({
      mint: {
        id: () => {
          throw new Error('the process died here')
        },
      },
    })
    await expect(dies.transfers.failAttempt(lease, failure(null, expired))).rejects.toThrow('died here')
    expect(await rowOf(task.id)).toEqual(before)
    expect((await builder.find(task)).state).toBe('running')
  })
})

describe('retrying a task that has kept its parts', () => {
  it('goes on from there, once; the next retry begins anew', async () => {
    const { task, begun, fail } = await running()
    const failed = await fail(expired)
    const url = 'https://origin.example.com/data.bin?signature=2'
    const again = await retry(failed, builder.stores, url)
    expect(again).toMatchObject({ request: { url }, bytesReceived: 6, bytesExpected: 9, response: facts.response })
    expect((await builder.begin(again.id)).job).toMatchObject({
      transfer: { ...begun, generation: 0 },
      parts: [part(1), part(2)],
    })
    expect(await rowOf(task.id)).toEqual({ transfer: null, resumeUntil: null, garbage: null })
    expect((await builder.find(task)).resumeData).toBeNull()
    expect(await retry(failed)).toMatchObject({ bytesReceived: 0, response: null })
  })

  it('begins anew when a task made of the resume data was first, or the time is up', async () => {
    const taken = await running()
    const failed = await taken.fail(expired)
    const resumes = readResumeData(builder.encryptor, failed.tenantId, failed.resumeData!)
    made(await builder.stores.tasks.createTasks(failed.tenantId, taken.session.identifier, [newTask({ resumes })]))
    expect((await retry(failed)).bytesReceived).toBe(0)
    const late = await running()
    const old = await late.fail(expired)
    await builder.database.run('update task set resume_until = clock_timestamp() where id = $1', [old.id])
    expect((await retry(old)).bytesReceived).toBe(0)
  })

  it('goes on from what was canceled with resume data too', async () => {
    const { task } = await running()
    await builder.stores.tasks.cancelKeepingTransfer(task.tenantId, task.id)
    expect((await retry(await builder.find(task))).bytesReceived).toBe(6)
  })

  it('gives the parts to one of many who come at once', async () => {
    const { fail, begun } = await running()
    const failed = await fail(expired)
    const processes = [builder.stores, builder.otherProcess()]
    const tasks = await Promise.all(Array.from({ length: 8 }, (_, n) => retry(failed, processes[n % 2]!)))
    expect(tasks.map(({ bytesReceived }) => bytesReceived).toSorted()).toEqual([0, 0, 0, 0, 0, 0, 0, 6])
    const rows = await Promise.all(tasks.map(({ id }) => rowOf(id)))
    expect(rows.filter((row) => row.transfer?.key === begun.key)).toHaveLength(1)
  })
})

describe('the error of a task whose deadline has passed', () => {
  const last = 'the last attempt to fail: networkConnectionLost, the connection was lost'

  it.each(['waiting', 'dispatched', 'running'])('names the last error of a %s task', async (state) => {
    const { task, lease } = await running()
    await builder.stores.transfers.failAttempt(lease, failure(0))
    await makeReady(builder.database, task.id)
    if (state === 'dispatched') await builder.claim(task.id)
    if (state === 'running') await builder.begin(task.id)
    await pass(task.id)
    await builder.stores.transfers.reap()
    const { error } = await builder.find(task)
    expect(error).toMatchObject({ name: 'timedOut', detail: expect.stringContaining(last) })
  })

  it('names it too when the worker notices', async () => {
    const { task, lease } = await running()
    await builder.stores.transfers.failAttempt(lease, failure(0))
    await makeReady(builder.database, task.id)
    const again = await builder.begin(task.id)
    await builder.stores.transfers.failAttempt(
      again.lease,
      failure(null, { errorName: 'deadline_exceeded', detail: 'too late' }),
    )
    expect((await builder.find(task)).error?.detail).toBe(`too late; ${last}`)
  })

  it('says nothing of attempts when none has failed', async () => {
    const { task } = await running()
    await pass(task.id)
    await builder.stores.transfers.reap()
    const { error } = await builder.find(task)
    expect(error?.detail).not.toContain('attempt')
    expect(error?.detail).toContain('it was still being received, with 0 bytes so far')
  })

  it('says of a task that has not begun why its host was left alone', async () => {
    const next = await builder.task(await builder.session())
    await builder.database.run(
      `insert into host_state (host, blocked_until, reason)
       select host, clock_timestamp() + interval '1 minute', '503 with Retry-After: 60 s' from task where id = $1`,
      [next.id],
    )
    await pass(next.id)
    await builder.stores.transfers.reap()
    expect((await builder.find(next)).error?.detail).toContain(
      'it has not begun, because its host is left alone: 503 with Retry-After: 60 s',
    )
  })
})
