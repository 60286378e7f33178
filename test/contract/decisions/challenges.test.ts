import { describe, expect, it } from 'vitest'
import { credentialsPerTask } from '#core/decisions/rules/decision.ts'
import type { OutgoingDelivery } from '#core/deliveries/delivery-store.ts'
import { waitingFor } from '#core/tasks/rules/waiting-reason-text.ts'
import { claim } from '#support/builders/claim.ts'
import { challenge, createDecisions } from '#support/builders/decisions.ts'
import { recordAttempt } from '#support/builders/next-deliveries.ts'
import {
  aResponse as acknowledged,
  type BuiltSession,
  eventOf,
  facts,
  failure,
  part,
  transfer,
  typesOf,
} from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const decisions = createDecisions(builder)

const asks = 'task.authentication_challenge'
const basic = { disposition: 'useCredential', credential: { scheme: 'basic', user: 'ann', password: 'hunter2' } }
const bearer = { disposition: 'useCredential', credential: { scheme: 'bearer', token: 't0ken' } }
const wakes = async ({ tenantId }: BuiltSession) => (await builder.stores.wakes.readLimiter(tenantId)).wakesLastHour
async function answered(session: BuiltSession, body: unknown): Promise<void> {
  await builder.stores.wakes.openWakes()
  let next = await decisions.answer(await decisions.question(session), body)
  while (next) next = await recordAttempt(builder.stores, next, acknowledged(204), 0.5, true)
  await builder.stores.decisions.decide()
}

describe('a challenge', () => {
  it('opens a wake with what is held first, and raises the limiter', async () => {
    const session = await decisions.session()
    await builder.complete((await builder.task(session)).id)
    const task = await decisions.challenged(session)
    expect(await wakes(session)).toBe(0)
    await builder.stores.wakes.openWakes()
    expect(await wakes(session)).toBe(1)
    const sent = await builder.deliver(session)
    expect(typesOf(sent)).toEqual(['session.wake', 'task.finished_downloading', 'task.completed', asks])
    expect(eventOf(sent[0]!).data).toMatchObject({ eventCount: 3 })
    expect(eventOf(sent[3]!).data).toMatchObject({ challenge, task: { id: task.id, attempts: 1 } })
  })

  it('comes alone in its run: what is before it goes out first', async () => {
    const session = await decisions.session()
    await builder.complete((await builder.task(session)).id)
    await decisions.challenged(session)
    await builder.stores.wakes.openWakes()
    const first = await builder.stores.deliveries.leaseNextBatch(
      { sessionId: session.id, endpointId: session.endpointId! },
      32,
    )
    expect(typesOf(first)).toEqual(['session.wake', 'task.finished_downloading', 'task.completed'])
    const sent = first.map((delivery) => ({ delivery, answer: acknowledged(204), durationMs: 1, agoMs: 0 }))
    expect(typesOf(await builder.stores.deliveries.recordBatch({ sent, unsent: [] }, 0.5, 32))).toEqual([asks])
  })

  it('is nothing that the client could do better: advice on wakes does not count it', async () => {
    const session = await decisions.session()
    await decisions.challenged(session)
    await builder.stores.wakes.openWakes()
    const { wakesLastHour, singleTaskWakesLastHour } = await builder.stores.wakes.readLimiter(session.tenantId)
    expect({ wakesLastHour, singleTaskWakesLastHour }).toEqual({ wakesLastHour: 1, singleTaskWakesLastHour: 0 })
  })

  it('is delivered in the open wake, which does not raise the limiter again', async () => {
    const session = await decisions.session()
    await builder.complete((await builder.task(session)).id)
    await builder.stores.wakes.openWakes()
    const { openWake } = (await builder.stores.sessions.findSession(session.tenantId, session.identifier))!
    await decisions.challenged(session)
    await builder.stores.wakes.openWakes()
    expect(await wakes(session)).toBe(1)
    expect(await decisions.question(session)).toMatchObject({ wakeId: openWake!.id })
  })

  it('is asked at once in the foreground, without a wake', async () => {
    const session = await decisions.session()
    await builder.stores.wakes.enterForeground(session.tenantId, 'key_1', 60)
    await decisions.challenged(session)
    expect(await decisions.question(session)).toMatchObject({ decision: 'authenticationChallenge', wakeId: null })
    expect(await wakes(session)).toBe(0)
  })

  it('keeps attempts and parts, and the task waits for its delegate', async () => {
    const session = await decisions.session()
    const { id } = await builder.task(session)
    const { lease } = await builder.begin(id)
    await builder.stores.transfers.startGeneration(lease, transfer(lease.epoch), facts)
    await builder.stores.transfers.recordPart(lease, lease.epoch, part(1))
    await builder.stores.transfers.giveBack(lease, 0)
    const task = await builder.stores.tasks.findTask(session.tenantId, id)
    expect(await decisions.challenge(task!)).toBe('asked')
    const waiting = await builder.find(task!)
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 1 })
    expect(waitingFor(waiting)).toMatchObject([{ reason: 'delegateDecision' }])
    expect((await claim(builder.stores, 10_000)).map(({ taskId }) => taskId)).not.toContain(id)
    await answered(session, basic)
    const { job } = await builder.begin(id)
    expect(job).toMatchObject({ task: { attempts: 1 }, transfer: { generation: lease.epoch }, parts: [{ number: 1 }] })
  })

  it('is answered with a credential that goes into the request, in the place of another one', async () => {
    const session = await decisions.session()
    const request = { url: 'https://origin.example.com/data.bin', headers: { authorization: 'old', 'X-A': 'b' } }
    const task = await decisions.challenged(session, { request })
    await answered(session, basic)
    const headers = { 'X-A': 'b', Authorization: `Basic ${Buffer.from('ann:hunter2').toString('base64')}` }
    expect((await builder.begin(task.id)).job.task.request).toEqual({ ...request, headers })
    expect(await decisions.states(session)).toEqual(['settled: useCredential'])
  })

  it('leaves no credential in clear anywhere in the database', async () => {
    const session = await decisions.session()
    await decisions.challenged(session)
    await builder.stores.wakes.openWakes()
    const dump = async () => {
      const tables = ['decision', 'delivery', 'delivery_attempt', 'event', 'task', 'session', 'wake']
      const rows = tables.map((table) => builder.database.many(`select to_jsonb(t)::text as row from ${table} t`))
      return JSON.stringify(await Promise.all(rows))
    }
    await decisions.answer(await decisions.question(session), basic)
    const found = [await dump()]
    await builder.stores.decisions.decide()
    found.push(await dump())
    const encoded = ['hunter2', Buffer.from('ann:hunter2').toString('base64'), Buffer.from('hunter2').toString('hex')]
    for (const text of found) {
      expect(text).toContain('not kept: it may hold a credential')
      for (const secret of encoded) expect(text).not.toContain(secret)
    }
  })

  it(`is put ${credentialsPerTask} times; then the task fails`, async () => {
    const session = await decisions.session()
    const task = await decisions.challenged(session)
    await answered(session, basic)
    for (let given = 1; given < credentialsPerTask; given++) {
      expect(await decisions.challenge(task)).toBe('asked')
      await answered(session, bearer)
    }
    expect(await decisions.challenge(task)).toBe('failed')
    expect(await builder.find(task)).toMatchObject({
      state: 'failed',
      attempts: credentialsPerTask + 1,
      error: { code: -1013, name: 'userAuthenticationRequired', retriable: true },
    })
  })

  it('that nobody answers in time fails the task', async () => {
    const session = await decisions.session()
    const task = await decisions.challenged(session)
    await builder.stores.wakes.openWakes()
    await decisions.answer(await decisions.question(session), { disposition: 'continueLoading' })
    await decisions.expire(session)
    await builder.stores.decisions.decide()
    expect(await builder.find(task)).toMatchObject({
      state: 'failed',
      error: { code: -1013, detail: 'the delegate gave no credential in time' },
    })
    expect(await decisions.states(session)).toEqual(['timedOut'])
    expect(typesOf(await builder.deliver(session))).toEqual(['task.completed', 'session.events_finished'])
  })

  it('that fails a task leaves it what it had received', async () => {
    const session = await decisions.session()
    const task = await builder.task(session)
    const { lease } = await builder.begin(task.id)
    await builder.stores.transfers.startGeneration(lease, transfer(lease.epoch), facts)
    await builder.stores.transfers.recordPart(lease, lease.epoch, part(1))
    await builder.stores.transfers.giveBack(lease, 0)
    await decisions.challenge(task)
    await builder.stores.wakes.openWakes()
    await decisions.question(session)
    await decisions.expire(session)
    await builder.stores.decisions.decide()
    expect(await builder.find(task)).toMatchObject({ state: 'failed', resumeData: expect.any(String) })
  })

  it('is declined with a cancellation', async () => {
    const session = await decisions.session()
    const task = await decisions.challenged(session)
    await answered(session, { disposition: 'cancel' })
    expect(await builder.find(task)).toMatchObject({ state: 'canceled', error: { code: -999 } })
  })

  it('fails the task at once when its endpoint is switched off', async () => {
    const session = await decisions.session()
    await builder.database.run("update endpoint set state = 'disabled' where id = $1", [session.endpointId])
    const task = await builder.task(session)
    expect(await decisions.challenge(task)).toBe('failed')
    expect(await builder.find(task)).toMatchObject({ state: 'failed', error: { code: -1013 } })
  })

  it('of a worker that has lost the task asks nobody', async () => {
    const session = await decisions.session()
    const task = await builder.task(session)
    const { lease } = await builder.begin(task.id)
    await builder.stores.transfers.giveBack(lease, 0)
    const failed = failure(null, { errorName: 'userAuthenticationRequired', detail: '' })
    expect(await builder.stores.decisions.askForCredential(lease, failed, challenge)).toBe('lost')
    expect(await decisions.rows(session)).toEqual([])
  })

  it('that was withdrawn before its wake opened is not put, and wakes nobody', async () => {
    const session = await decisions.session()
    const task = await decisions.challenged(session)
    await builder.stores.tasks.suspendTask(session.tenantId, task.id)
    await builder.stores.wakes.openWakes()
    expect(await wakes(session)).toBe(0)
    expect(await decisions.take(session)).toBeNull()
    await builder.stores.tasks.resumeTask(session.tenantId, task.id)
    expect(await decisions.challenge(task)).toBe('asked')
    expect(await decisions.states(session)).toEqual(['withdrawn', 'open'])
  })

  it('that is open or just answered ends with a new URL: a credential for one origin never goes to another', async () => {
    const elsewhere = { url: { url: 'https://other.example.com/data.bin', host: 'other.example.com' } }
    for (const isAnswered of [false, true]) {
      const session = await decisions.session()
      const task = await decisions.challenged(session)
      await builder.stores.wakes.openWakes()
      const question = await decisions.question(session)
      if (isAnswered) await decisions.answer(question, basic)
      const changed = await builder.stores.tasks.changeTask(session.tenantId, task.id, elsewhere)
      expect(changed).toMatchObject({ state: 'waiting', decisionUntil: null })
      if (!isAnswered) await decisions.answer(question, basic)
      await builder.stores.decisions.decide()
      expect(await decisions.states(session)).toEqual(['withdrawn'])
      const { job } = await builder.begin(task.id)
      expect(job.task.request).toEqual({ url: elsewhere.url.url, headers: {} })
    }
  })

  it('says that its host is there: the circuit of one that had failed closes', async () => {
    const session = await decisions.session()
    const host = 'back-again.example.com'
    const task = await builder.task(session, { host })
    const { lease } = await builder.begin(task.id)
    await builder.database.run(
      `insert into host_state (host, half_open, failures, blocked_until) values ($1, true, 5, clock_timestamp() - make_interval(secs => 0.001))
       on conflict (host) do update set half_open = true, failures = 5, blocked_until = clock_timestamp() - make_interval(secs => 0.001)`,
      [host],
    )
    const hostOutcome = { kind: 'answered' } as const
    const asked = failure(null, {
      errorName: 'userAuthenticationRequired',
      detail: 'the origin answered 401',
      hostOutcome,
    })
    expect(await builder.stores.decisions.askForCredential(lease, asked, challenge)).toBe('asked')
    const state = await builder.database.first('select half_open, failures from host_state where host = $1', [host])
    expect(state).toEqual({ halfOpen: false, failures: 0 })
  })

  it('ends a row of cuts, as every other failure does', async () => {
    const session = await decisions.session()
    const task = await builder.task(session)
    const { lease } = await builder.begin(task.id)
    await builder.database.run('update task set body_cut = $2 where id = $1', [
      task.id,
      JSON.stringify({ at: 5, bytesReceived: 5, times: 2 }),
    ])
    const asked = failure(null, { errorName: 'userAuthenticationRequired', detail: 'the origin answered 401' })
    expect(await builder.stores.decisions.askForCredential(lease, asked, challenge)).toBe('asked')
    expect(await builder.database.first('select body_cut from task where id = $1', [task.id])).toEqual({
      bodyCut: null,
    })
  })

  it('that ends behind a delivery which rests after a failure does not have that one sent before its time', async () => {
    const session = await decisions.session()
    await builder.stores.wakes.enterForeground(session.tenantId, 'key_1', 60)
    await builder.complete((await builder.task(session)).id)
    await builder.deliver(session, () => 500)
    const dueAt = () => builder.database.first('select due_at from delivery_lane where session_id = $1', [session.id])
    const rests = await dueAt()
    const task = await decisions.challenged(session)
    await builder.stores.tasks.cancelTask(session.tenantId, task.id)
    expect(await decisions.states(session)).toEqual(['withdrawn'])
    expect(await dueAt()).toEqual(rests)
  })

  it('that nobody answered is not put again when its wake expires', async () => {
    const session = await decisions.session({ wakeCompletion: 'explicit' })
    const task = await decisions.challenged(session)
    await builder.stores.wakes.openWakes()
    const question = await decisions.question(session)
    await decisions.expire(session)
    let next = await decisions.answer(question, 'nothing of use')
    while (next) next = await recordAttempt(builder.stores, next, acknowledged(204), 0.5, true)
    await builder.stores.decisions.decide()
    expect(await builder.find(task)).toMatchObject({ state: 'failed' })
    const late =
      "update wake set deadline = clock_timestamp() - make_interval(secs => 0.001) where session_id = $1 and state = 'open'"
    await builder.database.run(late, [session.id])
    await builder.stores.wakes.openWakes()
    expect(typesOf(await builder.deliver(session))).toEqual(['task.completed', 'wake.expired'])
  })

  it('is one credential each for many tasks of a tenant at once, decided by several processes', async () => {
    const session = await decisions.session()
    const tasks = await builder.tasks(session, ...Array.from({ length: 12 }, () => ({})))
    for (const task of tasks) await decisions.challenge(task)
    await builder.stores.wakes.openWakes()
    const processes = [builder.stores, builder.otherProcess(), builder.otherProcess()]
    let next: OutgoingDelivery | null = await decisions.question(session)
    for (let n = 0; next?.decision; n++) {
      const answering: Promise<OutgoingDelivery | null> = decisions.answer(
        next,
        n % 3 === 0 ? { disposition: 'cancel' } : bearer,
      )
      await Promise.all(processes.map((stores) => stores.decisions.decide()))
      next = await answering
    }
    await builder.stores.decisions.decide()
    const states = await Promise.all(tasks.map(async (task) => (await builder.find(task)).state))
    expect(states.toSorted()).toEqual([...Array(4).fill('canceled'), ...Array(8).fill('waiting')])
    expect((await decisions.states(session)).toSorted()).toEqual([
      ...Array(4).fill('settled: cancel'),
      ...Array(8).fill('settled: useCredential'),
    ])
  })
})
