import { createHash } from 'node:crypto'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { randomFrom } from '#support/builders/random-verbs.ts'
import { startOrigin } from '#support/origins/origin.ts'
import { testCluster } from '#support/processes/cluster.ts'
import { newTenant } from '#support/processes/service.ts'
import { openBucket } from '#support/storage/bucket.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'
const MiB = 1024 * 1024
const bytes = 64 * MiB
const kills = 5
/** `BACKHAUL_TEST_SEED` repeats a run. */
const seed = Number(process.env.BACKHAUL_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** A file of 13 parts gets no more than three (connection-growth.ts). */
const connections = 3
const partBytes = 5 * MiB
/** Loopback's buffers on either side (tcp_wmem, tcp_rmem) grow to many megabytes. */
const networkBytes = 16 * MiB
/** Of each connection: the part that storage has not confirmed, and what is on its way behind it. */
const perKill = connections * (partBytes + networkBytes)

/**
 * After how many bytes from the origin each worker is killed: the gaps between random places of the file. Together they are
 * less than the file, so that each kill meets the transfer before it has ended.
 */
function killMoments(): number[] {
  const random = randomFrom(seed)
  const places = Array.from({ length: kills }, () => random() * bytes).toSorted((a, b) => a - b)
  return places.map((place, n) => place - (places[n - 1] ?? 0))
}

describe.skipIf(embeddedOnly)('a worker is killed at random moments of one transfer, again and again', () => {
  test(`and the next one goes on from what is stored (seed ${seed})`, async ({ onTestFinished }) => {
    const [cluster, origin] = await Promise.all([testCluster(), startOrigin()])
    if (!cluster) throw new Error('there are no servers')
    const bucket = openBucket(cluster.s3)
    const database = new pg.Client({ connectionString: cluster.database.connectionString })
    await database.connect()
    onTestFinished(async () => {
      bucket.close()
      await database.end()
      await cluster.dispose()
      await origin.close()
    })
    const api = await cluster.startApi()
    const { client } = await newTenant(api.url)
    const path = '/killed-at-random'
    const url = origin.serve(path, { bytes, bytesPerSecond: 12 * MiB })
    await client.ok('PUT', '/v1/sessions/killed', { configuration: { delegate: { kind: 'pull' } } })
    const { id } = await client.ok<TaskView>('POST', '/v1/sessions/killed/tasks', { url })

    let stored = 0
    for (const moment of killMoments()) {
      const before = origin.bytesSent(path)
      const worker = await cluster.startWorker()
      await eventually('so much is fetched', () => origin.bytesSent(path) - before >= moment, {
        withinMs: 60_000,
        everyMs: 2,
      })
      await worker.end('SIGKILL')
      const fetched = origin.bytesSent(path) - before
      const { rows } = await database.query<{ stored: number }>(
        'select coalesce(sum(bytes), 0)::float8 as stored from transfer_part',
      )
      const kept = rows[0]!.stored - stored
      stored = rows[0]!.stored
      console.log(`killed after ${(fetched / MiB).toFixed(1)} MiB, of which ${(kept / MiB).toFixed(1)} are kept`)
      expect(kept).toBeGreaterThanOrEqual(0)
      expect(fetched - kept).toBeLessThanOrEqual(perKill)
      // No living worker has the lease, which would take 15 s to end.
      await database.query("update task set lease_until = clock_timestamp() - interval '1 ms'")
    }
    await cluster.startWorker()
    const task = await client.ended(id)
    expect(task).toMatchObject({ state: 'completed', attempts: 1, error: null })
    const content = origin.content(path)
    expect(await bucket.sha256(task.file!.key)).toBe(createHash('sha256').update(content).digest('hex'))
    const sent = origin.bytesSent(path)
    console.log(`the origin sent ${(sent / bytes).toFixed(2)} × the file`)
    // Half of the file for parts that were under way, and for each kill a part of each connection that waited for storage.
    expect(sent).toBeLessThanOrEqual(1.5 * bytes + kills * connections * partBytes)
    // A worker that dies while it asks what storage compares leaves that to the next one that begins an upload.
    const isNoProbe = (key: string) => key !== 'probe'
    await eventually('there is nothing in the bucket but the file', async () => {
      expect((await bucket.objects()).map(({ key }) => key).filter(isNoProbe)).toEqual([task.file!.key])
      expect((await bucket.uploads()).map(({ key }) => key).filter(isNoProbe)).toEqual([])
      return true
    })
  })
})
