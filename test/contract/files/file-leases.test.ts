import { describe, expect, it } from 'vitest'
import type { OrphanedObject } from '#core/files/rules/orphaned-object.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import {
  type BuiltSession,
  eventOf,
  facts,
  type SessionChanges,
  storedFile,
  transfer,
} from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

async function withFile(changes: SessionChanges = { delegate: { kind: 'pull' } }, given?: BuiltSession) {
  const session = given ?? (await builder.session(undefined, changes))
  const { id, tenantId } = await builder.task(session)
  await builder.complete(id)
  return {
    session,
    id,
    key: storedFile(id).file.key,
    fileOf: async () => (await builder.stores.tasks.findTask(tenantId, id))!.file!,
    change: async (change: Parameters<typeof builder.stores.files.changeFile>[2]) => {
      const outcome = await builder.stores.files.changeFile(tenantId, id, change)
      if (typeof outcome === 'string') throw new Error(outcome)
      return { kind: outcome.kind, ...outcome.task.file! }
    },
    garbage: () => garbageOf(id),
    endLease: () =>
      builder.database.run(
        "update task set file_lease_expires_at = clock_timestamp() - interval '1 ms' where id = $1",
        [id],
      ),
  }
}

/** What a sweeper would be given of the task's garbage. */
async function garbageOf(id: string): Promise<OrphanedObject[] | undefined> {
  await builder.database.run('update task set garbage_lease_until = null where id = $1', [id])
  return (await builder.stores.files.leaseOrphans()).find(({ taskId }) => taskId === id)?.orphans
}

describe('a file', () => {
  it('is temporary, renewed, kept, moved and released', async () => {
    const { key, fileOf, change, garbage } = await withFile()
    const { leaseExpiresAt } = await fileOf()
    expect(leaseExpiresAt!.getTime()).toBeGreaterThan(Date.now() + 86_000_000)
    const renewed = await change({ kind: 'renew', seconds: 100 })
    expect(renewed).toMatchObject({ kind: 'changed', state: 'temporary', key })
    expect(renewed.leaseExpiresAt!.getTime()).toBeGreaterThan(Date.now() + 90_000)
    expect(renewed.leaseExpiresAt!.getTime()).toBeLessThan(Date.now() + 110_000)
    const permanent = { kind: 'changed', state: 'permanent', key, leaseExpiresAt: null }
    expect(await change({ kind: 'keep' })).toMatchObject(permanent)
    expect(await change({ kind: 'keep' })).toMatchObject(permanent)
    expect(await change({ kind: 'renew', seconds: 100 })).toMatchObject(permanent)
    expect(await garbage()).toBeUndefined()
    expect(await change({ kind: 'moved', key: 'files/a' })).toMatchObject({ ...permanent, key: 'files/a' })
    expect(await change({ kind: 'moved', key: 'files/a' })).toMatchObject({ ...permanent, key: 'files/a' })
    expect(await garbage()).toEqual([{ key }])
    expect(await change({ kind: 'release' })).toMatchObject({ kind: 'changed', state: 'released' })
    expect(await garbage()).toEqual([{ key }, { key: 'files/a' }])
  })

  it('is refused to everybody once it was released', async () => {
    const { change, garbage, key } = await withFile()
    await change({ kind: 'release' })
    for (const again of [
      { kind: 'keep' },
      { kind: 'release' },
      { kind: 'renew', seconds: 1 },
      { kind: 'moved', key: 'files/b' },
    ] as const)
      expect(await change(again)).toMatchObject({ kind: 'refused', state: 'released', key })
    expect(await garbage()).toEqual([{ key }])
  })

  it('is not another tenant’s, and not there before the task has completed', async () => {
    const { id, session } = await withFile()
    expect(await builder.stores.files.changeFile(await builder.tenant(), id, { kind: 'keep' })).toBe('not_found')
    const waiting = await builder.task(session)
    const outcome = await builder.stores.files.changeFile(session.tenantId, waiting.id, { kind: 'keep' })
    expect(outcome).toMatchObject({ kind: 'refused', task: { file: null } })
  })

  it('is not moved to a key whose object a sweeper may be about to remove, not even back', async () => {
    const first = await withFile()
    const other = await withFile()
    for (const to of ['files/x', 'files/y']) await first.change({ kind: 'moved', key: to })
    for (const file of [first, other])
      await expect(file.change({ kind: 'moved', key: 'files/x' })).rejects.toThrow('key_taken')
    await builder.stores.files.clearOrphans(first.id, (await first.garbage())!)
    expect(await other.change({ kind: 'moved', key: 'files/x' })).toMatchObject({ kind: 'changed', key: 'files/x' })
  })

  it('is permanent from the start when the session says so', async () => {
    const { fileOf } = await withFile({ delegate: { kind: 'pull' }, fileRetention: 'permanent' })
    expect(await fileOf()).toMatchObject({ state: 'permanent', leaseExpiresAt: null })
  })
})

describe('expiry', () => {
  const typesIn = async ({ tenantId }: BuiltSession) =>
    (await builder.stores.events.listEvents(tenantId, {}, { limit: 100 })).data.map(({ type }) => type)

  it('takes a temporary file when its lease has ended and tells so once', async () => {
    const { session, fileOf, endLease, garbage, change, key } = await withFile()
    await builder.stores.files.expireFiles()
    expect(await fileOf()).toMatchObject({ state: 'temporary' })
    await endLease()
    await Promise.all(Array.from({ length: 4 }, () => builder.otherProcess().files.expireFiles()))
    expect(await fileOf()).toMatchObject({ state: 'expired' })
    expect(await garbage()).toEqual([{ key }])
    expect(await change({ kind: 'keep' })).toMatchObject({ kind: 'refused', state: 'expired' })
    expect((await typesIn(session)).filter((type) => type === 'file.expired')).toHaveLength(1)
  })

  it('is told to the tenant when the session has ended, at those of its endpoints that want to know', async () => {
    const { session, id, endLease } = await withFile()
    const [all, some, none] = [
      await builder.session(session.tenantId),
      await builder.session(session.tenantId, { eventTypes: ['file.expired'] }),
      await builder.session(session.tenantId, { eventTypes: ['task.completed'] }),
    ]
    await builder.stores.sessions.invalidateSession(session.tenantId, session.identifier, 'finish')
    await endLease()
    await Promise.all(Array.from({ length: 3 }, () => builder.otherProcess().files.expireFiles()))
    const { data } = await builder.stores.events.listEvents(session.tenantId, { type: 'file.expired' }, { limit: 10 })
    expect(data).toMatchObject([{ sessionIdentifier: null, sequence: null, data: { taskId: id, wakeId: null } }])
    const lane = (endpointId: string | null) =>
      builder.stores.deliveries.leaseNextBatch({ sessionId: '', endpointId: endpointId! }, 10)
    for (const { endpointId } of [all, some]) {
      const [told, ...more] = await lane(endpointId)
      expect(more).toEqual([])
      const { position, ...event } = JSON.parse(told!.body)
      expect({ ...event, position: null }).toEqual(data[0])
      expect(position).toBe(1)
    }
    expect(await lane(none.endpointId)).toEqual([])
    expect((await typesIn(session)).filter((type) => type === 'file.expired')).toHaveLength(1)
  })

  it('leaves a permanent one alone', async () => {
    const { change, fileOf, endLease } = await withFile()
    await change({ kind: 'keep' })
    await endLease()
    await builder.stores.files.expireFiles()
    expect(await fileOf()).toMatchObject({ state: 'permanent' })
  })

  it('never comes while the completion is undelivered: held, waiting or being retried', async () => {
    const { session, fileOf, endLease } = await withFile({})
    await endLease()
    const stays = async () => {
      await builder.stores.files.expireFiles()
      expect(await fileOf()).toMatchObject({ state: 'temporary' })
    }
    await stays()
    await builder.stores.wakes.openWakes()
    await stays()
    await builder.deliver(session, (delivery) => (eventOf(delivery).type === 'task.completed' ? 500 : 204))
    await stays()
    await builder.database.run(
      "update delivery_lane set due_at = clock_timestamp() - interval '1 ms' where session_id = $1",
      [session.id],
    )
    await builder.deliver(session)
    await builder.stores.files.expireFiles()
    expect(await fileOf()).toMatchObject({ state: 'expired' })
  })

  const unacknowledged: Record<string, (session: BuiltSession) => Promise<unknown>> = {
    'was answered 410': (session) => builder.deliver(session, () => 410),
    'was canceled behind a 410': (session) =>
      builder.deliver(session, (delivery) => (eventOf(delivery).type === 'task.finished_downloading' ? 410 : 204)),
    'has failed for good': async (session) => {
      await builder.deliver(session, () => 204)
      await builder.database.run(
        `update delivery set state = 'failed' where session_id = $1
           and event_id in (select id from event where session_id = $1 and type = 'task.completed')`,
        [session.id],
      )
    },
    'is held because the endpoint is disabled': async (session) => {
      await builder.database.run("update endpoint set state = 'disabled' where id = $1", [session.endpointId])
      await builder.stores.wakes.openWakes()
    },
  }
  it.each(Object.keys(unacknowledged))(
    'never comes while the completion %s, as long as events are kept',
    async (how) => {
      const { session, fileOf, endLease } = await withFile({})
      await builder.stores.wakes.openWakes()
      await unacknowledged[how]!(session)
      await endLease()
      await builder.stores.files.expireFiles()
      expect(await fileOf()).toMatchObject({ state: 'temporary' })
      await builder.database.run(
        "update event set created_at = created_at - interval '30 days' where session_id = $1",
        [session.id],
      )
      await builder.stores.files.expireFiles()
      expect(await fileOf()).toMatchObject({ state: 'expired' })
    },
  )

  it('comes in the end for a file whose events the endpoint does not want', async () => {
    const { session, fileOf, endLease } = await withFile({ eventTypes: ['session.invalidated'] })
    await builder.stores.wakes.openWakes()
    await endLease()
    await builder.stores.files.expireFiles()
    expect(await fileOf()).toMatchObject({ state: 'expired' })
    expect(session.endpointId).not.toBeNull()
  })

  it('comes for an untilReturn file when the wake that brought it completes, unless it was kept or renewed', async () => {
    const session = await builder.session(undefined, { fileRetention: 'untilReturn', wakeCompletion: 'explicit' })
    const later = await builder.task(session, { suspended: true })
    const files = [await withFile({}, session), await withFile({}, session), await withFile({}, session)]
    const [gone, kept, renewed] = files as [(typeof files)[0], (typeof files)[0], (typeof files)[0]]
    await builder.stores.wakes.openWakes()
    await builder.deliver(session)
    await kept.change({ kind: 'keep' })
    await renewed.change({ kind: 'renew', seconds: 100 })
    const states = async () => Promise.all(files.map(async ({ fileOf }) => (await fileOf()).state))
    await builder.stores.files.expireFiles()
    expect(await states()).toEqual(['temporary', 'permanent', 'temporary'])
    const { data } = await builder.stores.wakes.listWakes(session.tenantId, {}, { limit: 10 })
    await builder.stores.wakes.completeWake(session.tenantId, data[0]!.id)
    await builder.stores.files.expireFiles()
    expect(await states()).toEqual(['expired', 'permanent', 'temporary'])
    expect(await gone.fileOf()).toMatchObject({ state: 'expired' })
    // One that comes later belongs to the next wake.
    await builder.stores.tasks.resumeTask(session.tenantId, later.id)
    await builder.complete(later.id)
    await builder.stores.wakes.completeWake(session.tenantId, data[0]!.id)
    await builder.stores.files.expireFiles()
    expect((await builder.find(later)).file).toMatchObject({ state: 'temporary' })
  })

  it('never comes for an untilReturn file while the wake that brought it is open, also when its lease was renewed and has ended', async () => {
    const session = await builder.session(undefined, { fileRetention: 'untilReturn', wakeCompletion: 'explicit' })
    const { fileOf, change, endLease } = await withFile({}, session)
    await builder.stores.wakes.openWakes()
    await builder.deliver(session)
    await change({ kind: 'renew', seconds: 1 })
    await endLease()
    await builder.stores.files.expireFiles()
    expect(await fileOf()).toMatchObject({ state: 'temporary' })
    const { data } = await builder.stores.wakes.listWakes(session.tenantId, {}, { limit: 10 })
    await builder.stores.wakes.completeWake(session.tenantId, data[0]!.id)
    await builder.stores.files.expireFiles()
    expect(await fileOf()).toMatchObject({ state: 'expired' })
  })

  it('is the one that files have otherwise for an untilReturn file whose endpoint is switched off: nobody returns', async () => {
    const session = await builder.session(undefined, { fileRetention: 'untilReturn' })
    await builder.database.run("update endpoint set state = 'disabled' where id = $1", [session.endpointId])
    const { fileOf } = await withFile({}, session)
    expect((await fileOf()).leaseExpiresAt).toBeInstanceOf(Date)
  })

  it('is the one that files have otherwise for one whose event was just being written to the wake when the client completed it', async () => {
    const session = await builder.session(undefined, { fileRetention: 'untilReturn', wakeCompletion: 'explicit' })
    await withFile({}, session)
    await builder.stores.wakes.openWakes()
    const { data } = await builder.stores.wakes.listWakes(session.tenantId, {}, { limit: 10 })
    const { id } = await builder.task(session)
    const { lease } = await builder.begin(id)
    // Somebody has the tenant's feed: the completion has the session, and waits for it.
    const blocker = await builder.database.pool.connect()
    await blocker.query('begin')
    await blocker.query('select 1 from feed where tenant_id = $1 for update', [session.tenantId])
    const completing = builder.stores.transfers.completeTask(lease, storedFile(id), session.id)
    const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    const waiting = async (count: number) => {
      while ((await builder.database.many(waits)).length < count) await new Promise((resolve) => setImmediate(resolve))
    }
    await waiting(1)
    let returned = false
    const returning = builder.stores.wakes.completeWake(session.tenantId, data[0]!.id).then(() => (returned = true))
    while (!returned && (await builder.database.many(waits)).length < 2)
      await new Promise((resolve) => setImmediate(resolve))
    await blocker.query('commit')
    blocker.release()
    await Promise.all([completing, returning])
    await builder.deliver(session)
    await builder.stores.files.expireFiles()
    const task = (await builder.stores.tasks.findTask(session.tenantId, id)) as Task
    expect(task.file).toMatchObject({ state: 'temporary', leaseExpiresAt: expect.any(Date) })
  })
})

describe('garbage', () => {
  it('is leased to one sweeper at a time', async () => {
    const { id, change } = await withFile()
    await change({ kind: 'release' })
    const leased = await Promise.all(Array.from({ length: 8 }, () => builder.stores.files.leaseOrphans()))
    expect(leased.flat().filter(({ taskId }) => taskId === id)).toHaveLength(1)
  })

  it('is listed until it is cleared, and what was added meanwhile stays', async () => {
    const { id, key, change, garbage } = await withFile()
    await change({ kind: 'moved', key: 'files/c' })
    const listed = (await garbage())!
    expect(listed).toEqual([{ key }])
    await change({ kind: 'release' })
    await builder.stores.files.clearOrphans(id, listed)
    expect(await garbage()).toEqual([{ key }, { key: 'files/c' }])
    await builder.stores.files.clearOrphans(id, (await garbage())!)
    expect(await garbage()).toBeUndefined()
  })

  it('of a task that has not ended is left alone, and of a canceled one until its worker has surely stopped', async () => {
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    const { id, tenantId } = await builder.task(session)
    const { lease } = await builder.begin(id)
    await builder.stores.transfers.startGeneration(lease, transfer(1), facts)
    await builder.stores.transfers.startGeneration(lease, transfer(2), facts)
    const garbage = () => garbageOf(id)
    expect(await garbage()).toBeUndefined()
    await builder.stores.tasks.cancelTask(tenantId, id)
    expect(await garbage()).toBeUndefined()
    await builder.database.run("update task set ended_at = ended_at - interval '1 minute' where id = $1", [id])
    expect(await garbage()).toEqual([1, 2].map((n) => ({ key: `tasks/${n}`, uploadId: `upload-${n}` })))
    const parts = await builder.database.many('select 1 from transfer_part where task_id = $1', [id])
    expect(parts).toEqual([])
  })
})
