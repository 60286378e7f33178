import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { migrationsFolder } from '#core/database/migrate.ts'
import { migrationNames } from '#core/database/migration-folder.ts'
import type { DeliveryResponse } from '#core/deliveries/delivery-store.ts'
import { hastenedDelaysSeconds } from '#core/deliveries/rules/retry-schedule.ts'
import { waitForLock } from '#support/assertions/lock-waits.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { recordAttempt, takeNextDelivery } from '#support/builders/next-deliveries.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { addLanesWithEvents } from './many-lanes.ts'

const builder = useStore()

const { take, makeDue, respond, woken } = createLanes(builder)

/** Sessions of one endpoint, each with an open wake. */
async function sharing(count: number): Promise<BuiltSession[]> {
  const first = await woken()
  const sessions = [first]
  while (sessions.length < count) {
    const session = await builder.session(first.tenantId, { delegate: { endpointId: first.endpointId! } })
    sessions.push(await woken({ ...session, endpointId: first.endpointId }))
  }
  return sessions
}
/** The head fails so many times; the endpoint is well again behind it, as if others had been taken. */
async function failing(
  session: BuiltSession,
  times: number,
  status: number | null,
  changes: Partial<DeliveryResponse> = {},
) {
  for (let n = 0; n < times; n++) {
    if (n > 0) await makeDue(session)
    await recordAttempt(builder.stores, (await take(session))!, responseOrTimeout(status, changes), 0.5, false)
  }
  await builder.database.run(
    'update endpoint set failures = 0, failing_since = null, next_probe_at = null where id = $1',
    [session.endpointId],
  )
}
const responseOrTimeout = (status: number | null, changes: Partial<DeliveryResponse> = {}): DeliveryResponse => ({
  status,
  error: status === null ? 'timedOut: The endpoint did not answer in time.' : null,
  body: '',
  retryAfterSeconds: null,
  ...changes,
})
/** Seconds until the lane is due, and until its head is said to be tried next. */
const waits = async ({ id }: BuiltSession) =>
  (await builder.database.first<{ lane: number; head: number; earliestAt: Date | null; xmin: string }>(
    `select extract(epoch from l.due_at - clock_timestamp())::float8 as lane, l.earliest_at, l.xmin::text as xmin,
       extract(epoch from d.next_attempt_at - clock_timestamp())::float8 as head
     from delivery_lane l join lateral (
       select next_attempt_at from delivery where session_id = l.session_id and state = 'pending' order by position limit 1) d on true
     where l.session_id = $1`,
    [id],
  ))!
const acknowledge = async (session: BuiltSession) => respond((await take(session))!, 204)

describe('when an endpoint acknowledges something', () => {
  it.each<[string, number | null]>([
    ['a network failure or a timeout', null],
    ['500', 500],
    ['503', 503],
  ])('what waits half an hour after %s is tried within seconds', async (_, status) => {
    const [away, well] = await sharing(2)
    await failing(away!, 3, status)
    expect((await waits(away!)).lane).toBeGreaterThan(1_700)
    await acknowledge(well!)
    const { lane, head } = await waits(away!)
    expect(lane).toBeLessThanOrEqual(hastenedDelaysSeconds[3])
    expect(head).toBeCloseTo(lane, 1)
    await makeDue(away!)
    expect(await take(away!)).toMatchObject({ attempts: 4 })
  })

  it.each([400, 404, 408, 429, 302])('what was answered with %i keeps its schedule', async (status) => {
    const [refused, well] = await sharing(2)
    await failing(refused!, 3, status)
    await acknowledge(well!)
    expect((await waits(refused!)).lane).toBeGreaterThan(1_700)
  })

  it('what was to wait for as long as the receiver asked for does so', async () => {
    const [asked, well] = await sharing(2)
    await failing(asked!, 1, 503, { retryAfterSeconds: 3_600 })
    await acknowledge(well!)
    expect((await waits(asked!)).lane).toBeGreaterThan(3_500)
    await acknowledge(well!)
    expect((await waits(asked!)).lane).toBeGreaterThan(3_500)
  })

  it('what is never taken is not tried with each acknowledgement, but ever more rarely', async () => {
    const [never, well] = await sharing(2)
    const waited: number[] = []
    for (let attempts = 1; attempts < 10; attempts++) {
      await failing(never!, 1, 500)
      await builder.task(well!).then(({ id }) => builder.complete(id))
      await acknowledge(well!)
      waited.push((await waits(never!)).lane)
      const before = await waits(never!)
      await builder.task(well!).then(({ id }) => builder.complete(id))
      await acknowledge(well!)
      // The second one has changed nothing.
      expect((await waits(never!)).xmin).toBe(before.xmin)
      await makeDue(never!)
    }
    for (const [n, seconds] of waited.entries()) {
      expect(seconds).toBeLessThanOrEqual(hastenedDelaysSeconds[n + 1]!)
      expect(seconds).toBeGreaterThan(hastenedDelaysSeconds[n + 1]! - 5)
    }
    await failing(never!, 1, 500)
    const rows = await builder.database.many(
      "select attempts from delivery where session_id = $1 and state = 'failed'",
      [never!.id],
    )
    expect(rows).toEqual([{ attempts: 10 }])
  })

  it('what is in the same run before a failure counts, and does not hasten the failure itself', async () => {
    const [away, well] = await sharing(2)
    await failing(away!, 3, null)
    const [first, second, ...unsent] = await builder.stores.deliveries.leaseNextBatch(
      { sessionId: well!.id, endpointId: well!.endpointId! },
      128,
    )
    const sent = [
      { delivery: first!, answer: responseOrTimeout(204), durationMs: 1, agoMs: 0 },
      { delivery: second!, answer: responseOrTimeout(500), durationMs: 1, agoMs: 0 },
    ]
    await builder.stores.deliveries.recordBatch({ sent, unsent }, 0.5, 0)
    expect((await waits(away!)).lane).toBeLessThanOrEqual(hastenedDelaysSeconds[3])
    expect(await waits(well!)).toMatchObject({ lane: expect.any(Number), earliestAt: expect.any(Date) })
    expect((await waits(well!)).lane).toBeGreaterThan(3)
  })

  it('lanes of other endpoints wait on', async () => {
    const [away] = await sharing(1)
    const [well] = await sharing(1)
    await failing(away!, 3, null)
    await acknowledge(well!)
    expect((await waits(away!)).lane).toBeGreaterThan(1_700)
  })

  it('questions that wait are asked again at once', async () => {
    const decisions = createDecisions(builder)
    const [well] = await sharing(1)
    const asking = {
      ...(await decisions.session({ delegate: { endpointId: well!.endpointId! } }, well!.tenantId)),
      endpointId: well!.endpointId,
    }
    await decisions.delayed(asking)
    await builder.stores.decisions.decide()
    await failing(asking, 3, null)
    expect((await waits(asking)).lane).toBeGreaterThan(25)
    await acknowledge(well!)
    expect((await waits(asking)).lane).toBeLessThanOrEqual(hastenedDelaysSeconds[3])
  })

  it('nothing is undone when the process dies before the acknowledgement is on record', async () => {
    const [away, well] = await sharing(2)
    await failing(away!, 3, null)
    const head = (await take(well!))!
    const dying = builder.storesWith({
      mint: {
        id: () => {
          throw new Error('killed')
        },
      },
    })
    const run = { sent: [{ delivery: head, answer: responseOrTimeout(204), durationMs: 1, agoMs: 0 }], unsent: [] }
    await expect(dying.deliveries.recordBatch(run, 0.5, 128)).rejects.toThrow('killed')
    expect((await waits(away!)).lane).toBeGreaterThan(1_700)
    await builder.stores.deliveries.recordBatch(run, 0.5, 0)
    expect((await waits(away!)).lane).toBeLessThanOrEqual(hastenedDelaysSeconds[3])
  })

  it('ten thousand lanes that wait cost a hundred rows, and all come up as theirs are acknowledged', async () => {
    const [first, well] = await sharing(2)
    await addLanesWithEvents(builder, first!, 10_000)
    await builder.database.run(
      `update delivery_lane set due_at = clock_timestamp() + interval '30 minutes', earliest_at = clock_timestamp()
       where endpoint_id = $1 and session_id <> $2`,
      [first!.endpointId, well!.id],
    )
    const due = async () =>
      (await builder.database.first<{ n: number }>(
        'select count(*)::int as n from delivery_lane where endpoint_id = $1 and due_at <= clock_timestamp() and session_id <> $2',
        [first!.endpointId, well!.id],
      ))!.n
    await acknowledge(well!)
    expect(await due()).toBe(100)
    const [lane] = (await builder.stores.deliveries.listDueDeliveryLanes(10_000)).filter(
      ({ endpointId }) => endpointId === first!.endpointId,
    )
    await recordAttempt(
      builder.stores,
      (await takeNextDelivery(builder.stores, lane!))!,
      responseOrTimeout(204),
      0.5,
      false,
    )
    expect(await due()).toBe(200)
  })

  it.each([
    ['ends a wake', 204],
    ['disables the endpoint', 410],
  ])('and that %s, other lanes are locked behind the feed, as by whoever writes their events', async (_, status) => {
    const [away, well] = await sharing(2)
    await acknowledge(well!)
    await acknowledge(well!)
    await failing(away!, 3, null)
    const last = (await take(well!))!
    const { recording } = await builder.database.transaction(async (tx) => {
      // Take the lock of a writer of the other session's events.
      await tx.run('select 1 from feed where tenant_id = $1 for update', [away!.tenantId])
      const recording = respond(last, status)
      await waitForLock(builder.database)
      await tx.run('select 1 from delivery_lane where session_id = $1 for update nowait', [away!.id])
      return { recording }
    })
    await recording
    expect((await waits(away!)).lane).toBeLessThanOrEqual(hastenedDelaysSeconds[3])
  })

  it.each(['delivery_lane', 'delivery'])(
    'nobody waits for a %s that somebody has: the next one hastens it',
    async (table) => {
      const [away, well] = await sharing(2)
      await failing(away!, 3, null)
      await builder.database.transaction(async (tx) => {
        await tx.run(`select 1 from ${table} where session_id = $1 for update`, [away!.id])
        await acknowledge(well!)
        expect((await waits(away!)).head).toBeGreaterThan(1_700)
      })
      await acknowledge(well!)
      expect((await waits(away!)).lane).toBeLessThanOrEqual(hastenedDelaysSeconds[3])
    },
  )

  it('it writes nothing of other lanes while none waits', async () => {
    const [one, two] = await sharing(2)
    await failing(one!, 1, 404)
    const before = await waits(one!)
    await acknowledge(two!)
    expect((await waits(one!)).xmin).toBe(before.xmin)
  })
})

describe('lanes of before the upgrade', () => {
  it('that wait after no response may be hastened, those that were answered and those that do not wait may not', async () => {
    const [silent, answered, idle] = await sharing(3)
    await failing(silent!, 3, null)
    await failing(answered!, 3, 500)
    await builder.database.run('update delivery_lane set earliest_at = null where endpoint_id = $1', [
      silent!.endpointId,
    ])
    const name = (await migrationNames(migrationsFolder)).find((each) => each.endsWith('_hastened_lanes'))!
    const sql = await readFile(`${migrationsFolder}/${name}/migration.sql`, 'utf8')
    await builder.database.run(sql.slice(sql.indexOf('UPDATE')).replace(/;\s*$/, ''))
    expect((await waits(silent!)).earliestAt).toEqual(expect.any(Date))
    for (const session of [answered!, idle!]) expect((await waits(session)).earliestAt).toBeNull()
  })
})
