/** How long a worker that is stopped takes to hand its transfers over to another one. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { newTenant } from '#support/processes/service.ts'
import type { PacedOrigin } from './paced-origin.ts'
import type { Fleet } from './rolling-fleet.ts'

export interface HandOver {
  /** From SIGTERM until no task is the old worker's. */
  givenBackMs: number
  /** From SIGTERM until the process is gone. */
  goneMs: number
  /** From SIGTERM until the other worker has begun them all. */
  ms: number
  /** From SIGTERM until it has told of bytes of all, which it does once a second. */
  progressMs: number
  /** Attempts beyond the first, of all together. */
  charged: number
  /** By the origin, until the end. */
  bytesSent: number
}

const file = { bytes: 64 * 1024 * 1024, bytesPerSecond: 100_000 }
const waitTimeoutMs = 60_000
const held = "state in ('dispatched', 'running')"
const begun = "state = 'running'"
const told = `${begun} and bytes_received > 0`

/** With one worker in the fleet, which has its successor when it ends; the tasks are canceled. */
export async function measureHandOver(
  fleet: Fleet,
  origin: PacedOrigin,
  databaseUrl: string,
  transfers: number,
): Promise<HandOver> {
  const { client } = await newTenant(fleet.url)
  const configuration = { delegate: { kind: 'pull' }, httpMaximumConnectionsPerHost: 64 }
  await client.ok('PUT', '/v1/sessions/handed', { configuration })
  // Of tasks that are created in the background, a worker takes no more than 70 % of its places.
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  try {
    const names = Array.from({ length: transfers }, (_, n) => `handed-${n}`)
    const { tasks } = await client.ok<{ tasks: { id: string }[] }>('POST', '/v1/sessions/handed/tasks/batch', {
      tasks: names.map((name) => ({ url: origin.url(name, file.bytes, file.bytesPerSecond) })),
    })
    /** How many of the tasks each worker has that are so. */
    const workers = async (are: string) => {
      const { rows } = await database.query<{ id: string; count: number }>(
        `select worker_id as id, count(*)::int as count from task where ${are} group by 1`,
      )
      return new Map(rows.map(({ id, count }) => [id, count]))
    }
    const reaches = async (what: string, isSo: () => Promise<boolean>) => {
      for (const until = performance.now() + waitTimeoutMs; !(await isSo()); await sleep(10))
        if (performance.now() > until) throw new Error(`not within ${waitTimeoutMs} ms: ${what}`)
      return performance.now()
    }
    await reaches('the first worker runs all', async () => [...(await workers(told)).values()][0] === transfers)
    const [old] = [...(await workers(told)).keys()]
    await fleet.start('worker')
    const beganAt = performance.now()
    const stopping = fleet.stop('worker')
    const givenBackAt = await reaches('all are given back', async () => !(await workers(held)).has(old!))
    const isAll = (found: ReadonlyMap<string, number>) =>
      [...found].some(([id, count]) => id !== old && count === transfers)
    const begunAt = await reaches('the next worker has begun all', async () => isAll(await workers(begun)))
    const progressAt = await reaches('the next worker tells of all', async () => isAll(await workers(told)))
    const { ms: goneMs } = await stopping
    const { rows } = await database.query<{ charged: number }>(
      'select coalesce(sum(greatest(attempts - 1, 0)), 0)::int as charged from task',
    )
    for (const { id } of tasks) await client.ok('POST', `/v1/tasks/${id}/cancel`)
    await Promise.all(tasks.map(({ id }) => client.ended(id)))
    return {
      givenBackMs: givenBackAt - beganAt,
      goneMs,
      ms: begunAt - beganAt,
      progressMs: progressAt - beganAt,
      charged: rows[0]!.charged,
      bytesSent: origin.bytesSent(),
    }
  } finally {
    await database.end()
  }
}
