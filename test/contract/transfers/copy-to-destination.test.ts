import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withoutTracing } from '#core/kernel/tracing.ts'
import type { Lease } from '#core/tasks/rules/lease.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import { runTransfer } from '#core/transfers/run-transfer.ts'
import { workerBandwidth } from '#support/builders/bandwidth.ts'
import { facts, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { fileTwin, s3Twin, type Twin } from '#support/storage/object-stores.ts'
import { putObject } from '#support/storage/put-object.ts'
import { createMemoryBudget } from '#transfer/bytes/memory-budget.ts'
import type { ObjectStore } from '#transfer/storage/object-store.ts'
import { crc32Base64 } from '#transfer/storage/rules/crc.ts'

const s3 = await s3Twin()
const twins = [await fileTwin(), ...(s3 ? [s3] : [])]

const builder = useStore()

const body = Buffer.from('the bytes')
const destinationKey = 'backups/data.bin'

describe.each(twins)('a file with a destination on $name', (twin: Twin) => {
  let objects: ObjectStore
  beforeAll(() => {
    objects = twin.open()
  })
  afterAll(async () => {
    await objects.close()
    await twin.dispose()
  })

  /** A task whose file is whole in storage, at the key of its generation, and not yet completed. */
  async function finalized(): Promise<{ task: Task; lease: Lease; own: string; destination: string }> {
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    const task = await builder.task(session, { destinationKey })
    const { lease } = await builder.begin(task.id)
    const own = `${task.tenantId}/tasks/${task.id}/${lease.epoch}`
    const checksums = { crc32: crc32Base64(crc32(body)) }
    const whole = transfer(lease.epoch, {
      key: own,
      uploadId: null,
      sealed: { bytes: body.length, checksums, verified: true },
    })
    await builder.stores.transfers.finalizeTransfer(lease, whole, facts)
    await putObject(objects, { key: own, mimeType: 'text/plain' }, body)
    return { task, lease, own, destination: `${task.tenantId}/files/${destinationKey}` }
  }
  /** A worker as they all are, but for an origin: nothing is fetched any more. */
  const work = (lease: Lease, stores = builder.stores) =>
    runTransfer(
      {
        stores,
        objects,
        memory: createMemoryBudget(),
        source: { open: () => Promise.reject(new Error('there is nothing to fetch')) },
        announcer: { on: () => () => {} },
        log: { info() {}, warn() {}, error() {} },
        random: () => 0.5,
        tracing: withoutTracing,
        metrics: { countRefetched() {} },
        nowMs: Date.now,
        workerId: 'wrk_test',
        bandwidth: workerBandwidth(builder.stores),
      },
      lease,
      new AbortController().signal,
    )
  const contents = async (key: string) => {
    const link = await objects.link(key, { expiresInSeconds: 60, filename: 'f', mimeType: 'text/plain' })
    return (await twin.follow(link)).body.toString()
  }
  /** Removes what a sweeper would. */
  async function sweep(id: string): Promise<void> {
    const { orphans } = (await builder.stores.files.leaseOrphans()).find(({ taskId }) => taskId === id)!
    for (const { key } of orphans) await objects.remove(key)
    await builder.stores.files.clearOrphans(id, orphans)
  }

  it('is placed again by the next worker when the first one died behind the copy, and stays when the rest is swept', async () => {
    const { task, lease, own, destination } = await finalized()
    expect(await objects.copy(own, destination)).toBe(true)
    await builder.stores.transfers.giveBack(lease, 0)
    await work(await builder.claim(task.id))
    const { file, state } = await builder.find(task)
    expect({ state, file }).toMatchObject({ state: 'completed', file: { key: destination, state: 'permanent' } })
    await sweep(task.id)
    expect(await objects.head(own)).toBeNull()
    expect(await contents(destination)).toBe('the bytes')
  })

  it('is not placed by a worker that comes back when all is over', async () => {
    const { task, lease, own, destination } = await finalized()
    await builder.stores.transfers.giveBack(lease, 0)
    await work(await builder.claim(task.id))
    await sweep(task.id)
    await builder.stores.files.changeFile(task.tenantId, task.id, { kind: 'release' })
    await sweep(task.id)
    await expect(objects.copy(own, destination)).rejects.toThrow()
    expect(await objects.head(destination)).toBeNull()
  })

  it('stays in its own place when something else lies at the destination, which is left alone', async () => {
    const { task, lease, own, destination } = await finalized()
    await putObject(objects, { key: destination, mimeType: 'text/plain' }, Buffer.from('not ours'))
    await builder.stores.transfers.giveBack(lease, 0)
    await work(await builder.claim(task.id))
    expect((await builder.find(task)).file).toMatchObject({ key: own, state: 'permanent' })
    expect(await contents(destination)).toBe('not ours')
    await objects.remove(destination)
  })
})
