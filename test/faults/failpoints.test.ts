import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { expectPostedOnce, reportedCompletions } from '#support/assertions/reported-completions.ts'
import type { Failpoint, TappedVerb } from '#support/faults/failpoints.ts'
import { type KilledWorker, startKilledWorker } from '#support/faults/killed-worker.ts'
import { openTransferFixture, type TransferFixture } from '#support/faults/transfer-fixture.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

/** Workers that are alive at once. Each dies at a point of its own; then the next one begins. More would only wait for a CPU. */
const workersAtOnce = 4
/** The number of untouched tasks of each kind that are kept ready. */
const readyOfEach = 1

/** A worker that waits for its point is killed elsewhere when so many tasks have ended since the last death. */
const endsWithoutDeath = 12
/** So many tasks lead to every point many times: the search ends with an error when they do not. */
const endsAtMost = 300

/** These happen once for each part: the first is unlike those behind it. */
const perPart: string[] = ['objects.openPart', 'stores.transfers.recordPart'] satisfies TappedVerb[]
/** They change nothing, or belong to other work than a transfer's. */
const leftOut: string[] = [
  'stores.dispatch.countDispatched',
  'stores.dispatch.nextDueInMs',
  'stores.deliveries.listDueDeliveryLanes',
  'stores.dispatch.withdrawSlots',
  'stores.operations.withdrawWorker',
  'stores.hosts.forgetHosts',
  'stores.retention.forgetTraces',
  'stores.retention.forgetUsage',
  'stores.bandwidth.forgetShares',
  'stores.usage.sampleTenants',
  'queue.consume',
] satisfies TappedVerb[]
const givingBack = 'stores.transfers.giveBack' satisfies TappedVerb
/** Only reached when a worker stops, or when a part of the service fails: no death here leads to them for certain. */
const notByDeath: string[] = [
  givingBack,
  'stores.transfers.failAttempt',
  'stores.transfers.recordOrphan',
  'stores.transfers.noteSecondRefused',
] satisfies TappedVerb[]
/** The sweeper's verbs, in their order. They have a test of their own. */
const sweeping: string[] = [
  'stores.files.leaseOrphans',
  'objects.abort',
  'objects.remove',
  'stores.files.clearOrphans',
] satisfies TappedVerb[]
/** Leaves a part on record; */
const interrupting: Failpoint = 'after stores.transfers.recordPart'
/** whoever takes the task next goes on behind it. */
const resuming: Failpoint = 'after stores.transfers.noteResumed'
/** What whoever comes next takes up where these die: a part on record, a part that is not, an object that nobody knows of. */
const feeding: Failpoint[] = [interrupting, 'after objects.openPart', 'after objects.complete']
/** That the search for points finds these proves that it searches. */
const surelyFound: (Failpoint | 'during source.read')[] = [
  interrupting,
  resuming,
  'after stores.dispatch.reportSlots',
  'after stores.dispatch.claimTasks',
  'before queue.addTasks',
  'after queue.addTasks',
  'after stores.transfers.beginTransfer',
  'before source.open',
  'after source.open',
  'during source.read',
  'after stores.transfers.finalizeTransfer',
  'before objects.openObject',
  'during objects.openObject',
  'after objects.openObject',
  'after stores.transfers.completeTask',
  'after stores.wakes.openWakes',
  'before queue.addDeliveryLanes',
  'after queue.addDeliveryLanes',
  'after stores.deliveries.leaseNextBatch',
  'before sender.post',
  'after sender.post',
  'after stores.deliveries.recordBatch',
  'after stores.transfers.startGeneration',
  'before objects.begin',
  'after objects.begin',
  'after stores.transfers.recordUpload',
  'before objects.openPart',
  'before objects.openPart:3',
  'during objects.openPart',
  'during objects.openPart:3',
  'after objects.openPart',
  'after objects.openPart:3',
  'after stores.transfers.recordPart:3',
  'before objects.listParts',
  'after objects.listParts',
  'before objects.complete',
  'after objects.complete',
  'before objects.head',
  'after objects.head',
  'before objects.copy',
  'after objects.copy',
]

const verbOf = (point: string) => point.split(' ')[1]!
/** A crash before a commit is one behind the commit before it: of the stores only what follows their verbs is a point. */
const isPoint = (point: string) =>
  ![...leftOut, ...notByDeath].includes(verbOf(point)) && !point.startsWith('before stores.')
const withLater = (point: string) => (perPart.includes(verbOf(point)) ? [point, `${point}:3`] : [point])

describe.skipIf(embeddedOnly)('a worker dies', () => {
  let fixture: TransferFixture
  beforeAll(async () => {
    fixture = await openTransferFixture()
  })
  afterAll(async () => {
    await fixture?.close()
  })

  test('at every point that a transfer comes to: each file arrives whole, once, and nothing else is left', async ({
    onTestFinished,
  }) => {
    const beganAt = Date.now()
    const planned = new Set<string>()
    const waiting: string[] = []
    const driven = new Set<string>()
    const plan = (points: string[]) => {
      for (const point of points.filter(isPoint).flatMap(withLater)) {
        if (planned.has(point) || sweeping.includes(verbOf(point))) continue
        planned.add(point)
        waiting.push(point)
      }
    }
    // By themselves, because a dead worker's lease of 15 s might end behind all other points.
    for (const point of [interrupting, resuming]) {
      const worker = startKilledWorker(fixture.cluster, point)
      await fixture.keepReady(readyOfEach)
      await eventually(`it is ${point}`, worker.isThere, { withinMs: 120_000 })
      await fixture.rows('update task set lease_until = now() where lease_until > now()')
      planned.add(point)
      driven.add(point)
      plan(worker.reached())
    }
    // The next worker comes to what there is; those behind it add what only happens after a death.
    plan(['after stores.transfers.completeTask'])
    let alive: KilledWorker[] = []
    let feeder: KilledWorker | null = null
    const endAlive = () => Promise.all([...alive, ...(feeder ? [feeder] : [])].map((worker) => worker.end('SIGKILL')))
    onTestFinished(async () => void (await endAlive()))
    let feeders = 0
    let endedAtDeath = 0
    while (waiting.length > 0 || alive.length > 0) {
      while (alive.length < workersAtOnce && waiting.length > 0)
        alive.push(startKilledWorker(fixture.cluster, waiting.shift()!))
      await fixture.keepReady(readyOfEach)
      const ended = await fixture.countEnded()
      // Those alive may all wait for what only comes after a death.
      if (feeder === null && ended - endedAtDeath >= endsWithoutDeath)
        feeder = startKilledWorker(fixture.cluster, feeding[feeders++ % feeding.length]!)
      const isThere = (worker: KilledWorker) => {
        if (!worker.isThere()) return false
        driven.add(worker.point)
        endedAtDeath = ended
        return true
      }
      for (const worker of alive) plan(worker.reached())
      alive = alive.filter((worker) => !isThere(worker))
      if (feeder !== null && isThere(feeder)) feeder = null
      if (ended > endsAtMost) break
      await sleep(50)
    }
    await endAlive()
    const drivenAt = Date.now()
    const heir = await fixture.cluster.startWorker({ WORKER_CONCURRENCY: '8' })
    onTestFinished(async () => void (await heir.end('SIGTERM')))
    const ids = await fixture.allEnded(120_000)
    const seconds = [drivenAt - beganAt, Date.now() - drivenAt].map((ms) => (ms / 1000).toFixed(0))
    console.log(
      `${driven.size} points and ${ids.length} tasks in ${seconds[0]} s, what was left over in ${seconds[1]} s`,
    )
    // Nobody came again, within so many tasks, to what is missing.
    expect([...driven].toSorted()).toEqual([...planned].toSorted())
    expect([...driven]).toEqual(expect.arrayContaining(surelyFound))

    await fixture.expectRightFiles()
    expect(await reportedCompletions(fixture.client)).toEqual(ids)
    expectPostedOnce(fixture.receiver, ids)
    // A sweeper that died here has a lease of two minutes.
    await fixture.rows('update task set garbage_lease_until = null')
    await fixture.expectNothingElse()
  })

  test('while it gives its transfer back at SIGTERM: the next one goes on with it', async ({ onTestFinished }) => {
    const { cluster, rows } = fixture
    await fixture.create('large')
    const worker = startKilledWorker(cluster, `after ${givingBack}`)
    onTestFinished(async () => void (await worker.end('SIGKILL')))
    await eventually('a part is on record', () => worker.reached().includes(interrupting), { withinMs: 120_000 })
    await worker.end('SIGTERM')
    expect(worker.isThere()).toBe(true)
    const [left, ...others] = await rows<{ id: string; state: string; lease: Date | null }>(
      'select id, state, lease_until as lease from task where ended_at is null',
    )
    expect([left, others]).toMatchObject([{ state: 'waiting', lease: null }, []])
    const heir = await cluster.startWorker()
    onTestFinished(async () => void (await heir.end('SIGTERM')))
    await fixture.allEnded(120_000)
    await fixture.expectRightFiles()
    const { metrics } = await fixture.client.task(left!.id)
    expect(metrics.transactions.at(-1)?.resumedFrom).toBeGreaterThan(0)
  })

  test('while it sweeps: the next one removes what is left, upload and object, however often', async () => {
    const { cluster, rows, bucket } = fixture
    const points = sweeping.flatMap((verb) => [`before ${verb}`, `after ${verb}`]).filter(isPoint)
    await fixture.create('small')
    const first = await cluster.startWorker()
    await fixture.allEnded(120_000)
    await first.end('SIGTERM')
    const upload = await bucket.begin('left/behind/1')
    await rows(
      `update task set garbage_lease_until = null,
         garbage = '[{"key":"left/behind/1","uploadId":"${upload}"},{"key":"left/behind/2","uploadId":null}]'
       where id = (select min(id) from task)`,
    )
    // The id of this upload is not on record.
    await bucket.begin('left/behind/2')
    for (const point of points) {
      const worker = startKilledWorker(cluster, point)
      await eventually(`it is ${point}`, worker.isThere, { withinMs: 120_000 })
      // The dead one's lease would take two minutes.
      await rows('update task set garbage_lease_until = null')
    }
    const heir = await cluster.startWorker()
    await fixture.expectNothingElse()
    await eventually('nothing is known to be left', async () => {
      return (await rows('select id from task where garbage is not null')).length === 0
    })
    await heir.end('SIGTERM')
  })
})
