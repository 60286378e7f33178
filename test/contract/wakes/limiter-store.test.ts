import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '#core/database/database.ts'
import { createLedger } from '#core/ledger/ledger.ts'
import { limiterOf } from '#core/ledger/limiter-row.ts'
import { mint } from '#core/runtime/crypto.ts'
import { createLimiterStore } from '#core/wakes/postgres/limiter-store.ts'
import { freshLimiter, type LimiterPolicy, type LimiterState } from '#core/wakes/rules/wake-limiter.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { pagesRead } from '#support/assertions/pages-read.ts'
import { claim } from '#support/builders/claim.ts'
import { type BuiltSession, failure, made, newTask } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { type LimiterLog, logLimiter } from './limiter-log.ts'

/** Quick enough that gates open and delays fall back to nothing within a test. */
const policy: LimiterPolicy = { baseSeconds: 1.5, factor: 1.2, capSeconds: 2 }

let replay: LimiterLog['replay']
const builder = useStore(policy)
beforeAll(async () => {
  replay = (await logLimiter(builder.database, policy)).replay
})

async function stateOf(tenantId: string): Promise<LimiterState> {
  const row = await builder.database.first<Parameters<typeof limiterOf>[0]>(
    'select * from limiter where tenant_id = $1',
    [tenantId],
  )
  return limiterOf(row!)
}

/** A session whose tenant was woken just now: what is created next is gated. */
async function woken(tenantId?: string): Promise<BuiltSession> {
  const session = await builder.session(tenantId)
  const { id } = await builder.task(session)
  await builder.complete(id)
  await builder.stores.wakes.openWakes()
  return session
}

describe('one tenant’s limiter', () => {
  it('is what its transitions make of it one after the other, however many come at once', async () => {
    const tenantId = await builder.tenant()
    const sessions = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        builder.session(tenantId, { wakeCompletion: n % 2 ? 'implied' : 'explicit' }),
      ),
    )
    const processes = Array.from({ length: 4 }, () => builder.otherProcess())
    await Promise.all(processes.map((stores) => stores.tasks.countTasks(tenantId)))
    await woken(tenantId)
    const creating = Array.from({ length: 50 }, async (_, n) => {
      const stores = processes[n % processes.length]!
      const { identifier } = sessions[n % sessions.length]!
      const created = made(
        await stores.tasks.createTasks(tenantId, identifier, [newTask(), newTask(), newTask({ suspended: true })]),
      )
      if (typeof created === 'string') throw new Error(created)
      await stores.tasks.cancelTask(tenantId, created[2]!.id)
      await stores.wakes.openWakes()
    })
    let created = false
    const finished = async () => {
      const all = created
      const { waiting, running } = await builder.stores.tasks.countTasks(tenantId)
      return all && waiting + running === 0
    }
    const working = processes.map(async (stores, n) => {
      let round = 0
      while (!(await finished())) {
        for (const lease of await claim(stores, 7)) {
          await stores.transfers.beginTransfer(lease, `wrk_${n}`)
          await stores.transfers.failAttempt(lease, failure(null))
        }
        await stores.wakes.openWakes()
        const session = sessions[round++ % sessions.length]!
        await builder.deliver(session)
        const { data } = await stores.wakes.listWakes(
          tenantId,
          { sessionIdentifier: session.identifier },
          { limit: 100 },
        )
        await Promise.all(data.map(({ id }) => stores.wakes.completeWake(tenantId, id)))
      }
    })
    await Promise.all(creating)
    created = true
    await Promise.all(working)
    const { state, wakes, gated, ends } = await replay(tenantId)
    expect(await stateOf(tenantId)).toEqual(state)
    expect(state.gatedLive).toBe(0)
    expect(gated).toBeGreaterThan(0)
    expect(ends).toBe(gated)
    expect(wakes).toBeGreaterThan(1)
    expect(wakes).toBe((await builder.stores.wakes.listWakes(tenantId, {}, { limit: 200 })).data.length)
  })

  it('gates what is created after a wake, all of it until the same moment and not a moment longer', async () => {
    const session = await woken()
    const { lastWakeAt, delaySeconds } = await stateOf(session.tenantId)
    const tasks = await builder.tasks(session, {}, {}, {})
    const gate = new Date(lastWakeAt! + delaySeconds * 1000)
    for (const task of tasks) expect(task).toMatchObject({ gatedUntil: gate, readyAt: gate })
    expect((await stateOf(session.tenantId)).gatedLive).toBe(3)
    let claimed = 0
    await eventually(
      'the gate opens',
      async () => {
        claimed += (await claim(builder.stores, 10)).length
        const [row] = await builder.database.many<{ open: boolean }>('select clock_timestamp() >= $1 as open', [gate])
        if (claimed > 0) expect(row!.open).toBe(true)
        return claimed > 0
      },
      { everyMs: 2 },
    )
    expect(claimed).toBe(3)
  })

  const ends: Record<string, (id: string, tenantId: string) => Promise<unknown>> = {
    completes: (id) => builder.complete(id),
    fails: async (id) => builder.stores.transfers.failAttempt((await builder.begin(id)).lease, failure(null)),
    'is canceled': (id, tenantId) => builder.stores.tasks.cancelTask(tenantId, id),
    'is canceled with resume data': (id, tenantId) => builder.stores.tasks.cancelKeepingTransfer(tenantId, id),
    'is canceled with its session': async (id, tenantId) => {
      const { sessionIdentifier } = (await builder.stores.tasks.findTask(tenantId, id))!
      await builder.stores.sessions.invalidateSession(tenantId, sessionIdentifier, 'cancel')
    },
    'times out': async (id) => {
      await builder.database.run('update task set deadline = created_at where id = $1', [id])
      await builder.stores.transfers.reap()
    },
    'retries behind its deadline': async (id) =>
      builder.stores.transfers.failAttempt((await builder.begin(id)).lease, failure(10 * 86_400_000)),
  }
  it.each(Object.keys(ends))('counts the end of a gated task that %s', async (how) => {
    const session = await woken()
    const { id, tenantId, gatedUntil } = await builder.task(session)
    expect(gatedUntil).not.toBeNull()
    expect(await stateOf(tenantId)).toMatchObject({ gatedLive: 1, lastGatedEndAt: null })
    await ends[how]!(id, tenantId)
    const state = await stateOf(tenantId)
    expect(state.gatedLive).toBe(0)
    expect(state.lastGatedEndAt).not.toBeNull()
    expect((await replay(tenantId)).state).toEqual(state)
  })

  it('a retry keeps its admission: it is neither an end nor gated again', async () => {
    const session = await woken()
    const { id, tenantId } = await builder.task(session)
    const before = await stateOf(tenantId)
    await builder.stores.transfers.failAttempt((await builder.begin(id)).lease, failure(1))
    expect(await stateOf(tenantId)).toEqual(before)
    const retried = (await builder.stores.tasks.findTask(tenantId, id))!
    expect(retried.readyAt).toEqual(retried.retryAt)
  })

  it('is not touched by another tenant’s wakes', async () => {
    await woken()
    const other = await builder.session()
    expect((await builder.task(other)).gatedUntil).toBeNull()
    expect(await stateOf(other.tenantId)).toEqual(freshLimiter)
  })

  it('is read without the wakes before the last hour, however many there were', async () => {
    const session = await woken()
    await builder.database.run(
      `insert into wake select (jsonb_populate_record(w, jsonb_build_object('id', w.id || n, 'state', 'finished', 'opened_at', w.opened_at - interval '2 hours'))).*
       from wake w, generate_series(1, 5000) n where w.tenant_id = $1`,
      [session.tenantId],
    )
    await builder.database.run('vacuum analyze wake')
    expect(await builder.stores.wakes.readLimiter(session.tenantId)).toMatchObject({ wakesLastHour: 1 })
    const look = (database: Database) =>
      createLimiterStore(createLedger(database, mint, builder.encryptor), policy)
        .readLimiter(session.tenantId)
        // There is no row for it to read.
        .catch(() => null)
    const pages = await pagesRead(builder.database, look)
    expect(pages).toBeGreaterThan(0)
    expect(pages).toBeLessThan(30)
  })
})
