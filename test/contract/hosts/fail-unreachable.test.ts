import { beforeEach, describe, expect, it } from 'vitest'
import type { HostState } from '#core/database/generated/client.ts'
import type { HostOutcome } from '#core/hosts/rules/host-health.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import type { TaskErrorName } from '#core/tasks/rules/task-error.ts'
import { claim } from '#support/builders/claim.ts'
import { type BuiltSession, facts, failure, part, transfer } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()
let session: BuiltSession
let host: string
beforeEach(async () => {
  host = 'down.example.com'
  session = await builder.session(undefined, { delegate: { kind: 'pull' } })
})

const many = (count: number) => builder.tasks(session, ...Array.from({ length: count }, () => ({ host })))
const stateOf = () => builder.database.first<HostState>('select * from host_state where host = $1', [host])

/** One task at a time is tried at the host and fails, until the circuit is open; for longer than any test takes. */
async function openCircuit(error: TaskErrorName = 'cannotConnectToHost', scheme: 'http' | 'https' = 'https') {
  for (let count = 0; count < 5; count++) await fails({ kind: 'unreachable', errorName: error, scheme })
  expect(await stateOf()).toMatchObject({ failures: 5, halfOpen: true })
  await builder.database.run(
    "update host_state set blocked_until = blocked_until + interval '1 hour' where host = $1",
    [host],
  )
}
async function fails(hostOutcome: HostOutcome): Promise<void> {
  const { id } = await builder.task(session, { host })
  const { lease } = await builder.begin(id)
  expect(await builder.stores.transfers.failAttempt(lease, failure(null, { hostOutcome }))).toBe(true)
}
/** Moves the host's and the tasks' times into the past by so many seconds. */
async function pass(seconds: number): Promise<void> {
  await builder.database.run(
    'update host_state set down_since = down_since - make_interval(secs => $2) where host = $1',
    [host, seconds],
  )
  await builder.database.run(
    "update task set ready_at = ready_at - make_interval(secs => $2) where host = $1 and state = 'waiting'",
    [host, seconds],
  )
}
const endRest = () =>
  builder.database.run("update host_state set blocked_until = clock_timestamp() - interval '1 ms' where host = $1", [
    host,
  ])
const waiting = async () =>
  (await builder.database.first<{ count: number }>(
    "select count(*)::int as count from task where host = $1 and state = 'waiting'",
    [host],
  ))!.count
const stillWaits = async (task: Task) =>
  expect(await builder.find(task)).toMatchObject({ state: 'waiting', error: null })

describe('at a host where nobody is', () => {
  it('all tasks that could have begun for two minutes fail, not charged, and nobody else’s do', async () => {
    await openCircuit()
    const tasks = await many(50)
    const other = await builder.task(session)
    await pass(60)
    expect(await builder.stores.transfers.reap()).toBe(0)
    await pass(60)
    const later = await builder.task(session, { host })
    await builder.database.run("update task set ready_at = ready_at - interval '1 hour' where id = $1", [other.id])
    expect(await builder.stores.transfers.reap()).toBe(50)
    for (const task of tasks) {
      expect(await builder.find(task)).toMatchObject({
        state: 'failed',
        attempts: 0,
        error: {
          name: 'cannotConnectToHost',
          code: -1004,
          retriable: true,
          detail:
            'the host could not be reached: 5 connections in a row failed, the newest with cannotConnectToHost; this task was not tried once more',
        },
      })
    }
    await stillWaits(later)
    await stillWaits(other)
    const events = await builder.database.many<{ taskId: string; type: string }>(
      'select task_id, type from event where task_id = any($1)',
      [tasks.map(({ id }) => id)],
    )
    expect(events.map(({ type }) => type)).toEqual(Array(50).fill('task.completed'))
    expect(new Set(events.map(({ taskId }) => taskId)).size).toBe(50)
  })

  it('those that were being fetched keep what they have received', async () => {
    const task = await builder.task(session, { host })
    const { lease } = await builder.begin(task.id)
    await builder.stores.transfers.startGeneration(lease, transfer(lease.epoch), facts)
    await builder.stores.transfers.recordPart(lease, lease.epoch, part(1))
    await builder.stores.transfers.giveBack(lease, 3_600_000)
    await openCircuit()
    await builder.database.run('update task set due = true, ready_at = clock_timestamp() where id = $1', [task.id])
    await pass(120)
    expect(await builder.stores.transfers.reap()).toBe(1)
    expect(await builder.find(task)).toMatchObject({ state: 'failed', resumeData: expect.any(String) })
  })

  it('each fails once, however many processes find it', async () => {
    await openCircuit()
    await many(30)
    await pass(120)
    const counts = await Promise.all(Array.from({ length: 3 }, () => builder.otherProcess().transfers.reap()))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30)
    const { data } = await builder.stores.events.listEvents(session.tenantId, {}, { limit: 100 })
    expect(data).toHaveLength(35)
  })

  it('a hundred a round do, and those of no host wait for all of another’s', async () => {
    const first = host
    await openCircuit()
    await many(150)
    await pass(300)
    host = `${host}.example.org`
    await openCircuit('cannotFindHost')
    const single = await builder.task(session, { host })
    await pass(120)
    expect(await builder.stores.transfers.reap()).toBe(100)
    expect(await builder.find(single)).toMatchObject({ state: 'failed', error: { name: 'cannotFindHost' } })
    expect(await builder.stores.transfers.reap()).toBe(51)
    host = first
    expect(await waiting()).toBe(0)
  })

  it.each<TaskErrorName>(['timedOut', 'networkConnectionLost'])(
    'tasks go on waiting when the newest failure is %s, which may pass',
    async (error) => {
      await openCircuit(error)
      const task = await builder.task(session, { host })
      await pass(3_600)
      expect(await builder.stores.transfers.reap()).toBe(0)
      await stillWaits(task)
    },
  )

  it('tasks for the other scheme go on waiting', async () => {
    await openCircuit('secureConnectionFailed')
    const request = { url: `http://${host}/file`, headers: {} }
    const plain = await builder.task(session, { host, request })
    await pass(120)
    expect(await builder.stores.transfers.reap()).toBe(0)
    await stillWaits(plain)
  })

  it('a try that is owed is made first, and is left alone', async () => {
    await openCircuit()
    const tasks = await many(3)
    await pass(3_600)
    await endRest()
    expect(await builder.stores.transfers.reap()).toBe(0)
    const [lease, ...more] = await claim(builder.stores, 100)
    expect([lease !== undefined, more]).toEqual([true, []])
    await builder.stores.transfers.beginTransfer(lease!, 'wrk_1')
    expect(await builder.stores.transfers.reap()).toBe(0)
    const hostOutcome: HostOutcome = { kind: 'unreachable', errorName: 'cannotFindHost', scheme: 'https' }
    await builder.stores.transfers.failAttempt(lease!, failure(1_000, { hostOutcome }))
    expect(await builder.stores.transfers.reap()).toBe(2)
    const states = await Promise.all(tasks.map((task) => builder.find(task)))
    expect(states.map(({ state }) => state).toSorted()).toEqual(['failed', 'failed', 'waiting'])
    expect(states.find(({ state }) => state === 'waiting')!.id).toBe(lease!.taskId)
  })

  it('nothing is given up while a transfer from there is still under way', async () => {
    const running = await builder.task(session, { host })
    await builder.begin(running.id)
    await openCircuit()
    const task = await builder.task(session, { host })
    await pass(3_600)
    expect(await builder.stores.transfers.reap()).toBe(0)
    await stillWaits(task)
  })

  it('a task that its delegate decides about, one that is put off and a suspended one are left alone', async () => {
    await openCircuit()
    const [asked, putOff, suspended] = await builder.tasks(session, { host }, { host }, { host, suspended: true })
    await pass(3_600)
    await builder.database.run("update task set decision_until = clock_timestamp() + interval '1 hour' where id = $1", [
      asked!.id,
    ])
    await builder.database.run('update task set due = false where id = $1', [putOff!.id])
    expect(await builder.stores.transfers.reap()).toBe(0)
    await stillWaits(asked!)
    await stillWaits(putOff!)
    expect(await builder.find(suspended!)).toMatchObject({ state: 'suspended' })
    await builder.database.run('update task set decision_until = null, due = true where host = $1', [host])
    expect(await builder.stores.transfers.reap()).toBe(2)
  })
})

describe('a host that is half open', () => {
  it.each<[string, (task: Task) => Promise<unknown>]>([
    ['is suspended', ({ tenantId, id }) => builder.stores.tasks.suspendTask(tenantId, id)],
    ['is canceled', ({ tenantId, id }) => builder.stores.tasks.cancelTask(tenantId, id)],
    ['is handed back', ({ id, epoch }) => builder.stores.transfers.giveBack({ taskId: id, epoch }, 3_600_000)],
    [
      'is lost with its worker',
      async ({ id }) => {
        await builder.database.run(
          "update task set lease_until = clock_timestamp() - interval '1 ms', priority = 0 where id = $1",
          [id],
        )
        expect(await builder.stores.transfers.reap()).toBe(1)
      },
    ],
  ])('is tried by the next task when the one that tried it %s', async (_name, interrupt) => {
    await openCircuit()
    const tasks = await many(2)
    await endRest()
    const [lease] = await claim(builder.stores, 100)
    await builder.stores.transfers.beginTransfer(lease!, 'wrk_1')
    expect(await claim(builder.stores, 100)).toEqual([])
    await interrupt(await builder.find(tasks.find(({ id }) => id === lease!.taskId)!))
    const again = await claim(builder.stores, 100)
    expect(again).toHaveLength(1)
    expect(again[0]!.taskId).not.toBe(lease!.taskId)
  })

  it('is open for all as soon as a long transfer has its response, not only when it ends', async () => {
    await openCircuit()
    await many(3)
    await endRest()
    const [lease] = await claim(builder.stores, 100)
    await builder.stores.transfers.beginTransfer(lease!, 'wrk_1')
    await builder.stores.transfers.startGeneration(lease!, transfer(lease!.epoch), facts)
    expect(await stateOf()).toMatchObject({ failures: 0, halfOpen: false, downSince: null, fault: null })
    expect(await claim(builder.stores, 100)).toHaveLength(2)
  })
})
