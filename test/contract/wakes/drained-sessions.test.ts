import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Sql } from '#core/database/database.ts'
import { countBusy, isBusy } from '#core/ledger/drained.ts'
import { pagesRead } from '#support/assertions/pages-read.ts'
import { type BuiltSession, failure } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { createWakes } from '#support/builders/wakes.ts'

const builder = useStore()

const { owedWakes, withOneCompleted } = createWakes(builder)
const set = (id: string, columns: string) => builder.database.run(`update task set ${columns} where id = $1`, [id])
const inSeconds = (seconds: number) => `clock_timestamp() + interval '${seconds} seconds'`
const rest = (taskId: string, seconds: number) =>
  builder.database.run(
    `insert into host_state (host, blocked_until) select host, ${inSeconds(seconds)} from task where id = $1
     on conflict (host) do update set blocked_until = excluded.blocked_until`,
    [taskId],
  )
const shown = async ({ tenantId, identifier }: BuiltSession) =>
  (await builder.stores.sessions.findSession(tenantId, identifier))!

/** A session that holds the events of one task while another, which is returned, is due. */
async function withOneDue(session: BuiltSession): Promise<string> {
  const first = await builder.task(session)
  await builder.begin(first.id)
  const other = await builder.task(session)
  await set(other.id, 'due = true')
  await builder.complete(first.id)
  return other.id
}

/** Goes through some sessions. */
async function look(): Promise<void> {
  await builder.stores.wakes.bringWakesForward()
}

describe('a session whose tasks take hours', () => {
  it('is woken once, when the last of them has ended', async () => {
    const session = await builder.session()
    const [running, last] = await withOneCompleted(session, 2)
    await builder.begin(running!)
    await builder.begin(last!)
    await builder.database.run("update event set created_at = created_at - interval '5 hours' where session_id = $1", [
      session.id,
    ])
    await look()
    expect(await owedWakes(session)).toEqual([])
    expect(await shown(session)).toMatchObject({
      heldEvents: 2,
      nextWake: { when: 'drained', at: null, outstanding: 2 },
      advice: [expect.stringContaining('events have been pending for 5 h')],
    })
    await builder.complete(running!)
    expect(await owedWakes(session)).toEqual([])
    await builder.complete(last!)
    expect(await owedWakes(session)).toMatchObject([{ state: 'open', eventCount: 6 }])
    expect(await shown(session)).toMatchObject({ heldEvents: 0, nextWake: null, advice: [] })
  })

  it('shows when its latency will have passed, if it has one', async () => {
    const session = await builder.session(undefined, { wakeMaximumLatency: 600 })
    const [running] = await withOneCompleted(session, 1)
    await builder.begin(running!)
    const { nextWake } = await shown(session)
    expect(nextWake).toMatchObject({ when: 'latency', outstanding: 1 })
    expect(Math.abs(nextWake!.at!.getTime() - Date.now() - 600_000)).toBeLessThan(60_000)
  })

  it('shows no wake for what is not worth one, and none to who pulls', async () => {
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    await withOneCompleted(session)
    expect(await shown(session)).toMatchObject({ heldEvents: 0, nextWake: null })
  })
})

/** What becomes of a task that has been claimable, and whether it still holds a wake back. */
const changes: Record<string, [busy: boolean, change: (id: string) => Promise<unknown>]> = {
  'is retried in 59 s': [
    true,
    async (id) => builder.stores.transfers.failAttempt((await builder.begin(id)).lease, failure(59_000)),
  ],
  'is retried in two minutes': [
    false,
    async (id) => builder.stores.transfers.failAttempt((await builder.begin(id)).lease, failure(120_000)),
  ],
  'is due at a host that rests for 30 s': [true, (id) => rest(id, 30)],
  'is due at a host that rests for two minutes': [false, (id) => rest(id, 120)],
  'is retried in a moment, at a host that rests for two minutes': [
    false,
    async (id) => {
      await builder.stores.transfers.failAttempt((await builder.begin(id)).lease, failure(1_000))
      await rest(id, 120)
    },
  ],
  'runs at a host that rests for two minutes': [
    true,
    async (id) => {
      await builder.begin(id)
      await rest(id, 120)
    },
  ],
  'begins in 30 s': [
    false,
    (id) => set(id, `due = false, earliest_begin_date = ${inSeconds(30)}, ready_at = ${inSeconds(30)}`),
  ],
  'was suspended and resumed, and begins in 30 s': [
    false,
    (id) => set(id, `due = false, epoch = 2, earliest_begin_date = ${inSeconds(30)}, ready_at = ${inSeconds(30)}`),
  ],
  'is gated for 30 s': [
    false,
    (id) => set(id, `due = false, gated_until = ${inSeconds(30)}, ready_at = ${inSeconds(30)}`),
  ],
  'waits for its delegate': [
    false,
    (id) => set(id, `due = false, decision_until = ${inSeconds(30)}, ready_at = ${inSeconds(30)}`),
  ],
  'is put off by preferred hours that open in 30 s': [
    false,
    async (id) => {
      await builder.database.run(
        `update session set configuration = configuration || '{"preferredHours": {"timeZone": "UTC"}}'
         where id = (select session_id from task where id = $1)`,
        [id],
      )
      await set(id, `due = false, epoch = 3, effective_discretionary = true, ready_at = ${inSeconds(30)}`)
    },
  ],
  'is held back by a quota': [
    false,
    async (id) =>
      void (await builder.database.run(
        'update lane set stored_cap = 0 where tenant_id = (select tenant_id from task where id = $1)',
        [id],
      )),
  ],
  'is about to be marked as due': [true, (id) => set(id, `due = false, ready_at = ${inSeconds(-1)}`)],
  'is due': [true, async () => undefined],
}

describe('without a word to its session, another task', () => {
  it.each(Object.keys(changes))('%s', async (name) => {
    const [busy, change] = changes[name]!
    const session = await builder.session()
    await change(await withOneDue(session))
    await look()
    expect((await shown(session)).nextWake).toMatchObject({ when: 'drained', outstanding: busy ? 1 : 0 })
    expect(await owedWakes(session)).toHaveLength(busy ? 0 : 1)
  })
})

describe('looking for drained sessions', () => {
  it('finds them behind any number of others, and leaves one alone that is being canceled', async () => {
    const tenantId = await builder.tenant()
    const [first, canceled, last] = [
      await builder.session(tenantId),
      await builder.session(tenantId),
      await builder.session(tenantId),
    ]
    for (const session of [first, canceled, last]) {
      const other = await withOneDue(session)
      await set(other, `due = false, epoch = 1, retry_at = ${inSeconds(600)}, ready_at = ${inSeconds(600)}`)
    }
    await builder.database.run('update session set canceling = true where id = $1', [canceled.id])
    await builder.database.run(
      `insert into session select (jsonb_populate_record(s, jsonb_build_object('id', s.id || n, 'identifier', 'like-' || n))).*
       from session s, generate_series(1, 1200) n where s.id = $1`,
      [canceled.id],
    )
    const due = async ({ id }: BuiltSession) =>
      (await builder.database.first('select 1 from session where id = $1 and wake_due_at <= clock_timestamp()', [
        id,
      ])) !== null
    await look()
    await look()
    expect([await due(first), await due(last), await due(canceled)]).toEqual([true, true, false])
    await builder.database.run('update session set canceling = false where canceling')
    for (let looks = 0; looks < 4; looks++) await look()
    expect(await due(canceled)).toBe(true)
    await builder.database.run("delete from session where identifier like 'like-%'")
  })

  it('reads a few pages, however many tasks wait', async () => {
    const session = await builder.session()
    const [due, later] = await builder.tasks(session, { host: 'asleep.example.com' }, {})
    await set(due!.id, 'due = true')
    await rest(due!.id, 3_600)
    await set(later!.id, `earliest_begin_date = ${inSeconds(50)}, ready_at = ${inSeconds(50)}`)
    await builder.database.run(
      `insert into task select (jsonb_populate_record(t, jsonb_build_object('id', t.id || n, 'task_identifier', 1000 + n * 2 + t.task_identifier))).*
       from task t, generate_series(1, 1000) n where t.session_id = $1`,
      [session.id],
    )
    await builder.database.run('analyze task')
    const busy = `select ${isBusy({ tenant: '$1', session: '$2' }, 'statement_timestamp()')} as busy`
    const look = (database: Pick<Sql, 'many'>) => database.many(busy, [session.tenantId, session.id])
    expect(await pagesRead(builder.database, look)).toBeLessThan(60)
  })

  it('sees what is counted for people, whatever its tasks are', async () => {
    const session = await builder.session()
    const host = () => fc.constantFrom('resting.example.com', 'soon.example.com', 'well.example.com')
    await builder.database.run(
      `insert into host_state (host, blocked_until) values ('resting.example.com', ${inSeconds(3_600)}),
         ('soon.example.com', ${inSeconds(40)})`,
    )
    const seconds = fc.constantFrom<number | null>(null, -100, 30, 600)
    const arbitraryTask = fc.record({
      state: fc.constantFrom('suspended', 'waiting', 'waiting', 'waiting', 'running', 'completed'),
      due: fc.boolean(),
      epoch: fc.nat(1),
      host: host(),
      begin: seconds,
      gate: seconds,
      retry: seconds,
      decision: fc.constantFrom<number | null>(null, null, null, 30),
    })
    const shownTasks = await builder.tasks(session, {}, {}, {})
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryTask, { minLength: 3, maxLength: 3 }), async (tasks) => {
        for (const [n, task] of tasks.entries()) {
          const at = (value: number | null) => (value === null ? 'null' : inSeconds(value))
          const ready = Math.max(-100, task.begin ?? -100, task.gate ?? -100, task.retry ?? -100)
          await set(
            shownTasks[n]!.id,
            `state = '${task.state}', due = ${task.state === 'waiting' && task.due && ready < 0 && task.decision === null},
             epoch = ${task.epoch}, host = '${task.host}', earliest_begin_date = ${at(task.begin)}, gated_until = ${at(task.gate)},
             retry_at = ${at(task.retry)}, decision_until = ${at(task.decision)}, ready_at = ${inSeconds(ready)}`,
          )
        }
        const row = await builder.database.first<{ busy: boolean; count: number }>(
          `select ${isBusy({ tenant: '$1', session: '$2' }, 'statement_timestamp()')} as busy,
             ${countBusy({ tenant: '$1', session: '$2' }, 'statement_timestamp()')} as count`,
          [session.tenantId, session.id],
        )
        expect(row!.busy).toBe(row!.count > 0)
      }),
      { numRuns: 150 },
    )
  })
})
