import { beforeAll, describe, expect, it } from 'vitest'
import type { OrphanedObject } from '#core/files/rules/orphaned-object.ts'
import { TasksRefused } from '#core/tasks/rules/task-rejections.ts'
import { waitForLock } from '#support/assertions/lock-waits.ts'
import { type BuiltSession, facts, made, newTask, storedFile, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
let session: BuiltSession
beforeAll(async () => {
  session = await builder.session(undefined, { delegate: { kind: 'pull' } })
})

let keys = 0
const freshKey = () => `backups/${++keys}.tar.gz`
const objectKey = (destinationKey: string) => `${session.tenantId}/files/${destinationKey}`

async function create(...destinationKeys: (string | null)[]): Promise<string[]> {
  const tasks = destinationKeys.map((destinationKey) => newTask({ destinationKey }))
  const created = made(await builder.stores.tasks.createTasks(session.tenantId, session.identifier, tasks))
  if (typeof created === 'string') throw new Error(created)
  return created.map(({ id }) => id)
}
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'created',
    (error: unknown) => (error instanceof TasksRefused ? error.refused : Promise.reject(error)),
  )
const taken = (index = 0) => [{ index, why: 'fileKeyTaken' }]

/** Completes a task as a worker does whose copy to the destination was made. */
async function complete(id: string, destinationKey: string): Promise<void> {
  const { lease } = await builder.begin(id)
  const stored = { ...storedFile(id), file: { ...storedFile(id).file, key: objectKey(destinationKey) } }
  await builder.stores.transfers.completeTask(lease, { ...stored, alsoAt: storedFile(id).file.key }, session.id)
}
async function sweep(id: string): Promise<OrphanedObject[]> {
  await builder.database.run(
    "update task set garbage_lease_until = null, ended_at = ended_at - interval '1 minute' where id = $1",
    [id],
  )
  const orphans = (await builder.stores.files.leaseOrphans()).find(({ taskId }) => taskId === id)?.orphans ?? []
  await builder.stores.files.clearOrphans(id, orphans)
  return orphans
}

describe('a destination key', () => {
  it('is one task’s from its creation on, whoever asks at the same time', async () => {
    const key = freshKey()
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcome(create(key))))
    expect(outcomes.filter((each) => each === 'created')).toHaveLength(1)
    expect(outcomes.filter((each) => each !== 'created')).toEqual(Array.from({ length: 9 }, () => taken()))
  })

  it('is refused with all tasks of a batch, and leaves nothing behind', async () => {
    const [free, used] = [freshKey(), freshKey()]
    await create(used)
    expect(await outcome(create(null, free, used))).toEqual(taken(2))
    expect(await outcome(create(free, free))).toEqual(taken(1))
    expect(await outcome(create(free))).toBe('created')
  })

  it('may be the same for two tenants', async () => {
    const key = freshKey()
    await create(key)
    const other = await builder.session(undefined, { delegate: { kind: 'pull' } })
    expect(await builder.task(other, { destinationKey: key })).toMatchObject({ destinationKey: key })
  })

  it('is where the file lies for good once the task has completed; its first place is garbage', async () => {
    const key = freshKey()
    const [id] = await create(key)
    await complete(id!, key)
    const { file } = await builder.find({ tenantId: session.tenantId, id: id! })
    expect(file).toMatchObject({ state: 'permanent', key: objectKey(key), leaseExpiresAt: null })
    expect(await sweep(id!)).toEqual([{ key: storedFile(id!).file.key }])
    expect(await outcome(create(key))).toEqual(taken())
  })

  it('is free again at once when the task fails or is canceled before its file was put together', async () => {
    const key = freshKey()
    const [id] = await create(key)
    await builder.stores.tasks.cancelTask(session.tenantId, id!)
    expect(await outcome(create(key))).toBe('created')
  })

  it('is free only when what a stopped worker may have put there is gone', async () => {
    const key = freshKey()
    const [id] = await create(key)
    const { lease } = await builder.begin(id!)
    const finalized = transfer(lease.epoch, { sealed: { bytes: 9, checksums: { crc32: 'y/Q5Jg==' }, verified: true } })
    await builder.stores.transfers.finalizeTransfer(lease, finalized, facts)
    await builder.stores.tasks.cancelTask(session.tenantId, id!)
    expect(await outcome(create(key))).toEqual(taken())
    expect(await sweep(id!)).toContainEqual({ key: objectKey(key) })
    expect(await outcome(create(key))).toBe('created')
  })

  it('of a released file is free when the file is gone', async () => {
    const key = freshKey()
    const [id] = await create(key)
    await complete(id!, key)
    await builder.stores.files.changeFile(session.tenantId, id!, { kind: 'release' })
    expect(await outcome(create(key))).toEqual(taken())
    await sweep(id!)
    expect(await outcome(create(key))).toBe('created')
  })

  it('can be claimed by a move instead, and then by no new task', async () => {
    const [from, to] = [freshKey(), freshKey()]
    const [id, other] = await create(from, to)
    await complete(id!, from)
    const { stores } = builder
    expect(await stores.files.claimFileKey(id!, objectKey(to))).toBe('taken')
    await stores.tasks.cancelTask(session.tenantId, other!)
    expect(await stores.files.claimFileKey(id!, objectKey(to))).toBe('claimed')
    expect(await stores.files.claimFileKey(id!, objectKey(to))).toBe('claimed')
    expect(await outcome(create(to))).toEqual(taken())
    await stores.files.changeFile(session.tenantId, id!, { kind: 'moved', key: objectKey(to) })
    expect(await outcome(create(from))).toEqual(taken())
    await sweep(id!)
    expect(await outcome(create(from))).toBe('created')
    expect(await outcome(create(to))).toEqual(taken())
  })

  it('that is given up while another task of the session claims it is in nobody’s way', async () => {
    const key = freshKey()
    const [id] = await create(key)
    const deadlocks = () =>
      builder.database.first('select deadlocks from pg_stat_database where datname = current_database()')
    const before = await deadlocks()
    const both = await builder.database.transaction(async (tx) => {
      await tx.run('select 1 from session where id = $1 for update', [session.id])
      const creating = outcome(
        builder.stores.tasks.createTasks(session.tenantId, session.identifier, [newTask({ destinationKey: key })]),
      )
      await waitForLock(builder.database)
      const canceling = builder.stores.tasks.cancelTask(session.tenantId, id!)
      await waitForLock(builder.database, 2)
      return { creating, canceling }
    })
    expect(await both.creating).toEqual(taken())
    expect(await both.canceling).toMatchObject({ state: 'canceled' })
    expect(await deadlocks()).toEqual(before)
    expect(await outcome(create(key))).toBe('created')
  })

  it('that a move claimed and then died over is free when the file is released, whatever lies there', async () => {
    const [from, to] = [freshKey(), freshKey()]
    const [id] = await create(from)
    await complete(id!, from)
    await sweep(id!)
    await builder.stores.files.claimFileKey(id!, objectKey(to))
    await builder.stores.files.changeFile(session.tenantId, id!, { kind: 'release' })
    expect(await sweep(id!)).toEqual([{ key: objectKey(from) }, { key: objectKey(to) }])
    expect(await outcome(create(to))).toBe('created')
  })

  it('at which storage has something else leaves the file in its own place, for good, and is given up', async () => {
    const key = freshKey()
    const [id] = await create(key)
    const { lease } = await builder.begin(id!)
    await builder.stores.transfers.completeTask(lease, storedFile(id!), session.id)
    const { file } = await builder.find({ tenantId: session.tenantId, id: id! })
    expect(file).toMatchObject({ state: 'permanent', key: storedFile(id!).file.key })
    expect(await outcome(create(key))).toBe('created')
  })
})
