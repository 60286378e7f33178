import { describe, expect, it, onTestFinished } from 'vitest'
import { openAnnouncer } from '#core/database/listen.ts'
import { createWorkerRecord } from '#core/operations/worker-record.ts'
import { mint } from '#core/runtime/crypto.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()
const log = { info() {}, warn() {}, error() {} }

/** A worker of two slots, and what it has said in its log. */
async function startRecord() {
  const said: string[] = []
  let drains = 0
  const announcer = await openAnnouncer(builder.connectionString, log)
  onTestFinished(announcer.close)
  const id = mint.id('wrk')
  const record = createWorkerRecord(
    {
      stores: builder.stores,
      announcer,
      log: { info: ({ event }) => void said.push(event) },
      nowMs: Date.now,
    },
    { id, host: 'machine-1', slots: 2 },
    () => {
      drains += 1
    },
  )
  return { id, record, said, announcer, drains: () => drains }
}

/** A transfer that runs until it is told to end. */
function transfer(): { run: () => Promise<void>; end(): void } {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { run: () => ended, end: () => end() }
}

const listed = async (id: string) =>
  (await builder.stores.operations.listWorkers({ limit: 200 })).data.find((each) => each.id === id)

describe('a worker that is told to drain', () => {
  it('hears of it at once, and says when its last transfer has ended', async () => {
    const { id, record, said, drains } = await startRecord()
    const [one, other] = [transfer(), transfer()]
    const running = [one, other].map(({ run }) => record.running(run))
    expect(await record.report()).toBe(false)
    expect(record.draining()).toBe(null)
    await builder.stores.operations.drainWorker(id)
    await eventually('it has heard', () => record.draining() !== null)
    expect(record.draining()).toEqual({ worker: id, running: 2 })
    one.end()
    await running[0]
    expect(await record.report()).toBe(true)
    expect(await listed(id)).toMatchObject({ running: 1, state: 'draining' })
    expect(said).toEqual(['worker.draining'])
    other.end()
    await running[1]
    expect(record.draining()).toEqual({ worker: id, running: 0 })
    expect(said).toEqual(['worker.draining', 'worker.drained'])
    expect(drains()).toBe(1)
  })

  it('finds it with its next report when it has missed the announcement', async () => {
    const { id, record, said, announcer } = await startRecord()
    await record.report()
    await announcer.close()
    await builder.stores.operations.drainWorker(id)
    expect(record.draining()).toBe(null)
    expect(await record.report()).toBe(true)
    expect(record.draining()).toEqual({ worker: id, running: 0 })
    expect(said).toEqual(['worker.draining', 'worker.drained'])
  })

  it('is the only one', async () => {
    const [one, other] = [await startRecord(), await startRecord()]
    await one.record.report()
    await other.record.report()
    await builder.stores.operations.drainWorker(one.id)
    await eventually('it has heard', () => one.record.draining() !== null)
    expect(await other.record.report()).toBe(false)
    expect(other.record.draining()).toBe(null)
  })
})

describe('a worker', () => {
  it('counts a transfer that fails as over', async () => {
    const { record } = await startRecord()
    await expect(record.running(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(record.countRunning()).toBe(0)
  })

  it('that ends is not listed any more', async () => {
    const { id, record } = await startRecord()
    await record.report()
    expect(await listed(id)).toMatchObject({ slots: 2, version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
    await record.withdraw()
    expect(await listed(id)).toBeUndefined()
  })
})
