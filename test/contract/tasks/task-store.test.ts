import { describe, expect, it } from 'vitest'
import type { PageQuery } from '#core/kernel/page.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import type { TaskFilter } from '#core/tasks/task-store.ts'
import { facts, newTask, type StoreBuilder, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const pull = { delegate: { kind: 'pull' } } as const

async function allPages(tenantId: string, filter: TaskFilter, limit: number): Promise<Task[]> {
  const found: Task[] = []
  let query: PageQuery = { limit }
  for (;;) {
    const { data, nextCursor } = await builder.stores.tasks.listTasks(tenantId, filter, query)
    found.push(...data)
    expect(data.length).toBeLessThanOrEqual(limit)
    if (nextCursor === null) return found
    expect(data).toHaveLength(limit)
    query = { limit, cursor: nextCursor }
  }
}

describe('creating tasks', () => {
  it('gives back everything that was given, and what follows from it', async () => {
    const session = await builder.session(undefined, { ...pull, timeoutIntervalForResource: 60, isDiscretionary: true })
    const earliestBeginDate = new Date(Date.now() + 10_000)
    const given = {
      request: { url: 'https://a.example.com/x?token=secret', headers: { 'X-Key': 'value' } },
      origin: 'https://a.example.com',
      earliestBeginDate,
      countOfBytesClientExpectsToSend: 1,
      countOfBytesClientExpectsToReceive: 2 ** 40,
      maximumBytes: 2 ** 50,
      expected: { bytes: 3, sha256: 'ab' },
      priority: 0.75,
      taskDescription: 'the ä description',
      metadata: { order: '42' },
    }
    const task = await builder.task(session, given)
    const { origin, ...shown } = given
    expect(task).toMatchObject({
      ...shown,
      state: 'waiting',
      createdIn: 'background',
      isDiscretionary: true,
      effectiveDiscretionary: true,
      sessionIdentifier: session.identifier,
      taskIdentifier: 1,
      readyAt: earliestBeginDate,
      deadline: new Date(earliestBeginDate.getTime() + 60_000),
      gatedUntil: null,
      attempts: 0,
    })
    expect(task.createdAt).toEqual(task.resumedAt)
    const waiting = { ...task.waiting, at: expect.any(Date) }
    expect(await builder.find(task)).toEqual({ ...task, waiting })
  })

  it('a suspended task has no deadline until it is resumed', async () => {
    const session = await builder.session(undefined, { ...pull, timeoutIntervalForResource: 60 })
    const task = await builder.task(session, { suspended: true, isDiscretionary: false })
    expect(task).toMatchObject({ state: 'suspended', deadline: null, resumedAt: null, isDiscretionary: false })
    const resumed = (await builder.stores.tasks.resumeTask(session.tenantId, task.id)) as Task
    expect(resumed.state).toBe('waiting')
    expect(resumed.deadline!.getTime()).toBeCloseTo(resumed.resumedAt!.getTime() + 60_000, -1)
  })

  it('time before the first resume does not count, that between the later ones does', async () => {
    const session = await builder.session(undefined, { ...pull, timeoutIntervalForResource: 60 })
    const earliestBeginDate = new Date(Date.now() + 3_600_000)
    const [now, later] = await builder.tasks(session, { suspended: true }, { suspended: true, earliestBeginDate })
    await builder.database.run("update task set created_at = created_at - interval '1 day' where session_id = $1", [
      session.id,
    ])
    const resume = async (id: string) => (await builder.stores.tasks.resumeTask(session.tenantId, id)) as Task
    const first = await resume(now!.id)
    expect(first.deadline!.getTime()).toBeGreaterThan(Date.now() + 50_000)
    expect((await resume(later!.id)).deadline).toEqual(new Date(earliestBeginDate.getTime() + 60_000))
    await builder.stores.tasks.suspendTask(session.tenantId, now!.id)
    expect(await resume(now!.id)).toMatchObject({ deadline: first.deadline, resumedAt: first.resumedAt })
  })

  it('takes a thousand in one call', async () => {
    const session = await builder.session(undefined, pull)
    const ids = await builder.tasks(session, ...Array.from({ length: 1000 }, (_, n) => ({ taskDescription: `${n}` })))
    expect(ids.map(({ taskIdentifier }) => taskIdentifier)).toEqual(ids.map((_, n) => n + 1))
    expect(ids.map(({ taskDescription }) => taskDescription)).toEqual(ids.map((_, n) => `${n}`))
    expect(await builder.stores.tasks.countTasks(session.tenantId)).toMatchObject({ waiting: 1000 })
  })

  it('creates all or none', async () => {
    const session = await builder.session(undefined, pull)
    const first = await builder.task(session)
    const { tenantId, identifier } = session
    const twice = [newTask(), newTask(), newTask({ id: first.id })]
    await expect(builder.stores.tasks.createTasks(tenantId, identifier, twice)).rejects.toThrow()
    let sealed = 0
    const encrypt: StoreBuilder['encryptor']['encrypt'] = (plain, context) => {
      if (++sealed === 3) throw new Error('the encryptor broke')
      return builder.encryptor.encrypt(plain, context)
    }
    const stores = builder.storesWith({ encryptor: { encrypt } })
    await expect(stores.tasks.createTasks(tenantId, identifier, [newTask(), newTask(), newTask()])).rejects.toThrow(
      'broke',
    )
    expect(await builder.stores.tasks.countTasks(tenantId)).toMatchObject({ waiting: 1 })
    expect((await builder.task(session)).taskIdentifier).toBe(2)
  })

  it('numbers are consecutive in a session, however many create at once', async () => {
    const tenantId = await builder.tenant()
    const sessions = await Promise.all([builder.session(tenantId, pull), builder.session(tenantId, pull)])
    const calls = Array.from({ length: 40 }, (_, n) =>
      builder.tasks(sessions[n % 2]!, ...Array.from({ length: 1 + (n % 5) }, () => ({}))),
    )
    const batches = await Promise.all(calls)
    for (const batch of batches) {
      const first = batch[0]!.taskIdentifier
      expect(batch.map(({ taskIdentifier }) => taskIdentifier)).toEqual(batch.map((_, n) => first + n))
    }
    for (const { identifier } of sessions) {
      const numbers = batches
        .flat()
        .filter((task) => task.sessionIdentifier === identifier)
        .map(({ taskIdentifier }) => taskIdentifier)
        .toSorted((a, b) => a - b)
      expect(numbers).toEqual(numbers.map((_, n) => n + 1))
    }
  })

  it('numbers begin at one in every session', async () => {
    const tenantId = await builder.tenant()
    for (let n = 0; n < 2; n++) {
      const session = await builder.session(tenantId, pull)
      expect((await builder.tasks(session, {}, {})).map(({ taskIdentifier }) => taskIdentifier)).toEqual([1, 2])
    }
  })

  it("a session that is not there, or another tenant's, is not found", async () => {
    const session = await builder.session(undefined, pull)
    expect(await builder.stores.tasks.createTasks(session.tenantId, 'another', [newTask()])).toBe('not_found')
    expect(await builder.stores.tasks.createTasks(await builder.tenant(), session.identifier, [newTask()])).toBe(
      'not_found',
    )
  })

  it('a session that finishes takes no more, nor does one that is invalidated', async () => {
    const session = await builder.session(undefined, pull)
    const { tenantId, identifier } = session
    await builder.database.run("update session set state = 'finishing' where id = $1", [session.id])
    expect(await builder.stores.tasks.createTasks(tenantId, identifier, [newTask()])).toBe('invalidated')
    await builder.database.run("update session set state = 'invalidated' where id = $1", [session.id])
    expect(await builder.stores.tasks.createTasks(tenantId, identifier, [newTask()])).toBe('invalidated')
    expect(await builder.stores.tasks.countTasks(tenantId)).toMatchObject({ waiting: 0 })
  })
})

describe('listing tasks', () => {
  it('pages through a session by number and through a tenant by creation, forwards and backwards', async () => {
    const tenantId = await builder.tenant()
    const one = await builder.session(tenantId, pull)
    const other = await builder.session(tenantId, pull)
    const created = [...(await builder.tasks(one, ...Array(11).fill({}))), ...(await builder.tasks(other, {}, {}))]
    const inSession = await allPages(tenantId, { sessionIdentifier: one.identifier }, 4)
    expect(inSession.map(({ taskIdentifier }) => taskIdentifier)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    const all = await allPages(tenantId, {}, 5)
    expect(all.map(({ id }) => id)).toEqual(created.map(({ id }) => id).toSorted())
    expect(await allPages(await builder.tenant(), {}, 5)).toEqual([])
    const backwards = async (filter: TaskFilter, limit: number) =>
      (await allPages(tenantId, { ...filter, newestFirst: true }, limit)).map(({ id }) => id)
    const forwards = (tasks: Task[]) => tasks.map(({ id }) => id)
    expect(await backwards({ sessionIdentifier: one.identifier }, 4)).toEqual(forwards(inSession).toReversed())
    expect(await backwards({}, 5)).toEqual(forwards(all).toReversed())
  })

  it('filters by public state and by host', async () => {
    const session = await builder.session(undefined, pull)
    const elsewhere = { host: 'b.example.com:8443' }
    const [suspended, waiting, dispatched, running, completing, canceled] = await builder.tasks(
      session,
      { suspended: true },
      { earliestBeginDate: new Date(Date.now() + 60_000), ...elsewhere },
      {},
      {},
      {},
      { suspended: true, host: 'b.example.com:8443' },
    )
    await builder.claim(dispatched!.id)
    await builder.begin(running!.id)
    const { lease } = await builder.begin(completing!.id)
    const finalized = transfer(1, { uploadId: null })
    await builder.stores.transfers.finalizeTransfer(lease, finalized, facts)
    await builder.stores.tasks.cancelTask(session.tenantId, canceled!.id)
    const list = async (filter: TaskFilter) =>
      (await builder.stores.tasks.listTasks(session.tenantId, filter, { limit: 50 })).data.map(({ id }) => id)
    expect(await list({ state: 'suspended' })).toEqual([suspended!.id])
    expect(await list({ state: 'waiting' })).toEqual([waiting!.id, dispatched!.id])
    expect(await list({ state: 'running' })).toEqual([running!.id, completing!.id])
    expect(await list({ state: 'canceled' })).toEqual([canceled!.id])
    expect(await list({ state: 'failed' })).toEqual([])
    expect(await list({ host: 'b.example.com:8443' })).toEqual([waiting!.id, canceled!.id])
    expect(await list({ host: 'b.example.com:8443', state: 'waiting' })).toEqual([waiting!.id])
    expect(await builder.stores.tasks.countTasks(session.tenantId)).toEqual({
      suspended: 1,
      waiting: 2,
      running: 2,
      completed: 0,
      failed: 0,
      canceled: 1,
    })
  })

  it.each([
    ['garbled', (cursors: string[]) => `${cursors[0]}x`],
    ['of the other list', (cursors: string[]) => cursors[1]!],
    ['too large a number', () => Buffer.from('9999999999').toString('base64url')],
  ])('refuses a cursor that is %s', async (_what, cursorOf) => {
    const session = await builder.session(undefined, pull)
    await builder.tasks(session, {}, {})
    const { tenantId, identifier } = session
    const filters = [{ sessionIdentifier: identifier }, {}]
    const cursors: string[] = []
    for (const filter of filters)
      cursors.push((await builder.stores.tasks.listTasks(tenantId, filter, { limit: 1 })).nextCursor!)
    const refusal = { code: 'invalid_request', errors: [{ pointer: '/query/cursor' }] }
    const listed = builder.stores.tasks.listTasks(tenantId, filters[0]!, { limit: 1, cursor: cursorOf(cursors) })
    await expect(listed).rejects.toMatchObject(refusal)
    const swapped = builder.stores.tasks.listTasks(tenantId, {}, { limit: 1, cursor: cursors[0]! })
    await expect(swapped).rejects.toMatchObject(refusal)
  })
})
