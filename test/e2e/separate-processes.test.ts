import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '#core/database/database.ts'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { type Cluster, testCluster } from '#support/processes/cluster.ts'
import { newTenant, type Service } from '#support/processes/service.ts'
import { type Receiver, startReceiver } from '#support/receivers/receiver.ts'
import { openBucket } from '#support/storage/bucket.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

describe.skipIf(embeddedOnly)('one API and two workers on PostgreSQL, Redis and S3', () => {
  let cluster: Cluster
  let api: Service
  let origin: Origin
  let receiver: Receiver

  beforeAll(async () => {
    ;[cluster, origin, receiver] = await Promise.all([
      testCluster() as Promise<Cluster>,
      startOrigin(),
      startReceiver(),
    ])
    ;[api] = await Promise.all([cluster.startApi(), cluster.startWorker(), cluster.startWorker()])
  })

  afterAll(async () => {
    await cluster?.dispose()
    await Promise.all([origin?.close(), receiver?.close()])
  })

  test('a batch of small and large files arrives in the bucket, and one wake tells of it', async () => {
    const { client } = await newTenant(api.url)
    const { secret } = await client.ok<{ secret: string }>('POST', '/v1/webhook-endpoints', { url: receiver.url })
    await client.ok('PUT', '/v1/sessions/mixed', { configuration: { delegate: { url: receiver.url } } })
    const sizes = [0, 1, 10_240, 5 * 1024 * 1024, 5 * 1024 * 1024 + 1, 40 * 1024 * 1024 + 3]
    const urls = sizes.map((bytes) => origin.serve(`/size-${bytes}`, { bytes }))
    const { tasks } = await client.ok<{ tasks: TaskView[] }>('POST', '/v1/sessions/mixed/tasks/batch', {
      tasks: urls.map((url) => ({ url })),
    })
    await eventually('the wake is finished', () => receiver.types().includes('session.events_finished'), {
      withinMs: 60_000,
    })
    receiver.verifyAll(secret)
    expect(receiver.types().filter((type) => type === 'session.wake')).toHaveLength(1)
    for (const [index, { id }] of tasks.entries()) {
      const file = await client.file(id)
      expect(file.status).toBe(200)
      const bytes = Buffer.from(await file.arrayBuffer())
      expect(bytes.equals(origin.content(`/size-${sizes[index]}`))).toBe(true)
    }
    const part = await client.file(tasks[2]!.id, { range: 'bytes=100-199' })
    expect(part.status).toBe(206)
    expect(Buffer.from(await part.arrayBuffer()).equals(origin.content('/size-10240').subarray(100, 200))).toBe(true)
  })

  test('a file is moved to a key of the client, where another cannot take its place', async () => {
    const { client, tenantId } = await newTenant(api.url)
    await client.ok('PUT', '/v1/sessions/moves', { configuration: { delegate: { kind: 'pull' } } })
    const url = origin.serve('/to-move', { bytes: 1_000 })
    const { tasks } = await client.ok<{ tasks: TaskView[] }>('POST', '/v1/sessions/moves/tasks/batch', {
      tasks: [{ url }, { url: origin.serve('/other', { bytes: 2_000 }) }],
    })
    const [first, second] = await Promise.all(tasks.map(({ id }) => client.ended(id)))
    const moved = await client.ok<{ key: string; state: string }>('POST', `/v1/tasks/${first!.id}/file/move`, {
      key: 'reports/one.bin',
    })
    expect(moved).toMatchObject({ state: 'permanent', key: `${tenantId}/files/reports/one.bin` })
    expect((await client.call('POST', `/v1/tasks/${second!.id}/file/move`, { key: 'reports/one.bin' })).status).toBe(
      409,
    )
    const file = Buffer.from(await (await client.file(first!.id)).arrayBuffer())
    expect(file.equals(origin.content('/to-move'))).toBe(true)
    await client.ok('POST', `/v1/tasks/${second!.id}/file/release`)
    expect((await client.call('GET', `/v1/tasks/${second!.id}/file`)).status).toBe(410)
  })

  test('what a failed task has in the bucket goes to its retry, or is swept when nobody comes for it', async () => {
    const { client } = await newTenant(api.url)
    const configuration = { delegate: { kind: 'pull' }, timeoutIntervalForRequest: 2 }
    await client.ok('PUT', '/v1/sessions/links', { configuration })
    const [bytes, half] = [16 * 1024 * 1024, 8 * 1024 * 1024]
    const failedAt = async (path: string) => {
      const url = origin.serve(path, { bytes, seed: 'signed', holdAfter: half })
      const { id } = await client.ok<TaskView>('POST', '/v1/sessions/links/tasks', { url })
      await eventually('a part is stored', async () => (await client.task(id)).progress.countOfBytesReceived > half - 1)
      origin.serve(path, { bytes: 0, respond: (_, response) => void response.writeHead(403).end() })
      return client.ended(id)
    }
    const bucket = openBucket(cluster.s3)
    const [failed, forgotten] = await Promise.all([failedAt('/signed-1'), failedAt('/signed-2')])
    const uploadsOf = async ({ id }: TaskView) => (await bucket.uploads()).filter(({ key }) => key.includes(id)).length
    expect([await uploadsOf(failed), await uploadsOf(forgotten)]).toEqual([1, 1])
    const database = openDatabase(cluster.database.connectionString)
    await database.run('update task set resume_until = clock_timestamp() where id = $1', [forgotten.id])
    await database.close()

    const url = origin.serve('/signed-anew', { bytes, seed: 'signed' })
    const again = await client.ok<TaskView>('POST', `/v1/tasks/${failed.id}/retry`, { url })
    const from = again.progress.countOfBytesReceived
    expect(from).toBeGreaterThan(0)
    expect(await client.ended(again.id)).toMatchObject({ state: 'completed', file: { bytes } })
    const ranges = origin.requests.filter(({ path }) => path === '/signed-anew').map(({ headers }) => headers.range)
    expect(ranges).toEqual([`bytes=${from}-`])
    const file = Buffer.from(await (await client.file(again.id)).arrayBuffer())
    expect(file.equals(origin.content('/signed-anew'))).toBe(true)

    await eventually('the upload is aborted', async () => (await uploadsOf(forgotten)) === 0, { withinMs: 60_000 })
    expect(await uploadsOf(failed)).toBe(0)
    expect((await client.task(forgotten.id)).error).toMatchObject({ resumeDataUnavailableReason: 'taskAlreadyEnded' })
    bucket.close()
  })
})
