import { createHash } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TaskView } from '../../packages/core/src/domain/task-view.ts'
import { type Bucket, openBucket } from '../support/bucket.ts'
import type { Client } from '../support/client.ts'
import { type Cluster, testCluster } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { bytesOf, type Origin, startOrigin } from '../support/origin.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { newTenant, type ServiceProcess } from '../support/service.ts'
import { expectPostedOnce, toldEnds } from '../support/told-ends.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
const MiB = 1024 * 1024
const partBytes = 5 * MiB

/** Workers that are alive at once. Each dies at a point of its own; then the next one begins. */
const workersAtOnce = 8
/** Of each kind so many tasks that nobody has touched are kept ready. */
const readyOfEach = 2
const patienceMs = 150_000

/** One put; five parts that take a second and a half, so that leases are renewed; a file that is copied to a key of the client. */
const kinds = {
  small: { bytes: 100_000 },
  large: { bytes: 24 * MiB, bytesPerSecond: 16 * MiB },
  placed: { bytes: 6 * MiB },
}
type Kind = keyof typeof kinds
/** These happen once for each part: the first is unlike those behind it. */
const perPart = ['objects.openPart', 'store.recordPart']

/** Verbs that change nothing, or that belong to other work than a transfer's. */
const leftOut = [
  'store.countDispatched',
  'store.nextDueInMs',
  'store.listDueLanes',
  'store.withdrawPlaces',
  'store.forgetHosts',
  'queue.consume',
]
const sweeping = ['store.leaseGarbage', 'store.clearGarbage', 'objects.abort', 'objects.remove']
const verbOf = (point: string) => point.split(' ')[1]!

/** A crash before a commit is one behind the commit before it, so of the store only what follows its verbs is a point. */
function isPoint(point: string): boolean {
  return !leftOut.includes(verbOf(point)) && !point.startsWith('before store.')
}
function pointsOf(reached: string): string[] {
  return perPart.includes(verbOf(reached)) ? [reached, `${reached}:3`] : [reached]
}

describe.skipIf(embeddedOnly)('a worker dies at every point of a transfer, one after the other', () => {
  let cluster: Cluster
  let database: pg.Client
  let bucket: Bucket
  let origin: Origin
  let receiver: Receiver
  let client: Client
  /** Every point that any worker has come to. */
  const reached = new Set<string>()
  const paths = new Map<string, { kind: Kind; path: string }>()

  beforeAll(async () => {
    ;[cluster, origin, receiver] = await Promise.all([
      testCluster({ WAKE_DELAY_BASE_SECONDS: '0', WORKER_CONCURRENCY: '1' }) as Promise<Cluster>,
      startOrigin(),
      startReceiver(),
    ])
    bucket = openBucket(cluster.s3)
    database = new pg.Client({ connectionString: cluster.database.connectionString })
    await database.connect()
    const api = await cluster.startApi()
    client = (await newTenant(api.url)).client
  })
  afterAll(async () => {
    bucket?.close()
    await database?.end()
    await cluster?.dispose()
    await Promise.all([origin?.close(), receiver?.close()])
  })

  const rows = async <T extends object>(sql: string) => (await database.query<T>(sql)).rows

  /** Each has a session of its own: its end is a wake, with deliveries. */
  const create = async (kind: Kind) => {
    const name = `${kind}-${paths.size}`
    const path = `/${name}`
    paths.set(name, { kind, path })
    const url = origin.serve(path, { ...kinds[kind], seed: kind })
    await client.ok('PUT', `/v1/sessions/${name}`, {
      configuration: { delegate: { url: receiver.url }, httpMaximumConnectionsPerHost: 64 },
    })
    const more = kind === 'placed' ? { destinationKey: `placed/${name}` } : {}
    return await client.ok<TaskView>('POST', `/v1/sessions/${name}/tasks`, { url, ...more })
  }

  const topUp = async () => {
    const untouched = await rows<{ kind: Kind; count: number }>(
      `select split_part(s.identifier, '-', 1) as kind, count(*)::int as count
       from task t join session s on s.id = t.session_id where t.epoch = 0 group by 1`,
    )
    for (const kind of Object.keys(kinds) as Kind[]) {
      const there = untouched.find((row) => row.kind === kind)?.count ?? 0
      for (let n = there; n < readyOfEach; n++) await create(kind)
    }
  }

  const startDoomed = (point: string) => {
    const startedAt = Date.now()
    return { point, startedAt, process: cluster.start('test/support/failpoint-worker.ts', { FAILPOINT: point }) }
  }
  const read = (process: ServiceProcess) => {
    for (const [, point] of process.output().matchAll(/^reached (.*)$/gm)) if (isPoint(point!)) reached.add(point!)
  }
  /** Whether it has died where it had to; throws when it ended otherwise, or nobody comes to its point. */
  const hasDied = ({ point, startedAt, process }: ReturnType<typeof startDoomed>): boolean => {
    read(process)
    const { signalCode, exitCode } = process.child
    if (signalCode === null && exitCode === null) {
      if (Date.now() - startedAt < patienceMs) return false
      throw new Error(`nobody came to "${point}":\n${process.output()}`)
    }
    if (signalCode !== 'SIGKILL') throw new Error(`"${point}" ended otherwise:\n${process.output()}`)
    return true
  }

  test('and every file arrives whole, is told of once, and leaves nothing else behind', {
    timeout: 300_000,
  }, async () => {
    const beganAt = Date.now()
    const driven = new Set<string>()
    const planned = new Set<string>()
    const waiting: string[] = []
    const plan = (point: string) => {
      if (planned.has(point) || sweeping.includes(verbOf(point))) return
      planned.add(point)
      waiting.push(point)
    }
    // The first one comes to what there is; those that come later add what only happens after a death.
    plan('after store.completeTask')
    let alive: ReturnType<typeof startDoomed>[] = []
    while (waiting.length > 0 || alive.length > 0) {
      while (alive.length < workersAtOnce && waiting.length > 0) alive.push(startDoomed(waiting.shift()!))
      await topUp()
      const dead = alive.filter(hasDied)
      for (const { point } of dead) driven.add(point)
      alive = alive.filter((worker) => !dead.includes(worker))
      for (const point of reached) pointsOf(point).forEach(plan)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const drivenAt = Date.now()
    const heir = await cluster.startWorker({ WORKER_CONCURRENCY: '8' })
    const ids = (await rows<{ id: string }>('select id from task')).map(({ id }) => id).toSorted()
    await eventually(
      'every task has ended, and everything is delivered',
      async () => {
        const [left] = await rows<{ tasks: number; deliveries: number }>(
          `select (select count(*)::int from task where ended_at is null) as tasks,
             (select count(*)::int from event e left join delivery d on d.event_id = e.id
              where e.held or d.state = 'pending') as deliveries`,
        )
        return left!.tasks === 0 && left!.deliveries === 0
      },
      { withinMs: 120_000, everyMs: 250 },
    )
    console.log(
      `${driven.size} points in ${(drivenAt - beganAt) / 1000} s, the rest in ${(Date.now() - drivenAt) / 1000} s, ` +
        `${ids.length} tasks:\n${[...driven].toSorted().join('\n')}`,
    )
    for (const point of reached) if (!sweeping.includes(verbOf(point))) expect(driven).toContain(point)
    for (const point of pointsThatAreKnown) expect(driven).toContain(point)

    await expectRight()
    expect(await toldEnds(client)).toEqual(ids)
    expectPostedOnce(receiver, ids)
    // A dead sweeper's lease would take two minutes.
    await rows('update task set garbage_lease_until = null')
    await expectNothingElse()
    await heir.end('SIGTERM')
  })

  /** Right bytes in every object, attempts charged for nothing, and no more fetched than the deaths explain. */
  async function expectRight() {
    const files = await rows<{ name: string; state: string; attempts: number; key: string }>(
      `select s.identifier as name, t.state, t.attempts, t.file_key as key from task t
       join session s on s.id = t.session_id where s.identifier not like 'held%'`,
    )
    for (const { name, state, attempts, key } of files) {
      const { kind, path } = paths.get(name)!
      expect({ name, state, attempts }).toEqual({ name, state: 'completed', attempts: 1 })
      expect(await bucket.sha256(key)).toBe(sha256Of(kind))
      const { bytes } = kinds[kind]
      const asked = origin.requests.filter((request) => request.path === path).length
      // A death costs the part that storage had not confirmed, the one behind it, and what the network holds.
      const perDeath = Math.min(bytes, 2 * partBytes + MiB)
      expect({ name, isBounded: origin.bytesSent(path) <= bytes + (asked - 1) * perDeath }).toEqual({
        name,
        isBounded: true,
      })
    }
  }

  async function expectNothingElse() {
    await eventually('there is nothing in the bucket but the files', async () => {
      const files = await rows<{ key: string }>('select file_key as key from task where file_key is not null')
      expect(await bucket.keys()).toEqual(files.map(({ key }) => key).toSorted())
      expect(await bucket.uploads()).toEqual([])
      return true
    })
  }
})

/** Sums of what each kind of file holds. */
const sums = new Map<Kind, string>()
function sha256Of(kind: Kind): string {
  const known = sums.get(kind)
  if (known) return known
  const sum = createHash('sha256').update(bytesOf(kind, kinds[kind].bytes)).digest('hex')
  sums.set(kind, sum)
  return sum
}

/** That the search for points finds these proves that it searches. */
const pointsThatAreKnown = [
  'after store.beginTransfer',
  'after store.startGeneration',
  'after objects.begin',
  'during objects.openPart:3',
  'after objects.openPart',
  'after store.recordPart',
  'after store.sealTransfer',
  'before objects.complete',
  'after objects.complete',
  'during objects.openObject',
  'after objects.openObject',
  'after objects.copy',
  'after store.noteResumed',
  'after sender.post',
]
