import { describe, expect, it } from 'vitest'
import type { TaskChange } from '#core/tasks/task-store.ts'
import { claim } from '#support/builders/claim.ts'
import { facts, failure, part, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const pull = { delegate: { kind: 'pull' } } as const
const renewed = { url: 'https://origin.example.com/data.bin?signature=2', host: 'origin.example.com' }

async function withTask(changes = {}) {
  const session = await builder.session(undefined, pull)
  const task = await builder.task(session, changes)
  const change = async (given: TaskChange) => {
    const result = await builder.stores.tasks.changeTask(session.tenantId, task.id, given)
    if (typeof result === 'string') throw new Error(result)
    return result
  }
  return { session, task, change }
}

describe('changing a task', () => {
  it('changes what is named and leaves the rest, also of a task that has ended', async () => {
    const { task, change, session } = await withTask({
      metadata: { a: '1' },
      taskDescription: 'before',
      priority: 0.25,
    })
    expect(await change({ priority: 1 })).toMatchObject({
      priority: 1,
      taskDescription: 'before',
      metadata: { a: '1' },
    })
    expect(await change({ metadata: { b: '2' } })).toMatchObject({ priority: 1, metadata: { b: '2' } })
    await builder.stores.tasks.cancelTask(session.tenantId, task.id)
    const changed = await change({ taskDescription: 'after', metadata: {} })
    expect(changed).toMatchObject({ state: 'canceled', priority: 1, taskDescription: 'after', metadata: {} })
    expect(await builder.stores.tasks.changeTask(await builder.tenant(), task.id, { priority: 0 })).toBe('not_found')
  })

  it('lets a task of higher priority go first', async () => {
    const session = await builder.session(undefined, pull)
    const [first, second] = await builder.tasks(session, {}, {})
    await builder.stores.tasks.changeTask(session.tenantId, second!.id, { priority: 0.9 })
    const leases = await claim(builder.stores, 1_000)
    const order = leases.map(({ taskId }) => taskId).filter((id) => id === first!.id || id === second!.id)
    expect(order).toEqual([second!.id, first!.id])
  })
})

describe('a new URL', () => {
  it('changes the host and drops the headers with the origin, and keeps both otherwise', async () => {
    const headers = { Authorization: 'secret' }
    const request = { url: 'https://origin.example.com/data.bin', headers }
    const { change } = await withTask({ request })
    expect((await change({ url: renewed })).request).toEqual({ url: renewed.url, headers })
    const elsewhere = { url: 'https://other.example.com/data.bin', host: 'other.example.com' }
    const moved = await change({ url: elsewhere })
    expect(moved.request).toEqual({ url: elsewhere.url, headers: {} })
    const filter = { host: 'other.example.com' }
    expect((await builder.stores.tasks.listTasks(moved.tenantId, filter, { limit: 10 })).data).toHaveLength(1)
  })

  it('is tried at once instead of after the back-off, but never before the begin date or the gate', async () => {
    const { task, change } = await withTask()
    const { lease } = await builder.begin(task.id)
    await builder.stores.transfers.failAttempt(lease, failure(3_600_000, { suspect: true }))
    const changed = await change({ url: renewed })
    expect(changed).toMatchObject({ state: 'waiting', retryAt: null, suspectFailures: 0, attempts: 1 })
    const { job } = await builder.begin(task.id)
    expect(job.task.request.url).toBe(renewed.url)

    const earliestBeginDate = new Date(Date.now() + 3_600_000)
    const later = await withTask({ earliestBeginDate })
    expect(await later.change({ url: renewed })).toMatchObject({ readyAt: earliestBeginDate })
    const gatedUntil = new Date(Date.now() + 1_800_000)
    await builder.database.run('update task set gated_until = $2, earliest_begin_date = null where id = $1', [
      later.task.id,
      gatedUntil,
    ])
    expect(await later.change({ url: renewed })).toMatchObject({ readyAt: gatedUntil })
  })

  it('takes a running attempt from its worker without charging it, and keeps the parts', async () => {
    const { task, change } = await withTask()
    const { lease } = await builder.begin(task.id)
    await builder.stores.transfers.startGeneration(lease, transfer(lease.epoch), facts)
    await builder.stores.transfers.recordPart(lease, lease.epoch, part(1))
    expect(await change({ url: renewed })).toMatchObject({ state: 'waiting', attempts: 0, currentUrl: null })
    // What the old URL answers decides nothing any more.
    expect(await builder.stores.transfers.failAttempt(lease, failure(null))).toBe(false)
    const again = await builder.begin(task.id)
    expect(again.job).toMatchObject({ transfer: transfer(lease.epoch), parts: [part(1)] })
    expect(again.job.task.request.url).toBe(renewed.url)
  })

  it('leaves a claimed task to whoever claims it next, and one that is being put together alone', async () => {
    const claimed = await withTask()
    const lease = await builder.claim(claimed.task.id)
    expect(await claimed.change({ url: renewed })).toMatchObject({ state: 'waiting' })
    expect(await builder.stores.transfers.beginTransfer(lease, 'wrk_test')).toBeNull()
    const finalized = await withTask()
    const begun = await builder.begin(finalized.task.id)
    await builder.stores.transfers.startGeneration(begun.lease, transfer(begun.lease.epoch), facts)
    await builder.stores.transfers.finalizeTransfer(begun.lease, transfer(begun.lease.epoch), facts)
    expect(await finalized.change({ url: renewed })).toMatchObject({ state: 'completing' })
    await builder.complete(finalized.task.id)
  })

  it('stays suspended with a suspended task', async () => {
    const { change, task, session } = await withTask({ suspended: true })
    expect(await change({ url: renewed })).toMatchObject({ state: 'suspended', deadline: null })
    await builder.stores.tasks.resumeTask(session.tenantId, task.id)
    expect((await builder.begin(task.id)).job.task.request.url).toBe(renewed.url)
  })

  it('comes too late for a task that has ended, and then changes nothing else either', async () => {
    const { change, task, session } = await withTask({ priority: 0.25 })
    await builder.stores.tasks.cancelTask(session.tenantId, task.id)
    await expect(change({ url: renewed, priority: 1 })).rejects.toThrow('ended')
    expect(await builder.find(task)).toMatchObject({ priority: 0.25, request: task.request })
  })
})
