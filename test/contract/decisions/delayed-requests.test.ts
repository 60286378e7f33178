import { describe, expect, it } from 'vitest'
import type { Task } from '#core/tasks/rules/task.ts'
import { taskView } from '#core/tasks/rules/task-view.ts'
import { waitingFor } from '#core/tasks/rules/waiting-reason-text.ts'
import { claim } from '#support/builders/claim.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { type BuiltSession, eventOf, typesOf } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const decisions = createDecisions(builder)

const asks = 'task.will_begin_delayed_request'
const claims = async ({ id }: Task) => (await claim(builder.stores, 10_000)).some(({ taskId }) => taskId === id)
const reasons = async (task: Task) =>
  waitingFor(await builder.find(task)).map(({ reason, until }) => ({ reason, until }))
async function asked(changes = {}): Promise<{ session: BuiltSession; task: Task }> {
  const session = await decisions.session(changes)
  const task = await decisions.delayed(session)
  await builder.stores.decisions.decide()
  return { session, task }
}

describe('a delayed task', () => {
  it('is not begun but asked about, once its time has come, and waits for the answer', async () => {
    const session = await decisions.session()
    const task = await builder.task(session, { earliestBeginDate: new Date(Date.now() + 3_600_000) })
    await builder.stores.decisions.decide()
    expect(await decisions.rows(session)).toEqual([])
    const come = await decisions.delayed(session)
    expect(await claims(come)).toBe(false)
    await Promise.all([builder.stores, builder.otherProcess()].map((stores) => stores.decisions.decide()))
    expect(await claims(come)).toBe(false)
    const { decisionUntil } = await builder.find(come)
    expect(decisionUntil!.getTime() - Date.now()).toBeGreaterThan(250_000)
    expect(await reasons(come)).toEqual([{ reason: 'delegateDecision', until: decisionUntil!.toISOString() }])
    expect(await reasons(task)).toMatchObject([{ reason: 'earliestBeginDate' }])

    const question = await decisions.question(session)
    expect(question).toMatchObject({ decision: 'delayedRequest', wakeId: null })
    expect(eventOf(question)).toMatchObject({
      type: asks,
      data: { wakeId: null, task: { id: come.id, waitingFor: [{ reason: 'delegateDecision' }] } },
    })
    expect(await decisions.states(session)).toEqual(['open'])
  })

  it('that keeps to hours is asked about when they open, not while it could not begin', async () => {
    const clock = (add: number) => `${String((new Date().getUTCHours() + add) % 24).padStart(2, '0')}:00`
    const windows = [{ from: clock(5), to: clock(7) }]
    const session = await decisions.session({ isDiscretionary: true, preferredHours: { timeZone: 'UTC', windows } })
    const task = await decisions.delayed(session)
    await builder.stores.decisions.decide()
    expect(await decisions.rows(session)).toEqual([])
    expect((await builder.find(task)).readyAt.getTime() - Date.now()).toBeGreaterThan(3 * 3_600_000)
    const come =
      'update task set ready_at = clock_timestamp() - make_interval(secs => 0.001), latest_start = clock_timestamp() - make_interval(secs => 0.001) where id = $1'
    await builder.database.run(come, [task.id])
    await builder.stores.decisions.decide()
    expect(await decisions.states(session)).toEqual(['open'])
    await decisions.answer(await decisions.question(session), { disposition: 'continueLoading' })
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
  })

  it('that is asked about holds the wake back no longer', async () => {
    const session = await decisions.session({ wakeMaximumLatency: 600 })
    await decisions.delayed(session)
    await builder.complete((await builder.task(session)).id)
    const wakes = async () => (await builder.stores.wakes.readLimiter(session.tenantId)).wakesLastHour
    await builder.stores.wakes.openWakes()
    expect(await wakes()).toBe(0)
    await builder.stores.decisions.decide()
    await builder.stores.wakes.openWakes()
    expect(await wakes()).toBe(1)
  })

  it('is asked about again when it gets another URL, whatever had been answered about the old one', async () => {
    const { session, task } = await asked()
    await decisions.answer(await decisions.question(session), {
      disposition: 'useNewRequest',
      request: { url: 'https://origin.example.com/old' },
    })
    const url = { url: 'https://origin.example.com/newest', host: 'origin.example.com' }
    await builder.stores.tasks.changeTask(session.tenantId, task.id, { url })
    await builder.stores.decisions.decide()
    expect(await decisions.states(session)).toEqual(['withdrawn', 'open'])
    await decisions.answer(await decisions.question(session), { disposition: 'continueLoading' })
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
    expect((await builder.find(task)).request.url).toBe(url.url)
  })

  it.each([
    ['whose date has passed when it is created', { earliestBeginDate: new Date(0) }],
    ['without a date', {}],
  ])('%s is none', async (_, changes) => {
    const session = await decisions.session()
    const task = await builder.task(session, changes)
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
    expect(await decisions.rows(session)).toEqual([])
  })

  it('is not asked about in a session that does not want it', async () => {
    const session = await decisions.session({ delegateDecisions: ['authenticationChallenge'] })
    const task = await decisions.delayed(session)
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
  })

  it('begins when its delegate lets it, and is never asked about again', async () => {
    const { session, task } = await asked()
    expect(await decisions.answer(await decisions.question(session), { disposition: 'continueLoading' })).toBeNull()
    expect(await claims(task)).toBe(false)
    await builder.stores.decisions.decide()
    const { lease } = await builder.begin(task.id)
    await builder.stores.transfers.giveBack(lease, 0)
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
    expect(await decisions.states(session)).toEqual(['settled: continueLoading'])
    expect((await decisions.rows(session))[0]!.answerSealed).toBeNull()
  })

  it('takes a new request whole, keeps its admission, and is not gated again', async () => {
    const session = await decisions.session()
    await builder.task(session)
    const task = await decisions.delayed(session, {
      request: { url: 'https://origin.example.com/old?token=1', headers: { 'X-Old': 'x' } },
    })
    await builder.stores.decisions.decide()
    const request = { url: 'https://mirror.example.net:8443/new', headers: { 'X-New': 'y' } }
    await decisions.answer(await decisions.question(session), { disposition: 'useNewRequest', request })
    const before = await builder.stores.wakes.readLimiter(session.tenantId)
    await builder.stores.decisions.decide()
    expect((await builder.stores.wakes.readLimiter(session.tenantId)).state).toEqual(before.state)
    const { job } = await builder.begin(task.id)
    expect(job.task).toMatchObject({ request, gatedUntil: null, decisionUntil: null })
    expect(taskView(job.task, Date.now())).toMatchObject({
      originalRequest: { url: 'https://origin.example.com/old?token=1', headers: { 'X-Old': '•••' } },
      currentRequest: { url: request.url },
    })
    const byHost = await builder.stores.tasks.listTasks(
      session.tenantId,
      { host: 'mirror.example.net:8443' },
      { limit: 5 },
    )
    expect(byHost.data.map(({ id }) => id)).toEqual([task.id])
  })

  it('is canceled when its delegate says so, with Apple’s error', async () => {
    const { session, task } = await asked()
    await decisions.answer(await decisions.question(session), { disposition: 'cancel' })
    await builder.stores.decisions.decide()
    expect(await builder.find(task)).toMatchObject({
      state: 'canceled',
      error: { code: -999, name: 'cancelled', detail: 'the delegate canceled the task' },
    })
    await builder.stores.wakes.openWakes()
    expect(typesOf(await builder.deliver(session))).toContain('task.completed')
    expect(await decisions.states(session)).toEqual(['settled: cancel'])
  })

  it('begins without an answer when the time for it is over, and what was left of asking is called off', async () => {
    const { session, task } = await asked()
    const question = await decisions.question(session)
    await decisions.answer(question, 'no idea', 500)
    await decisions.expire(session)
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
    expect(await decisions.states(session)).toEqual(['timedOut'])
    const { data } = await builder.stores.deliveries.listDeliveries(session.tenantId, {}, { limit: 5 })
    expect(data).toMatchObject([{ state: 'canceled', nextAttemptAt: null, attempts: 1 }])
    expect(await decisions.take(session)).toBeNull()
  })

  it('begins at once when its endpoint is gone', async () => {
    const { session, task } = await asked()
    await decisions.answer(await decisions.question(session), '', 410)
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
    const next = await decisions.delayed(session)
    await builder.stores.decisions.decide()
    expect(await claims(next)).toBe(true)
    expect(await decisions.states(session)).toEqual(['timedOut'])
  })

  it('is asked about although the endpoint filters its events', async () => {
    const { session } = await asked({ eventTypes: ['task.completed'] })
    expect(await decisions.question(session)).toMatchObject({ decision: 'delayedRequest' })
  })

  it('is asked about in the wake that is open', async () => {
    const session = await decisions.session()
    await builder.complete((await builder.task(session)).id)
    await builder.stores.wakes.openWakes()
    await decisions.delayed(session)
    await builder.stores.decisions.decide()
    const question = await decisions.question(session)
    expect(question.wakeId).not.toBeNull()
    const finished = await decisions.answer(question, { disposition: 'continueLoading' })
    expect(eventOf(finished!).type).toBe('session.events_finished')
  })

  it('never keeps a wake from finishing longer than there is time for the answer', async () => {
    const session = await decisions.session()
    await builder.complete((await builder.task(session)).id)
    await builder.stores.wakes.openWakes()
    await decisions.delayed(session)
    await builder.stores.decisions.decide()
    await decisions.answer(await decisions.question(session), '', 500)
    await decisions.expire(session)
    await builder.stores.decisions.decide()
    expect(typesOf(await builder.deliver(session))).toEqual(['session.events_finished'])
  })

  it('is asked about in the foreground behind what is still held', async () => {
    const session = await decisions.session()
    await builder.complete((await builder.task(session)).id)
    await builder.stores.wakes.enterForeground(session.tenantId, 'key_1', 60)
    await decisions.delayed(session)
    await builder.stores.decisions.decide()
    const sent = typesOf(await builder.deliver(session))
    expect(sent).toEqual(['task.finished_downloading', 'task.completed', asks])
    expect((await builder.stores.wakes.readLimiter(session.tenantId)).wakesLastHour).toBe(0)
  })

  it('leaves the limiter alone', async () => {
    const { session } = await asked()
    await builder.stores.wakes.openWakes()
    expect((await builder.stores.wakes.readLimiter(session.tenantId)).wakesLastHour).toBe(0)
    expect((await builder.stores.sessions.findSession(session.tenantId, session.identifier))!.openWake).toBeNull()
  })
})

describe('an interrupted question', () => {
  it('is withdrawn by a suspension, and asked again after the task was resumed', async () => {
    const { session, task } = await asked()
    const question = await decisions.question(session)
    await builder.stores.tasks.suspendTask(session.tenantId, task.id)
    expect(await decisions.states(session)).toEqual(['withdrawn'])
    await decisions.answer(question, { disposition: 'cancel' })
    await builder.stores.decisions.decide()
    expect((await builder.find(task)).state).toBe('suspended')
    const [attempt] = (await builder.stores.deliveries.listAttempts(session.tenantId, question.deliveryId))!
    expect(attempt).toMatchObject({ status: 200, error: 'nobody waits for this answer any more' })
    const { data } = await builder.stores.deliveries.listDeliveries(session.tenantId, {}, { limit: 5 })
    expect(data).toMatchObject([{ state: 'canceled' }])

    await builder.stores.tasks.resumeTask(session.tenantId, task.id)
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(false)
    await decisions.answer(await decisions.question(session), { disposition: 'continueLoading' })
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
    expect(await decisions.states(session)).toEqual(['withdrawn', 'settled: continueLoading'])
  })

  it('whose answer was recorded before a suspension is still decided by it', async () => {
    const { session, task } = await asked()
    const request = { url: 'https://mirror.example.net/new' }
    await decisions.answer(await decisions.question(session), { disposition: 'useNewRequest', request })
    await builder.stores.tasks.suspendTask(session.tenantId, task.id)
    await builder.stores.decisions.decide()
    expect(await builder.find(task)).toMatchObject({ state: 'suspended', request })
    await builder.stores.tasks.resumeTask(session.tenantId, task.id)
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
  })

  it('ends with the task: canceled by the client, or past its deadline', async () => {
    const first = await asked()
    await builder.stores.tasks.cancelTask(first.session.tenantId, first.task.id)
    const second = await asked()
    await builder.database.run("update task set deadline = clock_timestamp() - interval '1 ms' where id = $1", [
      second.task.id,
    ])
    await builder.stores.transfers.reap()
    expect(await builder.find(second.task)).toMatchObject({ state: 'failed', error: { code: -1001 } })
    for (const { session } of [first, second]) {
      expect(await decisions.states(session)).toEqual(['withdrawn'])
      const { data } = await builder.stores.deliveries.listDeliveries(session.tenantId, {}, { limit: 5 })
      expect(data[0]).toMatchObject({ eventType: asks, state: 'canceled' })
      await builder.stores.wakes.openWakes()
      expect(typesOf(await builder.deliver(session))).not.toContain(asks)
    }
  })
})

describe('an answer', () => {
  it('that cannot be used is written to its attempt without its text, and asked for again soon', async () => {
    const { session, task } = await asked()
    const question = await decisions.question(session)
    const request = { url: 'https://10.0.0.1/', headers: { Authorization: 'hunter2' } }
    expect(await decisions.answer(question, { disposition: 'useNewRequest', request })).toBeNull()
    const attempts = await builder.stores.deliveries.listAttempts(session.tenantId, question.deliveryId)
    expect(attempts).toMatchObject([
      {
        status: 200,
        error: expect.stringMatching(/^not usable: \/request\/url: The address is not a public one\. /),
        responseBody: '(not kept: it may hold a credential)',
      },
    ])
    const lane = await builder.database.first<{ seconds: number }>(
      'select extract(epoch from due_at - clock_timestamp())::float8 as seconds from delivery_lane where session_id = $1',
      [session.id],
    )
    expect(lane!.seconds).toBeGreaterThan(0)
    expect(lane!.seconds).toBeLessThanOrEqual(5)
    await builder.database.run(
      'update delivery_lane set due_at = clock_timestamp() - make_interval(secs => 0.001) where session_id = $1',
      [session.id],
    )
    const again = await decisions.question(session)
    expect(again).toMatchObject({ eventId: question.eventId, body: question.body, attempts: 2 })
    await decisions.answer(again, { disposition: 'continueLoading' })
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
  })

  it('that comes too late changes nothing', async () => {
    const { session, task } = await asked()
    const question = await decisions.question(session)
    await decisions.expire(session)
    await decisions.answer(question, { disposition: 'cancel' })
    await builder.stores.decisions.decide()
    expect(await claims(task)).toBe(true)
    expect(await decisions.states(session)).toEqual(['timedOut'])
  })

  it('counts once: a second one, of a sender that had lost the lane, is only logged', async () => {
    const { session, task } = await asked()
    const first = await decisions.question(session)
    await builder.database.run('update delivery_lane set lease_until = null where session_id = $1', [session.id])
    const second = await decisions.question(session)
    await decisions.answer(first, { disposition: 'cancel' })
    expect(await decisions.states(session)).toEqual(['open'])
    await decisions.answer(second, { disposition: 'continueLoading' })
    await Promise.all(
      [builder.stores, builder.otherProcess(), builder.otherProcess()].map((stores) => stores.decisions.decide()),
    )
    expect(await claims(task)).toBe(true)
    expect(await decisions.states(session)).toEqual(['settled: continueLoading'])
  })

  it('survives a crash on the way to its effect', async () => {
    const { session, task } = await asked()
    await decisions.answer(await decisions.question(session), { disposition: 'cancel' })
    let crashes = 0
    const crashing = builder.storesWith({
      mint: {
        id() {
          crashes += 1
          throw new Error('crash')
        },
      },
    })
    await expect(crashing.decisions.decide()).rejects.toThrow('crash')
    expect(crashes).toBeGreaterThan(0)
    expect(await builder.find(task)).toMatchObject({ state: 'waiting' })
    expect(await decisions.states(session)).toEqual(['answered'])
    await decisions.expire(session)
    await builder.stores.decisions.decide()
    expect(await builder.find(task)).toMatchObject({ state: 'canceled' })
  })
})
