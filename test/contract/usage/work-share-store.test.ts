import { beforeEach, expect, it } from 'vitest'
import { sampleTenants } from '#core/usage/postgres/sample-tenants.ts'
import { readWorkShares } from '#core/usage/read-work-shares.ts'
import { tenantsTold } from '#core/usage/rules/work-shares.ts'
import { makeDue } from '#support/builders/make-due.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()
const minuteMs = 60_000
let thisMinuteMs: number
beforeEach(() => {
  thisMinuteMs = Math.floor(Date.now() / minuteMs) * minuteMs
})
const session = async (weight = 1) => builder.session(await builder.tenant({ weight }), { delegate: { kind: 'pull' } })
/** Samples all tenants as of a whole minute, so many before the one in which the test began. */
const sampleAgo = (minutes: number) =>
  builder.database.transaction((tx) => sampleTenants(tx, new Date(thisMinuteMs - minutes * minuteMs)))
const sum = (data: readonly { tasksEnded: number; bytesReceived: number }[]) => ({
  ended: data.reduce((all, { tasksEnded }) => all + tasksEnded, 0),
  bytes: data.reduce((all, { bytesReceived }) => all + bytesReceived, 0),
})

it('tells what was done for each tenant, who competes, and nothing of those without work', async () => {
  const [busy, due, idle] = [await session(2), await session(0.5), await session()]
  const [done, running] = [await builder.task(busy), await builder.task(busy)]
  await builder.complete(done.id)
  await builder.begin(running.id)
  await builder.task(due, { earliestBeginDate: new Date(Date.now() + 3_600_000) })
  await makeDue(builder.database, (await builder.task(due)).id)
  const { tenants, others, sampledAt } = await readWorkShares(builder)
  expect(sampledAt).toBe(null)
  expect(tenants).toMatchObject([
    { tenantId: busy.tenantId, name: 'tenant', weight: 2, isCompeting: true, running: 1, waiting: 0 },
    { tenantId: due.tenantId, weight: 0.5, isCompeting: true, running: 0, waiting: 2 },
  ])
  expect(others).toMatchObject({ tenants: 1, competing: 0, competingWeight: 0, running: 0, waiting: 0 })
  expect(tenants.map(({ data }) => data.length)).toEqual([60, 60])
  expect(tenants[0]!.data.at(-1)).toMatchObject({ running: 1, waiting: 0 })
  expect(idle.tenantId).toBeDefined()
})

it('has the levels of each minute, also of minutes in which nothing changed', async () => {
  const one = await session()
  await sampleAgo(5)
  const task = await builder.task(one)
  await builder.begin(task.id)
  await sampleAgo(4)
  await sampleAgo(3)
  await builder.complete(task.id)
  await sampleAgo(2)
  await sampleAgo(1)
  const { tenants, others } = await readWorkShares(builder)
  const levelAgo = (minutes: number) =>
    tenants[0]!.data.find(({ at }) => at.getTime() === thisMinuteMs - minutes * minuteMs)!.running
  // The sample at the end of a minute is that minute's; before the first one nobody knows.
  expect([7, 6, 5, 4, 3, 2, 1].map(levelAgo)).toEqual([null, 0, 1, 1, 0, 0, 0])
  expect(sum(tenants[0]!.data)).toEqual({ ended: 1, bytes: 9 })
  expect(others.tenants).toBe(0)
})

it('tells the tenants with the most work one by one, and the others together', async () => {
  await sampleAgo(2)
  const sessions = []
  for (let n = 0; n < tenantsTold + 2; n++) sessions.push(await session())
  const [most] = sessions
  for (let n = 0; n < 2; n++) await builder.complete((await builder.task(most!)).id)
  for (const each of sessions.slice(1)) await builder.begin((await builder.task(each)).id)
  await sampleAgo(1)
  const { tenants, others } = await readWorkShares(builder)
  expect(tenants).toHaveLength(tenantsTold)
  expect(tenants[0]).toMatchObject({ tenantId: most!.tenantId, isCompeting: false })
  expect(others).toMatchObject({ tenants: 2, competing: 2, competingWeight: 2, running: 2 })
  expect(others.data.at(-1)).toMatchObject({ running: 2, waiting: 0 })
})
