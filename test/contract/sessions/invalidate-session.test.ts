import { describe, expect, it } from 'vitest'
import { mint } from '#core/runtime/crypto.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { recordAttempt, takeNextDelivery } from '#support/builders/next-deliveries.ts'
import {
  aResponse,
  type BuiltSession,
  eventOf,
  made,
  newTask,
  storedFile,
  typesOf,
} from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const invalidate = async ({ tenantId, identifier }: BuiltSession, how: 'finish' | 'cancel' = 'finish') =>
  (await builder.stores.sessions.invalidateSession(tenantId, identifier, how))!
const stateOf = async ({ tenantId, identifier }: BuiltSession) =>
  (await builder.stores.sessions.findSession(tenantId, identifier))!.state
const feedOf = async ({ tenantId, identifier }: BuiltSession) =>
  (await builder.stores.events.listEvents(tenantId, { sessionIdentifier: identifier }, { limit: 100 })).data
const feedTypes = async (session: BuiltSession) => (await feedOf(session)).map(({ type }) => type)
const limiterOf = ({ tenantId }: BuiltSession) =>
  builder.database.first('select delay_seconds, last_wake_at from limiter where tenant_id = $1', [tenantId])
const openWakeOf = async ({ tenantId, identifier }: BuiltSession) =>
  (await builder.stores.sessions.findSession(tenantId, identifier))!.openWake
const expireWakes = async (session: BuiltSession) => {
  const late = "update wake set deadline = clock_timestamp() - interval '1 ms' where session_id = $1 and state = 'open'"
  await builder.database.run(late, [session.id])
  await builder.stores.wakes.openWakes()
}
const pull = { delegate: { kind: 'pull' } } as const
const taskEvents = ['task.finished_downloading', 'task.completed']

describe('a session without tasks', () => {
  it.each(['finish', 'cancel'] as const)('ends at once by %s, and repeating it is harmless', async (how) => {
    const session = await builder.session(undefined, pull)
    expect(await invalidate(session, how)).toMatchObject({ id: session.id, state: 'invalidated' })
    for (const again of ['finish', 'cancel'] as const)
      expect(await invalidate(session, again)).toMatchObject({ id: session.id, state: 'invalidated' })
    expect(await feedTypes(session)).toEqual(['session.invalidated'])
    const row = await builder.database.first<{ invalidatedAt: Date }>(
      'select invalidated_at from session where id = $1',
      [session.id],
    )
    expect((await feedOf(session))[0]!.timestamp).toBe(row!.invalidatedAt.toISOString())
  })

  it('tells its endpoint without a wake, and the limiter stays low', async () => {
    const session = await builder.session()
    expect(await invalidate(session)).toMatchObject({ state: 'invalidated', undeliveredEvents: 1 })
    await builder.stores.wakes.openWakes()
    const sent = await builder.deliver(session)
    expect(typesOf(sent)).toEqual(['session.invalidated'])
    expect(eventOf(sent[0]!).data.wakeId).toBeNull()
    expect(await limiterOf(session)).toEqual({ delaySeconds: 0, lastWakeAt: null })
  })

  it('is not told of where launch events are not sent, or where the endpoint does not ask for it', async () => {
    const quiet = await builder.session(undefined, { sessionSendsLaunchEvents: false })
    const narrow = await builder.session(undefined, { eventTypes: ['task.completed'] })
    for (const session of [quiet, narrow]) {
      expect(await invalidate(session)).toMatchObject({ state: 'invalidated', undeliveredEvents: 0 })
      expect(await builder.deliver(session)).toEqual([])
      expect(await feedTypes(session)).toEqual(['session.invalidated'])
    }
  })
})

describe('a finishing session', () => {
  it('takes no new tasks, and ends with its last task, suspended ones included', async () => {
    const session = await builder.session(undefined, pull)
    const [running, suspended] = await builder.tasks(session, {}, { suspended: true })
    await builder.begin(running!.id)
    expect(await invalidate(session)).toMatchObject({ state: 'finishing' })
    const { tenantId, identifier } = session
    expect(await builder.stores.tasks.createTasks(tenantId, identifier, [newTask()])).toBe('invalidated')
    await builder.complete(running!.id)
    expect(await stateOf(session)).toBe('finishing')
    await builder.stores.tasks.resumeTask(tenantId, suspended!.id)
    await builder.complete(suspended!.id)
    expect(await stateOf(session)).toBe('invalidated')
    expect(await feedTypes(session)).toEqual([...taskEvents, ...taskEvents, 'session.invalidated'])
  })

  it('whose last task is canceled or fails for its deadline ends too', async () => {
    const session = await builder.session(undefined, pull)
    const [one, other] = await builder.tasks(session, {}, {})
    await invalidate(session)
    await builder.stores.tasks.cancelTask(session.tenantId, one!.id)
    const late = "update task set deadline = clock_timestamp() - interval '1 ms' where id = $1"
    await builder.database.run(late, [other!.id])
    await builder.stores.transfers.reap()
    expect(await stateOf(session)).toBe('invalidated')
    expect(await feedTypes(session)).toEqual(['task.completed', 'task.completed', 'session.invalidated'])
  })

  it('has its client woken first: session.invalidated follows session.events_finished in the same wake', async () => {
    const session = await builder.session()
    const task = await builder.task(session)
    await invalidate(session)
    await builder.complete(task.id)
    expect(await stateOf(session)).toBe('finishing')
    await builder.stores.wakes.openWakes()
    expect(await stateOf(session)).toBe('finishing')
    const wake = await openWakeOf(session)
    const sent = await builder.deliver(session)
    expect(typesOf(sent)).toEqual(['session.wake', ...taskEvents, 'session.events_finished', 'session.invalidated'])
    expect(new Set(sent.map((delivery) => eventOf(delivery).data.wakeId))).toEqual(new Set([wake!.id]))
    expect(await stateOf(session)).toBe('invalidated')
    expect(await limiterOf(session)).toMatchObject({ delaySeconds: 60 })
    await builder.stores.wakes.openWakes()
    expect(await builder.deliver(session)).toEqual([])
  })

  it('waits for the call where completion is explicit', async () => {
    const session = await builder.session(undefined, { wakeCompletion: 'explicit' })
    const task = await builder.task(session)
    await builder.complete(task.id)
    await builder.stores.wakes.openWakes()
    // It becomes finishing while the wake is open.
    expect(await invalidate(session)).toMatchObject({ state: 'finishing' })
    await builder.deliver(session)
    expect(await stateOf(session)).toBe('finishing')
    const wake = (await openWakeOf(session))!
    await builder.stores.wakes.completeWake(session.tenantId, wake.id)
    expect(await stateOf(session)).toBe('invalidated')
    expect(typesOf(await builder.deliver(session))).toEqual(['session.invalidated'])
    expect((await feedOf(session)).at(-1)).toMatchObject({ type: 'session.invalidated', data: { wakeId: wake.id } })
  })

  it('ends after wake.expired when its client does not react', async () => {
    const session = await builder.session()
    const task = await builder.task(session)
    await invalidate(session)
    await builder.complete(task.id)
    await builder.stores.wakes.openWakes()
    await expireWakes(session)
    expect(await stateOf(session)).toBe('invalidated')
    expect((await feedTypes(session)).slice(-2)).toEqual(['wake.expired', 'session.invalidated'])
    const sent = typesOf(await builder.deliver(session))
    expect(sent).toEqual(['session.wake', ...taskEvents, 'wake.expired', 'session.invalidated'])
  })

  it('ends when its endpoint is gone for good in the middle of the wake', async () => {
    const session = await builder.session()
    const task = await builder.task(session)
    await invalidate(session)
    await builder.complete(task.id)
    await builder.stores.wakes.openWakes()
    await builder.deliver(session, () => 410)
    expect(await stateOf(session)).toBe('invalidated')
    expect((await feedTypes(session)).at(-1)).toBe('session.invalidated')
  })

  it.each(["state = 'disabled'", 'deleted_at = clock_timestamp()'])(
    'whose endpoint has %s ends without the wake it was owed, and with the one that is open at its deadline',
    async (change) => {
      const owed = await builder.session()
      const open = await builder.session()
      for (const session of [open, owed]) {
        const task = await builder.task(session)
        await invalidate(session)
        await builder.complete(task.id)
        if (session === open) await builder.stores.wakes.openWakes()
        await builder.database.run(`update endpoint set ${change} where id = $1`, [session.endpointId])
      }
      await builder.stores.wakes.openWakes()
      expect(await stateOf(owed)).toBe('invalidated')
      expect(await feedTypes(owed)).toEqual([...taskEvents, 'session.invalidated'])
      expect(await stateOf(open)).toBe('finishing')
      await expireWakes(open)
      expect(await stateOf(open)).toBe('invalidated')
      expect((await feedTypes(open)).slice(-2)).toEqual(['wake.expired', 'session.invalidated'])
    },
  )

  it('needs no wake in the foreground, nor when its client comes there while one is owed', async () => {
    const tenantId = await builder.tenant()
    const owed = await builder.session(tenantId)
    const task = await builder.task(owed)
    await invalidate(owed)
    await builder.complete(task.id)
    await builder.stores.wakes.enterForeground(tenantId, 'key', 60)
    await builder.stores.wakes.openWakes()
    const live = await builder.session(tenantId)
    const other = await builder.task(live)
    await invalidate(live)
    await builder.complete(other.id)
    for (const session of [owed, live]) {
      expect(await stateOf(session)).toBe('invalidated')
      const sent = await builder.deliver(session)
      expect(typesOf(sent)).toEqual([...taskEvents, 'session.invalidated'])
      expect(sent.map((delivery) => eventOf(delivery).data.wakeId)).toEqual([null, null, null])
    }
    expect(await limiterOf(owed)).toEqual({ delaySeconds: 0, lastWakeAt: null })
  })

  it('takes along what was not worth a wake', async () => {
    const session = await builder.session(undefined, { fileLeaseSeconds: 3600 })
    const task = await builder.task(session)
    await builder.complete(task.id)
    await builder.stores.wakes.openWakes()
    await builder.deliver(session)
    const expired = "update task set file_lease_expires_at = clock_timestamp() - interval '1 ms' where id = $1"
    await builder.database.run(expired, [task.id])
    await builder.stores.files.expireFiles()
    expect(await builder.deliver(session)).toEqual([])
    await invalidate(session)
    expect(typesOf(await builder.deliver(session))).toEqual(['file.expired', 'session.invalidated'])
  })

  it('has session.invalidated as its last event: a file that expires later writes none', async () => {
    const session = await builder.session(undefined, pull)
    const task = await builder.task(session)
    await builder.complete(task.id)
    await invalidate(session)
    const expired = "update task set file_lease_expires_at = clock_timestamp() - interval '1 ms' where id = $1"
    await builder.database.run(expired, [task.id])
    await builder.stores.files.expireFiles()
    expect((await builder.find(task)).file).toMatchObject({ state: 'expired' })
    expect((await feedTypes(session)).at(-1)).toBe('session.invalidated')
  })

  it('that could have ended is found by those who keep house', async () => {
    const session = await builder.session(undefined, pull)
    await builder.database.run("update session set state = 'finishing' where id = $1", [session.id])
    expect(await builder.stores.sessions.invalidateSessions()).toBeGreaterThan(0)
    expect(await stateOf(session)).toBe('invalidated')
    expect(await feedTypes(session)).toEqual(['session.invalidated'])
    expect(await builder.stores.sessions.invalidateSessions()).toBe(0)
  })
})

describe('a process that dies in the middle', () => {
  /** The mint fails at its nth id; what it would have written is rolled back. */
  const dyingAt = (n: number) => {
    let ids = 0
    const id = (prefix: Parameters<typeof mint.id>[0]) => {
      if (++ids === n) throw new Error('died')
      return mint.id(prefix)
    }
    return builder.storesWith({ mint: { id } })
  }

  /** Tries `work` with a store that dies ever later, until it gets through; how often it died. */
  async function untilDone(session: BuiltSession, work: (stores: Stores) => Promise<unknown>): Promise<number> {
    const { tenantId, identifier } = session
    const look = async () => ({
      session: await builder.stores.sessions.findSession(tenantId, identifier),
      events: await feedOf(session),
      deliveries: (await builder.stores.deliveries.listDeliveries(tenantId, {}, { limit: 100 })).data.length,
    })
    for (let deaths = 0; ; deaths++) {
      const before = await look()
      const died = await work(dyingAt(deaths + 1)).then(
        () => false,
        () => true,
      )
      if (!died) return deaths
      expect(await look()).toEqual(before)
    }
  }

  it('leaves all or nothing of the end: with the last task, the wake, its end or its expiry', async () => {
    for (const end of ['acknowledged', 'expired', 'completed'] as const) {
      const session = await builder.session(undefined, { wakeCompletion: end === 'completed' ? 'explicit' : 'implied' })
      const { id } = await builder.task(session)
      const { lease } = await builder.begin(id)
      expect(
        await untilDone(session, (stores) =>
          stores.sessions.invalidateSession(session.tenantId, session.identifier, 'finish'),
        ),
      ).toBe(0)
      expect(
        await untilDone(session, (stores) => stores.transfers.completeTask(lease, storedFile(id), session.id)),
      ).toBeGreaterThan(0)
      expect(await untilDone(session, (stores) => stores.wakes.openWakes())).toBeGreaterThan(0)
      const last = 'session.events_finished'
      const lane = { sessionId: session.id, endpointId: session.endpointId! }
      if (end === 'expired') {
        const late = "update wake set deadline = clock_timestamp() - interval '1 ms' where session_id = $1"
        await builder.database.run(late, [session.id])
        expect(await untilDone(session, (stores) => stores.wakes.openWakes())).toBeGreaterThan(0)
      } else {
        for (let type = ''; type !== last; ) {
          const head = (await takeNextDelivery(builder.stores, lane))!
          type = eventOf(head).type
          await untilDone(session, (stores) => recordAttempt(stores, head, aResponse(204), 0.5, false))
        }
        const wake = await openWakeOf(session)
        if (end === 'completed')
          expect(
            await untilDone(session, (stores) => stores.wakes.completeWake(session.tenantId, wake!.id)),
          ).toBeGreaterThan(0)
      }
      expect(await stateOf(session)).toBe('invalidated')
      expect((await feedTypes(session)).filter((type) => type === 'session.invalidated')).toHaveLength(1)
      expect((await feedTypes(session)).at(-1)).toBe('session.invalidated')
      expect(typesOf(await builder.deliver(session)).at(-1)).toBe('session.invalidated')
    }
  })

  it('leaves all or nothing of a call that ends the session', async () => {
    const session = await builder.session()
    const call = (stores: Stores) => stores.sessions.invalidateSession(session.tenantId, session.identifier, 'cancel')
    expect(await untilDone(session, call)).toBe(2)
    expect(await stateOf(session)).toBe('invalidated')
  })
})

describe('its identifier', () => {
  it('is shown until it is used again, and then means the new session', async () => {
    const session = await builder.session(undefined, pull)
    const { tenantId, identifier } = session
    const task = await builder.task(session)
    await invalidate(session, 'cancel')
    const listed = () => builder.stores.tasks.listTasks(tenantId, { sessionIdentifier: identifier }, { limit: 10 })
    expect((await listed()).data.map(({ id }) => id)).toEqual([task.id])
    expect(await builder.stores.sessions.putSession(tenantId, identifier, null)).toEqual({ kind: 'delegate_required' })
    const { configuration } = (await builder.stores.sessions.findSession(tenantId, identifier))!
    const again = made(await builder.stores.sessions.putSession(tenantId, identifier, configuration))
    if (again.kind !== 'created') throw new Error(again.kind)
    expect(await builder.stores.sessions.findSession(tenantId, identifier)).toMatchObject({
      id: again.session.id,
      state: 'active',
    })
    expect((await listed()).data).toEqual([])
    const [other] = await builder.tasks({ ...session, id: again.session.id }, {})
    expect(other!.taskIdentifier).toBe(1)
    await builder.stores.sessions.invalidateSession(tenantId, identifier, 'cancel')
    expect(await builder.stores.sessions.findSession(tenantId, identifier)).toMatchObject({ id: again.session.id })
    expect(
      (await builder.stores.sessions.listSessions(tenantId, {}, { limit: 10 })).data.map(({ state }) => state),
    ).toEqual(['invalidated', 'invalidated'])
  })

  it('of another tenant is not known', async () => {
    const session = await builder.session(undefined, pull)
    const stranger = await builder.tenant()
    expect(await builder.stores.sessions.invalidateSession(stranger, session.identifier, 'cancel')).toBeNull()
    expect(await stateOf(session)).toBe('active')
  })
})
