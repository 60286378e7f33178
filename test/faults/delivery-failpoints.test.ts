import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { expectPostedOnce, reportedCompletions } from '#support/assertions/reported-completions.ts'
import type { Client } from '#support/client/client.ts'
import type { Failpoint } from '#support/faults/failpoints.ts'
import { type KilledWorker, startKilledWorker } from '#support/faults/killed-worker.ts'
import { type Cluster, testCluster } from '#support/processes/cluster.ts'
import { newTenant } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
const workersAtOnce = 6
/** In a session: so that a run has a beginning, a middle and an end. */
const tasksInSession = 12

/** Where senders die: at the n-th time that they come there. */
const points: Failpoint[] = [
  'before queue.addDeliveryLanes',
  'after queue.addDeliveryLanes',
  'after stores.wakes.openWakes',
  ...[1, 2, 3].map((n): Failpoint => `after stores.deliveries.leaseNextBatch:${n}`),
  ...[1, 2, 3, 5, 8, 12, 13].flatMap((n): Failpoint[] => [`before sender.post:${n}`, `after sender.post:${n}`]),
  ...[1, 2, 3].flatMap((n): Failpoint[] => [
    `before stores.deliveries.recordBatch:${n}`,
    `after stores.deliveries.recordBatch:${n}`,
  ]),
]

describe.skipIf(embeddedOnly)('a sender dies', () => {
  let cluster: Cluster
  let receiver: Receiver
  let database: pg.Client
  let api: string
  /** One for each tenant: a dead sender's lanes take its places at an endpoint until their lease ends. */
  const clients: Client[] = []
  beforeAll(async () => {
    const opened = await testCluster({ WAKE_DELAY_BASE_SECONDS: '0.1', WAKE_DELAY_CAP_SECONDS: '0.1' })
    if (!opened) throw new Error('there are no servers')
    cluster = opened
    receiver = await startReceiver()
    database = new pg.Client({ connectionString: cluster.database.connectionString })
    await database.connect()
    api = (await cluster.startApi()).url
  })
  afterAll(async () => {
    await database?.end()
    await cluster?.dispose()
    await receiver?.close()
  })

  const rows = async <T extends object>(sql: string) => (await database.query<T>(sql)).rows
  /** A session whose tasks have all ended, so that there is something to tell: at once, or with a wake. */
  const addEnds = async (inForeground: boolean) => {
    const { client } = await newTenant(api)
    clients.push(client)
    if (inForeground) await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
    const configuration = { delegate: { url: receiver.url }, wakeMaximumLatency: 0 }
    await client.ok('PUT', '/v1/sessions/told', { configuration })
    const tasks = Array.from({ length: tasksInSession }, () => ({ url: 'http://127.0.0.1:49999/', suspended: true }))
    const batch = await client.ok<{ tasks: { id: string }[] }>('POST', '/v1/sessions/told/tasks/batch', { tasks })
    for (const { id } of batch.tasks) await client.ok('POST', `/v1/tasks/${id}/cancel`)
  }
  const keepTelling = async () => {
    const [waiting] = await rows<{ lanes: number }>(
      `select count(*)::int as lanes from delivery_lane
       where due_at <= clock_timestamp() and (lease_until is null or lease_until < clock_timestamp())`,
    )
    if (waiting!.lanes < 2) await Promise.all([addEnds(true), addEnds(false)])
  }

  test('at every point that a delivery comes to: no event is lost, and only what nobody knows of is sent again', async () => {
    // Every sixth POST is refused at first.
    const refused = new Set<string>()
    receiver.respond = ({ id }, post) => {
      if (post % 6 !== 0 || refused.has(id)) return 204
      refused.add(id)
      return 503
    }
    const waiting = [...points]
    const driven = new Set<string>()
    let alive: KilledWorker[] = []
    while (waiting.length > 0 || alive.length > 0) {
      while (alive.length < workersAtOnce && waiting.length > 0)
        alive.push(startKilledWorker(cluster, waiting.shift()!))
      await keepTelling()
      for (const worker of alive) if (worker.isThere()) driven.add(worker.point)
      alive = alive.filter(({ point }) => !driven.has(point))
      await sleep(50)
    }
    expect(driven.size).toBe(points.length)
    expect(points.length).toBeGreaterThanOrEqual(25)

    const heir = await cluster.startWorker()
    // A dead sender's lane has a lease of half a minute; a delivery that was refused behind an attempt without a row waits
    // for five.
    await eventually(
      'everything is delivered',
      async () => {
        await rows(`update delivery_lane set due_at = now() where due_at > now() + interval '10 seconds'`)
        const [left] = await rows<{ events: number; deliveries: number }>(
          `select (select count(*)::int from event where held) as events,
             (select count(*)::int from delivery where state <> 'succeeded') as deliveries`,
        )
        return left!.events === 0 && left!.deliveries === 0
      },
      { withinMs: 90_000, everyMs: 500 },
    )
    await heir.end('SIGTERM')

    const ids = (await rows<{ id: string }>('select id from task order by id')).map(({ id }) => id)
    // One after the other: there are as many as the machine was slow.
    const told: string[] = []
    for (const client of clients) told.push(...(await reportedCompletions(client)))
    expect(told.toSorted()).toEqual(ids.toSorted())
    expectPostedOnce(receiver, ids)
    const attempts = await rows<{ eventId: string; known: number; unknown: number }>(
      `select d.event_id as "eventId", count(a.ended_at)::int as known, (count(*) - count(a.ended_at))::int as unknown
       from delivery d join delivery_attempt a on a.delivery_id = d.id group by 1`,
    )
    const posts = Map.groupBy(receiver.posts, ({ headers }) => headers['webhook-id']!)
    for (const { eventId, known, unknown } of attempts) {
      const count = posts.get(eventId)?.length ?? 0
      expect({ eventId, count, isExplained: count >= known && count <= known + unknown }).toMatchObject({
        isExplained: true,
      })
    }
    expect(posts.size).toBe(attempts.length)
    const again = [...posts.values()].filter(({ length }) => length > 1).length
    console.log(`${points.length} deaths, ${posts.size} events, ${again} of them sent more than once`)
  })
})
