import { describe, expect, it } from 'vitest'
import { limiterOf } from '#core/ledger/limiter-row.ts'
import {
  effectiveDelay,
  gateUntil,
  type LimiterPolicy,
  type LimiterState,
  quietUntil,
} from '#core/wakes/rules/wake-limiter.ts'
import { randomFrom } from '#support/builders/random-verbs.ts'
import { type BuiltSession, failure } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

/** Time passes only where a test lets it. */
const policy: LimiterPolicy = { baseSeconds: 3600, factor: 2, capSeconds: 1_000_000 }

const builder = useStore(policy)

async function stateOf({ tenantId }: { tenantId: string }): Promise<LimiterState> {
  const row = await builder.database.first<Parameters<typeof limiterOf>[0]>(
    'select * from limiter where tenant_id = $1',
    [tenantId],
  )
  return limiterOf(row!)
}
async function delayOf({ tenantId }: { tenantId: string }): Promise<number> {
  const { state, at } = await builder.stores.wakes.readLimiter(tenantId)
  return effectiveDelay(state, at)
}
/** Lets time pass for a tenant: everything that is stored of its limiter and its waiting tasks is so much longer ago. */
async function pass({ tenantId }: { tenantId: string }, seconds: number): Promise<void> {
  const by = [tenantId, seconds]
  await builder.database.run(
    `update limiter set last_wake_at = last_wake_at - make_interval(secs => $2),
       last_gated_end_at = last_gated_end_at - make_interval(secs => $2) where tenant_id = $1`,
    by,
  )
  await builder.database.run(
    `update task set ready_at = ready_at - make_interval(secs => $2), gated_until = gated_until - make_interval(secs => $2),
       earliest_begin_date = earliest_begin_date - make_interval(secs => $2) where tenant_id = $1 and ended_at is null`,
    by,
  )
}
/** Completes the wake that is open. */
async function collect({ tenantId }: { tenantId: string }): Promise<void> {
  const open = await builder.database.many<{ id: string }>(
    "select id from wake where tenant_id = $1 and state = 'open'",
    [tenantId],
  )
  for (const { id } of open) await builder.stores.wakes.completeWake(tenantId, id)
}
const ahead = (seconds: number) => new Date(Date.now() + seconds * 1000)

/** A session whose tenant was woken just now: the delay is an hour. */
async function woken(session?: BuiltSession): Promise<BuiltSession> {
  const built = session ?? (await builder.session())
  await builder.complete((await builder.task(built)).id)
  await builder.stores.wakes.openWakes()
  return built
}

describe('the gate of a task', () => {
  it('is decided by the moment it could begin, for each task of a batch', async () => {
    const session = await woken()
    const gate = new Date(gateUntil(await stateOf(session))!)
    const tasks = await builder.tasks(
      session,
      { earliestBeginDate: ahead(1800) },
      { earliestBeginDate: ahead(7200) },
      { suspended: true },
      {},
    )
    expect(tasks.map(({ gatedUntil }) => gatedUntil)).toEqual([gate, null, null, gate])
    expect(tasks.map(({ gateDelaySeconds }) => gateDelaySeconds)).toEqual([3600, null, null, 3600])
    expect(tasks[1]).toMatchObject({ readyAt: tasks[1]!.earliestBeginDate })
    expect((await stateOf(session)).gatedLive).toBe(2)
  })

  it('is not passed by a task that was created suspended without a delay and is resumed during one', async () => {
    const session = await builder.session()
    const { id, tenantId } = await builder.task(session, { suspended: true })
    await woken(session)
    const resumed = await builder.stores.tasks.resumeTask(tenantId, id)
    const gate = new Date(gateUntil(await stateOf(session))!)
    expect(resumed).toMatchObject({ state: 'waiting', gatedUntil: gate, readyAt: gate, gateDelaySeconds: 3600 })
    expect((await stateOf(session)).gatedLive).toBe(1)
  })

  it('is not passed by a task that was suspended before it began', async () => {
    const session = await builder.session()
    const { id, tenantId } = await builder.task(session, { earliestBeginDate: ahead(60) })
    await builder.stores.tasks.suspendTask(tenantId, id)
    await woken(session)
    expect(await builder.stores.tasks.resumeTask(tenantId, id)).toMatchObject({ gatedUntil: expect.any(Date) })
    expect((await stateOf(session)).gatedLive).toBe(1)
  })

  it('is passed by one that has begun before: suspended and resumed during a delay, it keeps its admission', async () => {
    const session = await builder.session()
    const { id, tenantId } = await builder.task(session)
    await builder.begin(id)
    await builder.stores.tasks.suspendTask(tenantId, id)
    await woken(session)
    expect(await builder.stores.tasks.resumeTask(tenantId, id)).toMatchObject({ gatedUntil: null })
    expect((await stateOf(session)).gatedLive).toBe(0)
  })

  it('is not for a suspended task made during the delay, which is over at quietUntil', async () => {
    const session = await woken()
    const { id, tenantId } = await builder.task(session, { suspended: true })
    expect(await stateOf(session)).toMatchObject({ delaySeconds: 3600, gatedLive: 0 })
    await pass(session, 3590)
    expect(await delayOf(session)).toBe(3600)
    await pass(session, 10)
    expect(await delayOf(session)).toBe(0)
    expect(await builder.stores.tasks.resumeTask(tenantId, id)).toMatchObject({ gatedUntil: null })
  })

  it('is given up by suspending: nothing stands for it, and resuming decides anew', async () => {
    const session = await woken()
    const { id, tenantId } = await builder.task(session)
    expect(await builder.stores.tasks.suspendTask(tenantId, id)).toMatchObject({ gatedUntil: null })
    expect(await stateOf(session)).toMatchObject({ gatedLive: 0, lastGatedEndAt: null })
    await builder.stores.tasks.suspendTask(tenantId, id)
    expect((await stateOf(session)).gatedLive).toBe(0)
    expect(await builder.stores.tasks.resumeTask(tenantId, id)).toMatchObject({ gatedUntil: expect.any(Date) })
    await builder.stores.tasks.resumeTask(tenantId, id)
    expect((await stateOf(session)).gatedLive).toBe(1)
    await builder.stores.tasks.suspendTask(tenantId, id)
    await builder.stores.tasks.cancelTask(tenantId, id)
    expect(await stateOf(session)).toMatchObject({ gatedLive: 0, lastGatedEndAt: null })
    await pass(session, 3600)
    expect(await delayOf(session)).toBe(0)
  })

  it('leaves no delay behind when a task that has begun is suspended, but does not lower it at once', async () => {
    const session = await woken()
    const { id, tenantId } = await builder.task(session)
    await builder.begin(id)
    await pass(session, 3600)
    expect(await delayOf(session)).toBe(3600)
    await builder.stores.tasks.suspendTask(tenantId, id)
    expect(await delayOf(session)).toBe(3600)
    await pass(session, 3600)
    expect(await delayOf(session)).toBe(0)
    await builder.stores.tasks.resumeTask(tenantId, id)
    expect([await delayOf(session), (await stateOf(session)).gatedLive]).toEqual([0, 0])
  })

  it('is not met when the task is resumed in the foreground', async () => {
    const session = await builder.session()
    const { id, tenantId } = await builder.task(session, { suspended: true })
    await woken(session)
    await builder.stores.wakes.enterForeground(tenantId, 'key_1', 300)
    expect(await builder.stores.tasks.resumeTask(tenantId, id)).toMatchObject({ gatedUntil: null })
  })

  it('is told with its figures, when it is met and when it was given up', async () => {
    const session = await woken()
    const { id, tenantId } = await builder.task(session)
    await builder.stores.tasks.suspendTask(tenantId, id)
    await builder.stores.tasks.resumeTask(tenantId, id)
    const { data } = (await builder.stores.timeline.readTimeline(tenantId, id, { limit: 100 }))!
    const figures = /the client was woken \d+(\.\d)? s ago; the delay is 3600 s/
    expect(data.slice(0, 4)).toMatchObject([
      { kind: 'created' },
      { kind: 'gated', detail: expect.stringMatching(figures) },
      { kind: 'suspended', detail: expect.stringContaining('anew') },
      { kind: 'resumed', detail: expect.stringMatching(figures) },
    ])
    expect(data.at(-1)).toMatchObject({ reason: 'wakeLimiter', detail: expect.stringMatching(figures) })
  })
})

describe('a nightly client', () => {
  it.each([
    ['a base of 60 s, begin dates a day ahead', 60, 86_400, 12],
    ['a base of 2 s, begin dates 12 s ahead', 2, 12, 8],
  ])('stays at the first delay for ever: %s', async (_, baseSeconds, aheadSeconds, nights) => {
    const session = await builder.session(undefined, { wakeCompletion: 'explicit' })
    const { tenantId } = session
    await builder.database.run('update limiter set base_seconds = $2 where tenant_id = $1', [tenantId, baseSeconds])
    const delays: number[] = []
    for (let night = 0; night < nights; night++) {
      const { id, gatedUntil } = await builder.task(session, { earliestBeginDate: ahead(aheadSeconds) })
      expect(gatedUntil).toBeNull()
      await pass(session, aheadSeconds + 1)
      await builder.complete(id)
      await builder.stores.wakes.openWakes()
      delays.push((await stateOf(session)).delaySeconds)
      await collect(session)
    }
    expect(delays).toEqual(Array(nights).fill(baseSeconds))
    expect((await builder.stores.wakes.listWakes(tenantId, {}, { limit: 100 })).data).toHaveLength(nights)
  })
})

it('counts exactly the gated tasks that wait or run, whatever is done to them, so that no delay outlasts its reason', async () => {
  const random = randomFrom(20_261_129)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const session = await builder.session(undefined, { wakeCompletion: 'explicit' })
  const { tenantId } = session
  const other = await builder.session(tenantId)
  await builder.database.run('update limiter set base_seconds = 60, cap_seconds = 240 where tenant_id = $1', [tenantId])
  const tasks = (states: string[]) =>
    builder.database.many<{ id: string }>(
      'select id from task where session_id = $1 and state = any($2) order by task_identifier',
      [session.id, states],
    )
  const some = async (states: string[], verb: (id: string) => Promise<unknown>) => {
    const found = await tasks(states)
    if (found.length > 0) await verb(pick(found).id)
  }
  const begin = async (id: string) => {
    await builder.database.run('update task set ready_at = created_at where id = $1', [id])
    return (await builder.begin(id)).lease
  }
  const verbs: (() => Promise<unknown>)[] = [
    () =>
      builder.tasks(
        session,
        { suspended: random() < 0.4, earliestBeginDate: random() < 0.4 ? ahead(random() * 300) : null },
        {},
      ),
    () => some(['waiting', 'running'], (id) => builder.stores.tasks.suspendTask(tenantId, id)),
    () => some(['suspended'], (id) => builder.stores.tasks.resumeTask(tenantId, id)),
    () => some(['waiting', 'running', 'suspended'], (id) => builder.stores.tasks.cancelTask(tenantId, id)),
    () => some(['waiting'], begin),
    () => some(['waiting'], async (id) => builder.stores.transfers.failAttempt(await begin(id), failure(1))),
    () => some(['waiting'], async (id) => (await begin(id)) && builder.complete(id)),
    () => some(['running'], (id) => builder.complete(id)),
    () => builder.stores.wakes.openWakes(),
    () => collect(session),
    async () => {
      await woken(other)
      await collect(other)
    },
    () => pass(session, random() * 120),
    async () => {
      if (random() < 0.7) return
      await builder.stores.wakes.enterForeground(tenantId, 'key_1', 300)
      await builder.tasks(session, {}, { suspended: true })
      await builder.stores.wakes.leaveForeground(tenantId, 'key_1')
    },
  ]
  let gates = 0
  for (let n = 0; n < 250; n++) {
    await pick(verbs)()
    const [counted] = await builder.database.many<{ live: number; active: number }>(
      `select count(*)::int as live, (count(*) filter (where state <> 'suspended'))::int as active
       from task where tenant_id = $1 and gated and ended_at is null`,
      [tenantId],
    )
    const state = await stateOf(session)
    expect({ live: state.gatedLive, active: state.gatedLive }).toEqual(counted)
    if (state.gatedLive > 0) gates += 1
    const quiet = quietUntil(state)
    if (counted!.active === 0 && quiet !== null) expect(effectiveDelay(state, quiet)).toBe(0)
  }
  // It was about something.
  expect(gates).toBeGreaterThan(20)
})
