import { beforeEach, describe, expect, it } from 'vitest'
import { holdClosedSessions } from '#core/ledger/preferred-hours-sql.ts'
import type { PreferredHours } from '#core/sessions/rules/preferred-hours.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import { pagesRead } from '#support/assertions/pages-read.ts'
import { claim } from '#support/builders/claim.ts'
import type { BuiltSession, SessionChanges } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const hourMs = 3_600_000
const builder = useStorePerTest()
/** The full hour in which a test began, which may end meanwhile. */
let thisHour: number
beforeEach(() => {
  thisHour = Math.floor(Date.now() / hourMs)
})

/** Hours from so many hours of the clock on, for so long; by UTC, on the full hour. */
function hours(fromNow: number, length = 2): PreferredHours {
  const clock = (add: number) => `${String((thisHour + add) % 24).padStart(2, '0')}:00`
  return { timeZone: 'UTC', windows: [{ from: clock(fromNow), to: clock(fromNow + length) }] }
}
const open = () => hours(-3, 8)
const shut = () => hours(5)
/** When hours that open in so many hours of the clock do. */
const opens = (fromNow: number) => new Date((thisHour + fromNow) * hourMs)

const discretionary = { delegate: { kind: 'pull' }, isDiscretionary: true } as const
const session = (changes: SessionChanges = {}, tenantId?: string) =>
  builder.session(tenantId, { ...discretionary, ...changes })
const prefer = (tenantId: string, preferredHours: PreferredHours | null) =>
  builder.stores.tenants.changeTenant(tenantId, { limiterPolicy: {}, preferredHours })
const claimed = async () => (await claim(builder.stores, 10_000)).map(({ taskId }) => taskId)
const row = async ({ id }: Pick<Task, 'id'>) =>
  (await builder.database.first<{ due: boolean; readyAt: Date; latestStart: Date | null }>(
    'select due, ready_at, latest_start from task where id = $1',
    [id],
  ))!
/** As if it had been planned for now. */
const come = ({ id }: Pick<Task, 'id'>) =>
  builder.database.run("update task set ready_at = clock_timestamp() - interval '1 ms' where id = $1", [id])

describe('a discretionary task', () => {
  it('waits for the next opening, and goes when it has come', async () => {
    const tenantId = await builder.tenant()
    await prefer(tenantId, shut())
    const task = await builder.task(await session({}, tenantId))
    expect(await row(task)).toMatchObject({ due: false })
    expect(await claimed()).toEqual([])
    expect(await row(task)).toMatchObject({ due: false, readyAt: opens(5) })
    expect(await builder.stores.dispatch.nextDueInMs()).toBeGreaterThan(3 * hourMs)
    await builder.database.run('update tenant set preferred_hours = $2 where id = $1', [
      tenantId,
      JSON.stringify(open()),
    ])
    await come(task)
    expect(await claimed()).toEqual([task.id])
  })

  it('goes at once while hours are open', async () => {
    const task = await builder.task(await session({ preferredHours: open() }))
    expect(await claimed()).toEqual([task.id])
  })

  it('goes by the hours of its session before those of its tenant', async () => {
    const tenantId = await builder.tenant()
    await prefer(tenantId, shut())
    const free = await builder.task(await session({ preferredHours: open() }, tenantId))
    const held = await builder.task(await session({}, tenantId))
    expect(await claimed()).toEqual([free.id])
    await prefer(tenantId, open())
    const shutItself = await builder.task(await session({ preferredHours: shut() }, tenantId))
    expect(await claimed()).toEqual([held.id])
    expect(await row(shutItself)).toMatchObject({ due: false, readyAt: opens(5) })
  })

  it('waits no longer than its latest start', async () => {
    const task = await builder.task(await session({ preferredHours: shut(), timeoutIntervalForResource: 2 * 3_600 }))
    expect(await claimed()).toEqual([])
    const { readyAt, latestStart } = await row(task)
    expect(readyAt).toEqual(latestStart)
    await builder.database.run(
      "update task set latest_start = clock_timestamp() - interval '1 ms', ready_at = clock_timestamp() - interval '1 ms' where id = $1",
      [task.id],
    )
    expect(await claimed()).toEqual([task.id])
  })

  it('is held again after a failed attempt', async () => {
    const task = await builder.task(await session({ preferredHours: open() }))
    const { lease } = await builder.begin(task.id)
    await builder.stores.transfers.giveBack(lease, 0)
    await builder.database.run(`update session set configuration = jsonb_set(configuration, '{preferredHours}', $1)`, [
      JSON.stringify(shut()),
    ])
    expect(await claimed()).toEqual([])
    expect(await row(task)).toMatchObject({ due: false, readyAt: opens(5) })
  })
})

describe('hours hold back', () => {
  it('nothing that is not discretionary', async () => {
    const made = await session({ preferredHours: shut() })
    await builder.stores.wakes.enterForeground(made.tenantId, 'key', 60)
    const [plain] = await builder.tasks(made, { isDiscretionary: false }, {})
    expect(await claimed()).toEqual([plain!.id])
    expect(await builder.find(plain!)).toMatchObject({ latestStart: null })
  })

  it("no other tenant's task, however many wait", async () => {
    const made = await session({ preferredHours: shut() })
    for (let batch = 0; batch < 3; batch++) await builder.tasks(made, ...Array.from({ length: 1_000 }, () => ({})))
    const other = await builder.task(await session())
    const all: string[] = []
    for (let round = 0; round < 3; round++) all.push(...(await claimed()))
    expect(all).toEqual([other.id])
    const [left] = await builder.database.many<{ count: number }>(
      "select count(*)::int as count from task where state = 'waiting' and ready_at <= clock_timestamp()",
    )
    expect(left).toEqual({ count: 0 })
  })
})

describe('hours that close', () => {
  const held = async (tasks: Task[]) => (await Promise.all(tasks.map(row))).filter(({ due }) => !due).length
  const close = (made: BuiltSession, to: PreferredHours) =>
    builder.database.run(
      `update session set configuration = jsonb_set(configuration, '{preferredHours}', $2) where id = $1`,
      [made.id, JSON.stringify(to)],
    )
  const markDue = () => claim(builder.stores, 0)

  it('hold what is due and has not begun, until they open again', async () => {
    const made = await session({ preferredHours: open() })
    const [running, ...waiting] = await builder.tasks(made, { priority: 1 }, {}, {})
    await markDue()
    expect(await claim(builder.stores, 1)).toMatchObject([{ taskId: running!.id }])
    expect(await builder.stores.sessions.holdClosedSessions()).toBe(0)
    await close(made, shut())
    expect(await builder.stores.sessions.holdClosedSessions()).toBe(2)
    expect(await held(waiting)).toBe(2)
    expect(await row(waiting[0]!)).toMatchObject({ readyAt: opens(5) })
    expect(await builder.find(running!)).toMatchObject({ state: 'dispatched' })
    expect(await builder.stores.sessions.holdClosedSessions()).toBe(0)
  })

  it('of a tenant hold the tasks of its sessions, but for those with hours of their own', async () => {
    const tenantId = await builder.tenant()
    const own = await session({ preferredHours: open() }, tenantId)
    const tasks = [await builder.task(await session({}, tenantId)), await builder.task(own)]
    const stranger = await builder.task(await session())
    await markDue()
    await prefer(tenantId, shut())
    expect(await builder.stores.sessions.holdClosedSessions()).toBe(1)
    expect(await Promise.all([...tasks, stranger].map(row))).toMatchObject([
      { due: false },
      { due: true },
      { due: true },
    ])
  })

  it('hold nothing whose latest start has come, and nothing beyond it', async () => {
    const made = await session({ preferredHours: open(), timeoutIntervalForResource: 2 * 3_600 })
    const [late, early] = await builder.tasks(made, {}, {})
    await markDue()
    await builder.database.run(
      'update task set latest_start = clock_timestamp() - make_interval(secs => 0.001) where id = $1',
      [late!.id],
    )
    await close(made, shut())
    expect(await builder.stores.sessions.holdClosedSessions()).toBe(1)
    expect(await row(late!)).toMatchObject({ due: true })
    const { readyAt, latestStart } = await row(early!)
    expect(readyAt).toEqual(latestStart)
  })

  it('are kept to by reading a few pages, however many tasks wait that they do not put off', async () => {
    const tenantId = await builder.tenant()
    await prefer(tenantId, open())
    const sessions = [await session({}, tenantId), await session({ preferredHours: open() })]
    const kinds = sessions.flatMap((made) => [
      { made, what: 'due = false' },
      { made, what: 'due = true, effective_discretionary = false' },
    ])
    for (const { made, what } of [...kinds, { made: await session(), what: 'due = true' }]) {
      const { id } = await builder.task(made)
      await builder.database.run(`update task set ${what} where id = $1`, [id])
      await builder.database.run(
        `insert into task select (jsonb_populate_record(t, jsonb_build_object('id', t.id || n,
           'task_identifier', t.task_identifier * 10000 + n))).* from task t, generate_series(1, 2000) n where t.id = $1`,
        [id],
      )
    }
    await builder.database.run('analyze task')
    expect(await pagesRead(builder.database, holdClosedSessions)).toBeLessThan(60)
  })

  it('hold any number of tasks, some at a time', async () => {
    const made = await session({ preferredHours: open() })
    for (let batch = 0; batch < 3; batch++) await builder.tasks(made, ...Array.from({ length: 1_000 }, () => ({})))
    for (let round = 0; round < 2; round++) await markDue()
    await close(made, shut())
    const held = [
      await builder.stores.sessions.holdClosedSessions(),
      await builder.stores.sessions.holdClosedSessions(),
    ]
    expect(held).toEqual([2_000, 1_000])
  })
})

describe('hours that an operator changes', () => {
  it('release what was held by those before', async () => {
    const tenantId = await builder.tenant()
    await prefer(tenantId, shut())
    const made = await session({}, tenantId)
    const tomorrow = new Date(Date.now() + 24 * hourMs)
    const [held, later] = await builder.tasks(made, {}, { earliestBeginDate: tomorrow })
    expect(await claimed()).toEqual([])
    expect(await prefer(tenantId, null)).toMatchObject({ preferredHours: null })
    expect(await claimed()).toEqual([held!.id])
    expect(await row(later!)).toMatchObject({ readyAt: tomorrow })
  })

  it('are kept, and stay when they are not named', async () => {
    const tenantId = await builder.tenant()
    const given = shut()
    expect(await prefer(tenantId, given)).toMatchObject({ preferredHours: given })
    const tenant = await builder.stores.tenants.changeTenant(tenantId, { limiterPolicy: { baseSeconds: 1 } })
    expect(tenant).toMatchObject({ preferredHours: given })
  })
})

describe('the latest start', () => {
  const week = 604_800_000
  const minuteMs = 60_000

  it('is planned by the expected bytes and the rate of the host when the task is created', async () => {
    await builder.stores.hosts.measureHost('quick.example.com', 10_000_000, 0)
    const tasks = await builder.tasks(
      await session(),
      { host: 'quick.example.com', countOfBytesClientExpectsToReceive: 6_000_000_000 },
      { host: 'unknown.example.com', countOfBytesClientExpectsToReceive: 600 * 1_048_576 },
      {
        host: 'unknown.example.com',
        earliestBeginDate: new Date(Date.now() + 600_000),
        countOfBytesClientExpectsToReceive: 0,
      },
    )
    const before = tasks.map(({ deadline, latestStart }) => (deadline!.getTime() - latestStart!.getTime()) / minuteMs)
    expect(before).toEqual([15, 15, 1])
    expect(tasks[0]!.deadline!.getTime() - tasks[0]!.createdAt.getTime()).toBe(week)
    expect(tasks[2]!.latestStart!.getTime()).toBeGreaterThan(week + tasks[2]!.createdAt.getTime())
  })

  it('is not before the task is ready', async () => {
    const [task] = await builder.tasks(await session({ timeoutIntervalForResource: 60 }), {})
    expect(task!.latestStart).toEqual(task!.readyAt)
  })

  it('comes with the deadline when a task is resumed, and stays when it is resumed again', async () => {
    const made = await session({ preferredHours: shut() })
    const task = await builder.task(made, { suspended: true, countOfBytesClientExpectsToReceive: 0 })
    expect(task).toMatchObject({ latestStart: null, deadline: null })
    const resumed = (await builder.stores.tasks.resumeTask(made.tenantId, task.id)) as Task
    expect(resumed.deadline!.getTime() - resumed.latestStart!.getTime()).toBe(minuteMs)
    expect(resumed.preferredHours).toEqual(shut())
    await builder.stores.tasks.suspendTask(made.tenantId, task.id)
    expect(await builder.stores.tasks.resumeTask(made.tenantId, task.id)).toMatchObject({
      latestStart: resumed.latestStart,
    })
    expect(await builder.find(task)).toMatchObject({ latestStart: resumed.latestStart, preferredHours: shut() })
  })
})
