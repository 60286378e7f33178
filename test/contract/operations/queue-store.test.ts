import { expect, it } from 'vitest'
import { makeDue } from '#support/builders/make-due.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()
const session = () => builder.session(undefined, { delegate: { kind: 'pull' } })
const read = () => builder.stores.operations.readQueue()
const report = (id: string) =>
  builder.stores.operations.reportWorker({
    id,
    version: '0.1.0',
    host: 'machine',
    upMs: 0,
    slots: 20,
    running: 0,
    isDraining: false,
  })

it('is empty at first', async () => {
  expect(await read()).toMatchObject({
    claimed: { leases: 0, late: 0, nextEndAt: null },
    workers: [],
    deliveryLanes: { due: 0, leased: 0, late: 0 },
    sample: null,
  })
})

it('has tasks that are claimed, and by worker those that are leased and late', async () => {
  const one = await session()
  const [claimed, running, late] = await builder.tasks(one, {}, {}, {})
  await builder.claim(claimed!.id)
  await builder.begin(running!.id)
  await builder.begin(late!.id)
  await builder.database.run("update task set lease_until = now() - interval '1 second' where id = $1", [late!.id])
  await report('wrk_test')
  await report('wrk_idle')
  const { at, claimed: given, workers } = await read()
  expect(given).toMatchObject({ leases: 1, late: 0 })
  expect(given.nextEndAt!.getTime()).toBeGreaterThan(at.getTime())
  expect(workers).toEqual([
    { workerId: 'wrk_idle', host: 'machine', slots: 20, state: 'running', leases: 0, late: 0, nextEndAt: null },
    {
      workerId: 'wrk_test',
      host: 'machine',
      slots: 20,
      state: 'running',
      leases: 2,
      late: 1,
      nextEndAt: expect.any(Date),
    },
  ])
})

it('has a worker that is gone as long as it has leases, and one that drains', async () => {
  const one = await session()
  await builder.begin((await builder.task(one)).id)
  await report('wrk_drains')
  await builder.stores.operations.drainWorker('wrk_drains')
  expect((await read()).workers).toMatchObject([
    { workerId: 'wrk_drains', state: 'draining', leases: 0 },
    { workerId: 'wrk_test', state: 'gone', host: null, slots: null, leases: 1 },
  ])
})

it('has delivery lanes with something to send, and what was counted last', async () => {
  const one = await builder.session()
  await builder.complete((await builder.task(one)).id)
  await makeDue(builder.database, (await builder.task(await session())).id)
  await builder.database.run("update delivery_lane set due_at = now() - interval '1 second', lease_until = null")
  await builder.database.run("update fleet_sample set next_at = now() - interval '1 second'")
  await builder.stores.operations.sampleFleet()
  const { deliveryLanes, sample } = await read()
  expect(deliveryLanes.leased).toBe(0)
  expect(sample).toMatchObject({ at: expect.any(Date), tasks: { waiting: 1 }, waiting: expect.any(Object) })
})
