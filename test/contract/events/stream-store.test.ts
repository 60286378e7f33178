import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAnnouncer } from '#core/database/listen.ts'
import type { LiveNotice } from '#core/events/rules/live-update.ts'
import { encode } from '#core/kernel/rules/announcement.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
let announcer: Awaited<ReturnType<typeof openAnnouncer>>
const notes: { bytes: number; notice: LiveNotice }[] = []
const heads: { tenantId: string; head: number }[] = []
beforeAll(async () => {
  announcer = await openAnnouncer(builder.connectionString, { info() {}, warn() {}, error() {} })
  announcer.on('note', (note) =>
    notes.push({ bytes: Buffer.byteLength(encode(note)), notice: note.notice as LiveNotice }),
  )
  announcer.on('events', ({ tenantId, head }) => heads.push({ tenantId, head }))
})
afterAll(async () => {
  await announcer.close()
})

describe('while a tenant has readers', () => {
  it('announcements stay far below what the database takes at once, however many tasks they are of', async () => {
    const tenantId = await builder.tenant()
    const identifier = 'x'.repeat(128)
    await builder.stores.sessions.putSession(tenantId, identifier, {
      ...(await builder.stores.sessions.findSession(tenantId, (await builder.session(tenantId)).identifier))!
        .configuration,
      delegate: { kind: 'pull' },
    })
    await builder.stores.events.holdStreams([tenantId])
    const session = { tenantId, identifier, id: '', endpointId: null, secret: null }
    const states = Array.from({ length: 1_000 }, (_, n) => ({ suspended: n % 2 === 0 }))
    const tasks = await builder.tasks(session, ...states)
    const told = () => notes.filter(({ notice }) => notice.tenantId === tenantId)
    const named = () => told().flatMap(({ notice }) => notice.taskIds)
    await eventually('every task is named', () => named().length >= tasks.length)
    expect(named().toSorted()).toEqual(tasks.map(({ id }) => id).toSorted())
    expect(told().length).toBeLessThanOrEqual(8)
    expect(Math.max(...told().map(({ bytes }) => bytes))).toBeLessThan(6_000)
    for (const { notice } of told())
      for (const id of notice.taskIds)
        expect(notice).toMatchObject({
          state: tasks.find((task) => task.id === id)!.state,
          sessionIdentifier: identifier,
        })
  })

  it('the announced place of the feed is one that can be read up to', async () => {
    const session = await builder.session()
    await builder.stores.events.holdStreams([session.tenantId])
    const tasks = await builder.tasks(session, {}, {}, {})
    for (const { id } of tasks) await builder.complete(id)
    const mine = () => heads.filter(({ tenantId }) => tenantId === session.tenantId).map(({ head }) => head)
    await eventually('all is announced', () => mine().length === 3)
    expect(mine()).toEqual([2, 4, 6])
    const items = await builder.stores.events.readFeed(session.tenantId, undefined, 0, 100)
    expect(items.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6])
    expect(await builder.stores.events.holdStreams([session.tenantId])).toEqual(new Map([[session.tenantId, 6]]))
  })

  it('what is rolled back is not announced', async () => {
    const session = await builder.session()
    await builder.stores.events.holdStreams([session.tenantId])
    const [broken, whole] = await builder.tasks(session, {}, {})
    const breaks = () => {
      throw new Error('the process died here')
    }
    await expect(
      builder.storesWith({ mint: { id: breaks } }).tasks.cancelTask(session.tenantId, broken!.id),
    ).rejects.toThrow('died here')
    await builder.stores.tasks.cancelTask(session.tenantId, whole!.id)
    const canceled = () =>
      notes.flatMap(({ notice }) => (notice.type === 'task.state' && notice.state === 'canceled' ? notice.taskIds : []))
    await eventually('the other is heard of', () => canceled().includes(whole!.id))
    expect(canceled()).not.toContain(broken!.id)
  })

  it('their lease ends by itself, is not written again while it is fresh, and is forgotten in the end', async () => {
    const [tenantId, other] = [await builder.tenant(), await builder.tenant()]
    const until = (id: string) =>
      builder.database.first<{ until: Date }>('select until from stream_lease where tenant_id = $1', [id])
    await builder.stores.events.holdStreams([tenantId])
    const first = await until(tenantId)
    await builder.stores.events.holdStreams([tenantId])
    expect(await until(tenantId)).toEqual(first)
    await builder.database.run("update stream_lease set until = clock_timestamp() - interval '1 second'")
    const session = await builder.session(tenantId)
    const before = notes.length
    const { id } = await builder.task(session)
    await builder.stores.tasks.cancelTask(tenantId, id)
    await builder.stores.events.holdStreams([other])
    await builder.stores.tasks.cancelTask(other, (await builder.task(await builder.session(other))).id)
    await eventually('the other is heard of', () => notes.length > before)
    expect(notes.slice(before).every(({ notice }) => notice.tenantId === other)).toBe(true)
    await builder.database.run(
      "update stream_lease set until = clock_timestamp() - interval '2 minutes' where tenant_id = $1",
      [tenantId],
    )
    await builder.stores.events.holdStreams([other])
    expect(await until(tenantId)).toBeNull()
  })
})
