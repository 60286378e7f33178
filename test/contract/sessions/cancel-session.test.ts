import { describe, expect, it } from 'vitest'
import { openAnnouncer } from '#core/database/listen.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { claim } from '#support/builders/claim.ts'
import { type BuiltSession, storedFile, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const cancel = ({ tenantId, identifier }: BuiltSession) =>
  builder.stores.sessions.invalidateSession(tenantId, identifier, 'cancel')
const shown = ({ tenantId, identifier }: BuiltSession) => builder.stores.sessions.findSession(tenantId, identifier)
const feedOf = async ({ tenantId, identifier }: BuiltSession, limit = 100) =>
  (await builder.stores.events.listEvents(tenantId, { sessionIdentifier: identifier }, { limit })).data
const pull = { delegate: { kind: 'pull' } } as const

describe('canceling a session', () => {
  it('cancels tasks in every state, tells of each, and interrupts and fences their workers', async () => {
    const session = await builder.session(undefined, pull)
    const later = new Date(Date.now() + 600_000)
    const given = [{}, {}, { earliestBeginDate: later }, { suspended: true }, {}]
    const [running, claimed, waiting, suspended, completed] = await builder.tasks(session, ...given)
    await builder.complete(completed!.id)
    const { lease } = await builder.begin(running!.id)
    await builder.claim(claimed!.id)
    const announcer = await openAnnouncer(builder.connectionString, { info() {}, warn() {}, error() {} })
    const heard: string[] = []
    announcer.on('interrupted', ({ taskId }) => heard.push(taskId))
    try {
      await cancel(session)
      await eventually('both workers hear of it', () => heard.length === 2)
    } finally {
      await announcer.close()
    }
    expect(heard.toSorted()).toEqual([running!.id, claimed!.id].toSorted())
    expect(await shown(session)).toMatchObject({ state: 'invalidated', taskCounts: { canceled: 4, completed: 1 } })
    expect(await builder.stores.transfers.completeTask(lease, storedFile(running!.id), session.id)).toBe(false)
    for (const task of [running, claimed, waiting, suspended])
      expect(await builder.find(task!)).toMatchObject({ state: 'canceled', error: { name: 'cancelled', code: -999 } })
    const events = await feedOf(session)
    const told = events.filter(({ type }) => type === 'task.completed').map(({ data }) => data.task as { id: string })
    expect(told.map(({ id }) => id).toSorted()).toEqual(
      [running, claimed, waiting, suspended, completed].map((task) => task!.id).toSorted(),
    )
    expect(events.at(-1)!.type).toBe('session.invalidated')
  })

  it('ends the gates of its tasks in the limiter', async () => {
    const session = await builder.session()
    await builder.complete((await builder.task(session)).id)
    await builder.stores.wakes.openWakes()
    await builder.tasks(session, {}, {}, {})
    const gated = () =>
      builder.database.first('select gated_live from limiter where tenant_id = $1', [session.tenantId])
    expect(await gated()).toEqual({ gatedLive: 3 })
    await cancel(session)
    expect(await gated()).toEqual({ gatedLive: 0 })
  })

  it('wakes the client once for all of it', async () => {
    const session = await builder.session()
    await builder.tasks(session, {}, {}, {})
    await cancel(session)
    await builder.stores.wakes.openWakes()
    expect(typesOf(await builder.deliver(session))).toEqual([
      'session.wake',
      ...Array(3).fill('task.completed'),
      'session.events_finished',
      'session.invalidated',
    ])
  })

  it('wakes it once also when it takes several transactions', async () => {
    const session = await builder.session()
    await builder.tasks(session, ...Array.from({ length: 600 }, () => ({ suspended: true })))
    await cancel(session)
    await builder.stores.wakes.openWakes()
    expect((await shown(session))!).toMatchObject({ openWake: null, state: 'finishing' })
    while ((await builder.stores.sessions.cancelTasks()) > 0);
    await builder.stores.wakes.openWakes()
    expect((await shown(session))!.openWake).toMatchObject({ state: 'open', eventCount: 600 })
  })

  it('fetches nothing more for a task that is still to be canceled', async () => {
    const session = await builder.session(undefined, pull)
    await builder.tasks(session, ...Array.from({ length: 600 }, () => ({})))
    const { taskCounts } = (await cancel(session))!
    const leases = await claim(builder.stores, 20)
    expect(leases).toHaveLength(20)
    for (const lease of leases) expect(await builder.stores.transfers.beginTransfer(lease, 'wrk_test')).toBeNull()
    while ((await builder.stores.sessions.cancelTasks()) > 0);
    expect(taskCounts.canceled).toBeLessThan(600)
    expect(await shown(session)).toMatchObject({ state: 'invalidated', taskCounts: { canceled: 600 } })
  })

  it('leaves a task alone that is ending at this moment, and goes on behind it', async () => {
    const session = await builder.session()
    const [ending] = await builder.tasks(session, {}, {})
    const client = await builder.database.pool.connect()
    try {
      await client.query('begin')
      await client.query('select 1 from task where id = $1 for update', [ending!.id])
      expect((await cancel(session))!.taskCounts).toMatchObject({ canceled: 1, waiting: 1 })
      await client.query("update task set state = 'canceled', ended_at = now() where id = $1", [ending!.id])
      await client.query('commit')
    } finally {
      client.release()
    }
    // It was not announced as others are, so that only the mark tells that the session has drained.
    await builder.stores.wakes.openWakes()
    expect((await shown(session))!.openWake).toBeNull()
    await builder.stores.sessions.cancelTasks()
    await builder.stores.wakes.openWakes()
    expect((await shown(session))!.openWake).toMatchObject({ state: 'open' })
  })

  it('of a finishing session cancels what it waited for', async () => {
    const session = await builder.session(undefined, pull)
    await builder.task(session, { suspended: true })
    await builder.stores.sessions.invalidateSession(session.tenantId, session.identifier, 'finish')
    expect(await cancel(session)).toMatchObject({ state: 'invalidated', taskCounts: { canceled: 1 } })
  })

  it('with ten thousand tasks goes on wherever it was left, in several processes at once', async () => {
    const session = await builder.session(undefined, pull)
    const count = 10_001
    for (let left = count; left > 0; left -= 1000)
      await builder.tasks(session, ...Array.from({ length: Math.min(left, 1000) }, () => ({})))
    const first = await cancel(session)
    expect(first!.state).toBe('finishing')
    expect(first!.taskCounts.canceled).toBeGreaterThan(0)
    expect(first!.taskCounts.canceled).toBeLessThan(count)
    // The process that began has died; two others continue at its mark.
    await Promise.all(
      [builder.otherProcess(), builder.otherProcess()].map(async (stores) => {
        while ((await stores.sessions.cancelTasks()) > 0);
      }),
    )
    await builder.stores.sessions.cancelTasks()
    expect(await shown(session)).toMatchObject({ state: 'invalidated', taskCounts: { canceled: count, waiting: 0 } })
    const told = await builder.database.first(
      `select count(distinct task_id)::int as tasks, count(*)::int as events, max(sequence)::int as last,
         max(sequence) filter (where type = 'session.invalidated')::int as invalidated
       from event where session_id = $1`,
      [session.id],
    )
    expect(told).toEqual({ tasks: count, events: count + 1, last: count + 1, invalidated: count + 1 })
    expect(await builder.database.many('select 1 from session where canceling')).toEqual([])
  })
})

describe('ending tasks while the session is invalidated', () => {
  it.each(['finish', 'cancel'] as const)(
    'from several connections gives exactly one session.invalidated, always the last (%s)',
    async (how) => {
      const processes = Array.from({ length: 4 }, () => builder.otherProcess())
      for (let round = 0; round < 12; round++) {
        const session = await builder.session(undefined, round % 2 === 0 ? pull : {})
        const tasks = await builder.tasks(session, {}, {}, {}, {}, {}, {})
        const leases = []
        for (const { id } of tasks.slice(0, 4)) leases.push((await builder.begin(id)).lease)
        const { tenantId, identifier } = session
        const ends = [
          ...leases.map(
            (lease, n) => () => processes[n]!.transfers.completeTask(lease, storedFile(lease.taskId), session.id),
          ),
          ...tasks.slice(3).map(
            ({ id }, n) =>
              () =>
                processes[n]!.tasks.cancelTask(tenantId, id),
          ),
          () => processes[0]!.sessions.invalidateSession(tenantId, identifier, how),
          () => processes[1]!.sessions.invalidateSession(tenantId, identifier, 'finish'),
          () => processes[2]!.wakes.openWakes(),
          () => processes[3]!.sessions.cancelTasks(),
        ]
        const turned = [...ends.slice(round % ends.length), ...ends.slice(0, round % ends.length)]
        await Promise.all(turned.map((end) => end()))
        await builder.stores.sessions.cancelTasks()
        if (round % 2 === 1)
          for (let wake = 0; wake < 3; wake++) {
            await builder.stores.wakes.openWakes()
            await builder.deliver(session)
          }
        const events = await feedOf(session)
        const types = events.map(({ type }) => type)
        expect(types.filter((type) => type === 'session.invalidated')).toHaveLength(1)
        expect(types.at(-1)).toBe('session.invalidated')
        expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, n) => n + 1))
        expect(types.filter((type) => type === 'task.completed')).toHaveLength(tasks.length)
        expect((await shown(session))!.state).toBe('invalidated')
      }
    },
    60_000,
  )
})
