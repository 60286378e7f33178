import { createHash } from 'node:crypto'
import pg from 'pg'
import { expect } from 'vitest'
import { eventually } from '../assertions/eventually.ts'
import type { Client } from '../client/client.ts'
import { bytesOf, type Origin, startOrigin } from '../origins/origin.ts'
import { type Cluster, testCluster } from '../processes/cluster.ts'
import { newTenant } from '../processes/service.ts'
import { type Receiver, startReceiver } from '../receivers/receiver.ts'
import { type Bucket, openBucket } from '../storage/bucket.ts'

const MiB = 1024 * 1024
const partBytes = 5 * MiB

/** One put; five parts that take a second and a half, so that leases are renewed; a file that is copied to a key of the client. */
const kinds = {
  small: { bytes: 100_000 },
  large: { bytes: 24 * MiB, bytesPerSecond: 16 * MiB },
  placed: { bytes: 6 * MiB },
}
type Kind = keyof typeof kinds

/** A cluster with an API and no worker yet, and tasks whose workers are going to fail. */
export interface TransferFixture {
  cluster: Cluster
  bucket: Bucket
  origin: Origin
  receiver: Receiver
  client: Client
  rows<T extends object>(sql: string): Promise<T[]>
  create(kind: Kind): Promise<void>
  /** Creates tasks until there are this many of each kind that no worker has touched. */
  keepReady(ofEach: number): Promise<void>
  countEnded(): Promise<number>
  /** Resolves with the tasks' ids, sorted, once all have ended and everything is delivered. */
  allEnded(withinMs: number): Promise<string[]>
  /**
   * Expects the right bytes in every object, no attempt charged to a task but the one that succeeded, and, where parts were on record, a
   * successor that continued behind them.
   */
  expectRightFiles(): Promise<void>
  /** Expects nothing in the bucket but the files, after the sweepers have run. */
  expectNothingElse(): Promise<void>
  close(): Promise<void>
}

export async function openTransferFixture(): Promise<TransferFixture> {
  const settings = { WAKE_DELAY_BASE_SECONDS: '0', WORKER_CONCURRENCY: '1' }
  const [cluster, origin, receiver] = await Promise.all([
    testCluster(settings) as Promise<Cluster>,
    startOrigin(),
    startReceiver(),
  ])
  const bucket = openBucket(cluster.s3)
  const database = new pg.Client({ connectionString: cluster.database.connectionString })
  await database.connect()
  const api = await cluster.startApi()
  const { client } = await newTenant(api.url)
  /** By the name of its session. */
  const created = new Map<string, Kind>()
  const rows = async <T extends object>(sql: string) => (await database.query<T>(sql)).rows

  /**
   * Retries after 503, as a client does: workers that stop one after the other, each in a transaction whose locks
   * the server takes away after 8 s, can keep a request waiting for longer than it may. Nothing was changed then.
   */
  const send = async (method: string, path: string, body: unknown) => {
    const sendOnce = async () => {
      const response = await client.call(method, path, body)
      return response.status !== 503 && response
    }
    const response = await eventually(`${method} ${path} is not answered 503`, sendOnce, { everyMs: 1_000 })
    expect(response.status, JSON.stringify(response.body)).toBeLessThan(300)
  }

  /** Each task has a session of its own, so that its end is a wake with deliveries. */
  const create = async (kind: Kind) => {
    const name = `${kind}-${created.size}`
    created.set(name, kind)
    const url = origin.serve(`/${name}`, { ...kinds[kind], seed: kind })
    await send('PUT', `/v1/sessions/${name}`, {
      configuration: { delegate: { url: receiver.url }, httpMaximumConnectionsPerHost: 64 },
    })
    const more = kind === 'placed' ? { destinationKey: `placed/${name}` } : {}
    await send('POST', `/v1/sessions/${name}/tasks`, { url, ...more })
  }

  return {
    cluster,
    bucket,
    origin,
    receiver,
    client,
    rows,
    create,
    async keepReady(ofEach) {
      const untouched = await rows<{ kind: Kind; count: number }>(
        `select split_part(s.identifier, '-', 1) as kind, count(*)::int as count
         from task t join session s on s.id = t.session_id where t.epoch = 0 group by 1`,
      )
      for (const kind of Object.keys(kinds) as Kind[]) {
        const there = untouched.find((row) => row.kind === kind)?.count ?? 0
        for (let n = there; n < ofEach; n++) await create(kind)
      }
    },
    async countEnded() {
      return (await rows<{ ended: number }>('select count(ended_at)::int as ended from task'))[0]!.ended
    },
    async allEnded(withinMs) {
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
        { withinMs, everyMs: 250 },
      )
      return (await rows<{ id: string }>('select id from task')).map(({ id }) => id).toSorted()
    },
    async expectRightFiles() {
      const files = await rows<{ id: string; name: string; state: string; attempts: number; key: string }>(
        `select t.id, s.identifier as name, t.state, t.attempts, t.file_key as key from task t
         join session s on s.id = t.session_id`,
      )
      expect(files).toHaveLength(created.size)
      const resumedFrom: number[] = []
      for (const { id, name, state, attempts, key } of files) {
        expect({ name, state, attempts }).toEqual({ name, state: 'completed', attempts: 1 })
        expect(await bucket.sha256(key)).toBe(sha256Of(created.get(name)!))
        resumedFrom.push((await client.task(id)).metrics.transactions.at(-1)?.resumedFrom ?? 0)
      }
      expect(Math.max(...resumedFrom)).toBeGreaterThanOrEqual(partBytes)
    },
    expectNothingElse: async () =>
      void (await eventually(
        'there is nothing in the bucket but the files',
        async () => {
          const files = await rows<{ key: string }>('select file_key as key from task where file_key is not null')
          expect((await bucket.objects()).map(({ key }) => key)).toEqual(files.map(({ key }) => key).toSorted())
          expect(await bucket.uploads()).toEqual([])
          return true
        },
        { withinMs: 60_000 },
      )),
    async close() {
      bucket.close()
      await database.end()
      await cluster.dispose()
      await Promise.all([origin.close(), receiver.close()])
    },
  }
}

const sums = new Map<Kind, string>()
function sha256Of(kind: Kind): string {
  const sum = sums.get(kind) ?? createHash('sha256').update(bytesOf(kind, kinds[kind].bytes)).digest('hex')
  sums.set(kind, sum)
  return sum
}
