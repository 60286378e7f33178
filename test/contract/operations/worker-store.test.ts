import { describe, expect, it } from 'vitest'
import { openAnnouncer } from '#core/database/listen.ts'
import type { WorkerReport } from '#core/operations/worker-store.ts'
import { mint } from '#core/runtime/crypto.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()
const store = () => builder.stores.operations

const aReport = (given: Partial<WorkerReport> = {}): WorkerReport => ({
  id: mint.id('wrk'),
  version: '0.1.0',
  host: 'machine-1',
  upMs: 90_000,
  slots: 20,
  running: 0,
  isDraining: false,
  ...given,
})
const list = async () => (await store().listWorkers({ limit: 200 })).data
const notSeenFor = (id: string, seconds: number) =>
  builder.database.run('update worker_process set seen_at = seen_at - make_interval(secs => $2) where id = $1', [
    id,
    seconds,
  ])

describe('a worker', () => {
  it('is listed as it has reported, with when it started and was last seen', async () => {
    const report = aReport({ running: 3 })
    expect(await store().reportWorker(report)).toBe(false)
    const [found, ...others] = await list()
    expect(others).toEqual([])
    const { id, version, host, slots } = report
    expect(found).toEqual({
      ...{ id, version, host, slots, running: 3, state: 'running' },
      ...{ startedAt: expect.any(Date), lastSeenAt: expect.any(Date) },
    })
    expect(found!.lastSeenAt.getTime() - found!.startedAt.getTime()).toBe(90_000)
  })

  it('that reports again has the same start and the newest number of transfers', async () => {
    const report = aReport()
    await store().reportWorker(report)
    const [before] = await list()
    await store().reportWorker({ ...report, upMs: 95_000, running: 7 })
    expect(await list()).toEqual([{ ...before, running: 7, lastSeenAt: expect.any(Date) }])
  })

  it('is not listed once it has withdrawn', async () => {
    const report = aReport()
    await store().reportWorker(report)
    await store().withdrawWorker(report.id)
    expect(await list()).toEqual([])
  })

  it('is not listed when it was not seen for a minute, and its row goes after an hour', async () => {
    const [living, silent, gone] = [aReport(), aReport(), aReport()]
    for (const each of [living, silent, gone]) await store().reportWorker(each)
    await notSeenFor(silent.id, 61)
    await notSeenFor(gone.id, 3_601)
    await store().reportWorker(living)
    expect((await list()).map(({ id }) => id)).toEqual([living.id])
    const rows = await builder.database.many<{ id: string }>('select id from worker_process order by id')
    expect(rows.map(({ id }) => id)).toEqual([living.id, silent.id].toSorted())
  })

  it('is listed in the order of the starts, page by page', async () => {
    const ids: string[] = []
    for (let n = 0; n < 3; n++) {
      const report = aReport()
      await store().reportWorker(report)
      ids.push(report.id)
    }
    const first = await store().listWorkers({ limit: 2 })
    const second = await store().listWorkers({ limit: 2, cursor: first.nextCursor! })
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids.toSorted())
    expect(second.nextCursor).toBe(null)
  })
})

describe('a worker that is to drain', () => {
  it('is shown so at once, and hears of it with its next report and by an announcement', async () => {
    const [report, other] = [aReport(), aReport()]
    for (const each of [report, other]) await store().reportWorker(each)
    const heard: string[] = []
    const announcer = await openAnnouncer(builder.connectionString, { info() {}, warn() {}, error() {} })
    announcer.on('draining', ({ workerId }) => heard.push(workerId))
    try {
      expect(await store().drainWorker(report.id)).toMatchObject({ id: report.id, state: 'draining' })
      await eventually('it is announced', () => heard.length > 0)
      // Asked for again, nothing happens.
      expect(await store().drainWorker(report.id)).toMatchObject({ id: report.id, state: 'draining' })
      await store().drainWorker(other.id)
      await eventually('the other one is announced', () => heard.includes(other.id))
      expect(heard).toEqual([report.id, other.id])
    } finally {
      await announcer.close()
    }
    expect(await store().reportWorker(report)).toBe(true)
  })

  it('stays so, and no other worker does', async () => {
    const [report, other] = [aReport(), aReport()]
    for (const each of [report, other]) await store().reportWorker(each)
    await store().drainWorker(report.id)
    expect(await store().reportWorker({ ...report, running: 1 })).toBe(true)
    expect(await store().reportWorker(other)).toBe(false)
    expect((await list()).map(({ state }) => state)).toEqual(['draining', 'running'])
  })

  it('is still to drain when its row was lost, if it knew', async () => {
    const report = aReport()
    await store().reportWorker(report)
    await store().drainWorker(report.id)
    await store().withdrawWorker(report.id)
    expect(await store().reportWorker({ ...report, isDraining: true })).toBe(true)
    expect(await list()).toMatchObject([{ id: report.id, state: 'draining' }])
  })

  it('is not found when there is none, or it was not seen for a minute', async () => {
    const report = aReport()
    expect(await store().drainWorker(report.id)).toBe(null)
    await store().reportWorker(report)
    await notSeenFor(report.id, 61)
    expect(await store().drainWorker(report.id)).toBe(null)
  })
})
