import { describe, expect, it } from 'vitest'
import { storedFile } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()
const hourMs = 3_600_000

describe('what has been waiting for the longest', () => {
  it('is nothing where nothing waits, or waits for its own time', async () => {
    const session = await builder.session()
    await builder.tasks(session, { earliestBeginDate: new Date(Date.now() + hourMs) })
    expect(await builder.stores.tasks.longestWaits(session.tenantId)).toEqual({ readySince: null, heldSince: null })
  })

  it('is the task that could have begun first, in whichever session', async () => {
    const [session, other] = [await builder.session(), await builder.session()]
    const [old] = await builder.tasks(session, {}, {}, { earliestBeginDate: new Date(Date.now() + hourMs) })
    const readySince = new Date(Date.now() - hourMs)
    await builder.database.run('update task set ready_at = $2 where id = $1', [old!.id, readySince])
    await builder.tasks(other, {})
    expect(await builder.stores.tasks.longestWaits(session.tenantId)).toEqual({ readySince, heldSince: null })
    expect((await builder.stores.tasks.longestWaits(other.tenantId)).readySince).not.toEqual(readySince)
  })

  it('is the first event that is held for a wake', async () => {
    const session = await builder.session()
    const created = await builder.tasks(session, {}, {})
    for (const { id } of created) {
      const { lease } = await builder.begin(id)
      await builder.stores.transfers.completeTask(lease, storedFile(id), session.id)
    }
    const { heldSince } = await builder.stores.tasks.longestWaits(session.tenantId)
    const [first] = (await builder.stores.events.listEvents(session.tenantId, {}, { limit: 1 })).data
    expect(heldSince?.toISOString()).toBe(first!.timestamp)
  })

  it('is no event that is worth no wake, or that the endpoint does not want', async () => {
    const session = await builder.session()
    const unwanted = await builder.session(undefined, { eventTypes: ['file.expired'] })
    for (const each of [session, unwanted]) {
      await builder.complete((await builder.task(each)).id)
      await builder.database.run('update event set held = true where session_id = $1', [each.id])
    }
    await builder.database.run("update event set type = 'file.expired' where session_id = $1", [session.id])
    for (const { tenantId } of [session, unwanted])
      expect((await builder.stores.tasks.longestWaits(tenantId)).heldSince).toBeNull()
  })
})
