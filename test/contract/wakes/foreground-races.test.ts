import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Stores } from '#core/runtime/stores.ts'
import type { LimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { claim } from '#support/builders/claim.ts'
import { type BuiltSession, failure, newTask } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { type LimiterLog, logLimiter } from './limiter-log.ts'

/** Quick enough that gates open, and delays fall back to nothing, within a test. */
const policy: LimiterPolicy = { baseSeconds: 0.2, factor: 1.5, capSeconds: 0.6 }

let log: LimiterLog
const builder = useStore(policy)
beforeAll(async () => {
  log = await logLimiter(builder.database, policy)
})

const action = fc.record({
  do: fc.oneof(
    { weight: 5, arbitrary: fc.constant('create' as const) },
    { weight: 5, arbitrary: fc.constant('work' as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom('wake' as const, 'cancel' as const, 'suspend' as const, 'deliver' as const),
    },
    { weight: 1, arbitrary: fc.constantFrom('enter' as const, 'leave' as const) },
  ),
  session: fc.nat(3),
  count: fc.integer({ min: 1, max: 4 }),
  ttlSeconds: fc.constantFrom(0.01, 0.05, 0.2),
})
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

async function act(stores: Stores, worker: string, sessions: BuiltSession[], { do: what, ...given }: Action) {
  const session = sessions[given.session]!
  const { tenantId } = session
  const waiting = async () => (await stores.tasks.listTasks(tenantId, { state: 'waiting' }, { limit: 200 })).data.at(-1)
  switch (what) {
    case 'create':
      await stores.tasks.createTasks(
        tenantId,
        session.identifier,
        Array.from({ length: given.count }, () => newTask()),
      )
      return
    case 'work':
      return work(stores, worker, given.count * 2)
    case 'wake':
      return stores.wakes.openWakes()
    case 'deliver':
      await builder.deliver(session)
      return
    case 'enter':
      return stores.wakes.enterForeground(tenantId, 'key_test', given.ttlSeconds)
    case 'leave':
      return stores.wakes.leaveForeground(tenantId, 'key_test')
    case 'cancel': {
      const task = await waiting()
      return task && stores.tasks.cancelTask(tenantId, task.id)
    }
    case 'suspend': {
      const task = await waiting()
      if (!task) return
      await stores.tasks.suspendTask(tenantId, task.id)
      return stores.tasks.resumeTask(tenantId, task.id)
    }
  }
}

async function work(stores: Stores, worker: string, slots: number): Promise<void> {
  for (const lease of await claim(stores, slots)) {
    await stores.transfers.beginTransfer(lease, worker)
    await stores.transfers.failAttempt(lease, failure(null))
  }
}

/** What the tenant's sessions have, told in the order of each session's lane. */
const delivered = (tenantId: string) =>
  builder.database.many<{ sessionId: string; type: string; sequence: bigint; deliveries: number; held: boolean }>(
    `select e.session_id, e.type, e.sequence, e.held, count(d.id)::int as deliveries from event e
     left join delivery d on d.event_id = e.id where e.tenant_id = $1
     group by e.id order by e.session_id, min(d.position)`,
    [tenantId],
  )

describe('a client that comes and goes while everything else happens', () => {
  it('leaves a limiter that its transitions explain, no task before its gate, and every event told once in order', async () => {
    const processes = Array.from({ length: 6 }, () => builder.otherProcess())
    const plans = fc.sample(fc.array(action, { minLength: 40, maxLength: 40 }), { numRuns: 4 * processes.length })
    let [wakes, gated, acquisitions] = [0, 0, 0]
    for (let run = 0; run < 4; run++) {
      const tenantId = await builder.tenant()
      const sessions = await Promise.all(
        Array.from({ length: 4 }, () => builder.session(tenantId, { wakeMaximumLatency: 0.1 })),
      )
      await Promise.all(
        processes.map(async (stores, n) => {
          for (const each of plans[run * processes.length + n]!) await act(stores, `wrk_${n}`, sessions, each)
        }),
      )
      // The rest comes to its end in the background: gates open by themselves.
      for (;;) {
        const { waiting, running } = await builder.stores.tasks.countTasks(tenantId)
        await work(builder.stores, 'wrk_last', 1000)
        await builder.stores.wakes.openWakes()
        for (const session of sessions) await builder.deliver(session)
        const owed = await builder.database.many(
          'select id from session where tenant_id = $1 and wake_due_at is not null',
          [tenantId],
        )
        if (waiting + running + owed.length === 0) break
      }

      const replayed = await log.replay(tenantId)
      const { state, foregroundUntil } = await builder.stores.wakes.readLimiter(tenantId)
      expect({ state, foregroundUntil }).toEqual({ state: replayed.state, foregroundUntil: replayed.foregroundUntil })
      expect(state.gatedLive).toBe(0)
      expect((await builder.stores.wakes.listWakes(tenantId, {}, { limit: 200 })).data).toHaveLength(replayed.wakes)
      expect(replayed.acquisitions).toBeLessThanOrEqual(30)

      const begun = await builder.database.many<{ id: string; beganAt: Date }>(
        'select id, began_at from task where tenant_id = $1 and began_at is not null',
        [tenantId],
      )
      expect(begun.length).toBeGreaterThan(0)
      for (const { id, beganAt } of begun) expect(beganAt.getTime()).toBeGreaterThanOrEqual(replayed.mayBegin.get(id)!)

      const last = new Map<string, bigint>()
      for (const { sessionId, type, sequence, deliveries, held } of await delivered(tenantId)) {
        expect({ type, deliveries, held }).toEqual({ type, deliveries: 1, held: false })
        // It is written after what was held for it, and goes before.
        if (type === 'session.wake') continue
        expect(sequence).toBeGreaterThan(last.get(sessionId) ?? 0n)
        last.set(sessionId, sequence)
      }
      wakes += replayed.wakes
      gated += replayed.gated
      acquisitions += replayed.acquisitions
    }
    expect(Math.min(wakes, gated, acquisitions)).toBeGreaterThan(3)
  })
})
