import { describe, expect, it } from 'vitest'
import type { Task } from '#core/tasks/rules/task.ts'
import { failure, type StoreBuilder, storedFile } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const pull = { delegate: { kind: 'pull' } } as const

describe('suspending, resuming and canceling', () => {
  it('repeating one is harmless, and what has ended stays so', async () => {
    const session = await builder.session(undefined, pull)
    const { tenantId } = session
    const { id } = await builder.task(session)
    const { stores } = builder
    const states = async (...verbs: ('suspendTask' | 'resumeTask' | 'cancelTask')[]) => {
      const found = []
      for (const verb of verbs) {
        const outcome = await stores.tasks[verb](tenantId, id)
        found.push(typeof outcome === 'string' ? outcome : outcome.state)
      }
      return found
    }
    expect(await states('suspendTask', 'suspendTask', 'resumeTask', 'resumeTask')).toEqual([
      'suspended',
      'suspended',
      'waiting',
      'waiting',
    ])
    expect(await states('cancelTask', 'cancelTask', 'suspendTask', 'resumeTask')).toEqual([
      'canceled',
      'canceled',
      'ended',
      'ended',
    ])
    const stranger = await builder.tenant()
    expect(await stores.tasks.cancelTask(stranger, id)).toBe('not_found')
    const { data } = await stores.events.listEvents(tenantId, {}, { limit: 10 })
    expect(data).toMatchObject([{ type: 'task.completed', data: { task: { id, error: { name: 'cancelled' } } } }])
  })

  it('a resumed task keeps to its begin date and its retry time', async () => {
    const session = await builder.session(undefined, pull)
    const earliestBeginDate = new Date(Date.now() + 60_000)
    const later = await builder.task(session, { suspended: true, earliestBeginDate })
    expect(await builder.stores.tasks.resumeTask(session.tenantId, later.id)).toMatchObject({
      readyAt: earliestBeginDate,
    })
    const retrying = await builder.task(session)
    const { lease } = await builder.begin(retrying.id)
    await builder.stores.transfers.failAttempt(lease, failure(60_000))
    await builder.stores.tasks.suspendTask(session.tenantId, retrying.id)
    const resumed = (await builder.stores.tasks.resumeTask(session.tenantId, retrying.id)) as Task
    expect(resumed.readyAt).toEqual(resumed.retryAt)
    expect(resumed.readyAt.getTime()).toBeGreaterThan(Date.now() + 50_000)
  })

  it('a suspended task shows no speed', async () => {
    const session = await builder.session(undefined, pull)
    const { id, tenantId } = await builder.task(session)
    const { lease } = await builder.begin(id)
    await builder.stores.transfers.renewLease(lease, { bytesReceived: 4, bytesExpected: 9, bytesPerSecond: 100 })
    expect(await builder.stores.tasks.suspendTask(tenantId, id)).toMatchObject({
      bytesReceived: 4,
      bytesPerSecond: null,
    })
  })

  it('a hundred refusals at once do not run out of connections', async () => {
    const session = await builder.session(undefined, pull)
    const { id, tenantId } = await builder.task(session)
    await builder.stores.tasks.cancelTask(tenantId, id)
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        n % 2 === 0 ? builder.stores.tasks.suspendTask(tenantId, id) : builder.stores.tasks.cancelTask(tenantId, id),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'ended')).toHaveLength(50)
  })
})

describe('a change and its events are one transaction', () => {
  const breaks = () => {
    throw new Error('the process died here')
  }
  const ends = {
    completes: { begun: true, verb: 'completeTask' },
    fails: { begun: true, verb: 'failAttempt' },
    'is canceled': { begun: false, verb: 'cancelTask' },
    'times out': { begun: false, verb: 'reap' },
    'retries behind its deadline': { begun: true, verb: 'retry' },
  } as const

  it.each(Object.entries(ends))(
    'nothing has changed when it breaks while a task %s',
    async (_name, { begun, verb }) => {
      const session = await builder.session()
      const { id, tenantId } = await builder.task(session)
      const lease = begun ? (await builder.begin(id)).lease : null
      const past = verb === 'reap' || verb === 'retry' ? '0 s' : '1 h'
      await builder.database.run('update task set deadline = clock_timestamp() + $2::interval where id = $1', [
        id,
        past,
      ])
      const change = (stores: StoreBuilder['stores']): Promise<unknown> =>
        ({
          completeTask: () => stores.transfers.completeTask(lease!, storedFile(id), session.id),
          failAttempt: () => stores.transfers.failAttempt(lease!, failure(null)),
          cancelTask: () => stores.tasks.cancelTask(tenantId, id),
          reap: () => stores.transfers.reap(),
          retry: () => stores.transfers.failAttempt(lease!, failure(1000)),
        })[verb]()
      const everything = () =>
        Promise.all([
          builder.database.many('select * from task where id = $1', [id]),
          builder.database.many('select * from session where id = $1', [session.id]),
          builder.database.many('select * from feed where tenant_id = $1', [tenantId]),
          builder.database.many('select * from event where session_id = $1', [session.id]),
        ])
      const before = await everything()
      await expect(change(builder.storesWith({ mint: { id: breaks } }))).rejects.toThrow('died here')
      expect(await everything()).toEqual(before)
      await expect(change(builder.storesWith({ encryptor: { decrypt: breaks } }))).rejects.toThrow('died here')
      expect(await everything()).toEqual(before)
      await change(builder.stores)
      const [, , , events] = await everything()
      expect(events.length).toBeGreaterThan(0)
    },
  )
})
