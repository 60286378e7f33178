import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { expectPostedOnce, reportedCompletions } from '#support/assertions/reported-completions.ts'
import type { Failpoint } from '#support/faults/failpoints.ts'
import { startKilledWorker } from '#support/faults/killed-worker.ts'
import { openTransferFixture, type TransferFixture } from '#support/faults/transfer-fixture.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

/** Where a worker is stopped. When it goes on, what it is about to do has been done by another one, and swept behind. */
const points: Failpoint[] = [
  'before objects.begin',
  'after objects.begin',
  'during objects.openPart:3',
  'after stores.transfers.recordPart',
  'before objects.complete',
  'after stores.transfers.finalizeTransfer',
  'during objects.openObject',
  'before objects.copy',
]

describe.skipIf(embeddedOnly)('workers are stopped for longer than their leases', () => {
  let fixture: TransferFixture
  beforeAll(async () => {
    fixture = await openTransferFixture()
  })
  afterAll(async () => {
    await fixture?.close()
  })

  const truth = async () => ({
    tasks: await fixture.rows(
      `select id, state, epoch, attempts, ended_at, bytes_received, transfer, file_key, file_bytes, file_checksums
       from task order by id`,
    ),
    parts: await fixture.rows('select * from transfer_part'),
    events: await fixture.rows('select id, type, task_id from event order by id'),
    objects: await fixture.bucket.objects(),
  })

  test('and another one does their work: when they go on they change nothing, and leave nothing behind', async () => {
    const zombies = points.map((point) => startKilledWorker(fixture.cluster, point, { signal: 'SIGSTOP' }))
    while (!zombies.every((zombie) => zombie.isThere())) {
      await fixture.keepReady(2)
      await sleep(50)
    }
    const heir = await fixture.cluster.startWorker({ WORKER_CONCURRENCY: '8' })
    const ids = await fixture.allEnded(120_000)
    await fixture.expectRightFiles()
    await fixture.expectNothingElse()
    const before = await truth()

    for (const zombie of zombies) zombie.wake()
    for (const { point, output } of zombies)
      await eventually(`stopped ${point}, it learns that the task is not its own`, () =>
        output().includes('"outcome":"lost"'),
      )
    await Promise.all(zombies.map(({ end }) => end('SIGTERM')))
    await fixture.expectNothingElse()
    expect(await truth()).toEqual(before)
    expect(await reportedCompletions(fixture.client)).toEqual(ids)
    expectPostedOnce(fixture.receiver, ids)
    await heir.end('SIGTERM')
  })
})
