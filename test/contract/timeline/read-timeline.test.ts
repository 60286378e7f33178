import { describe, expect, it } from 'vitest'
import type { TimelineEntry } from '#core/timeline/rules/timeline-entry.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import { makeDue } from '#support/builders/make-due.ts'
import { failure, storedFile, transfer, facts as whole } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const pull = { delegate: { kind: 'pull' } } as const

async function read({ tenantId, id }: { tenantId: string; id: string }, limit = 1000) {
  return (await builder.stores.timeline.readTimeline(tenantId, id, { limit }))!
}
const kinds = async (task: { tenantId: string; id: string }) => (await read(task)).data.map(({ kind }) => kind)
const find = (entries: TimelineEntry[], kind: string) => entries.find((entry) => entry.kind === kind)!

describe('the timeline of a task', () => {
  it('tells the way of one that was interrupted, failed an attempt, and completed in the end', async () => {
    const session = await builder.session()
    const task = await builder.task(session)
    await builder.stores.tasks.suspendTask(task.tenantId, task.id)
    await builder.stores.tasks.resumeTask(task.tenantId, task.id)
    const first = await builder.begin(task.id)
    const because = 'retryAfter' as const
    const response = { ...whole.response, status: 503 }
    await builder.stores.transfers.failAttempt(first.lease, failure(1, { because, response }))
    await makeDue(builder.database, task.id)
    const { lease } = await builder.begin(task.id)
    await builder.stores.transfers.giveBack(lease, 0)
    await builder.database.run('update task set due = true where id = $1', [task.id])
    const last = await builder.begin(task.id)
    const finalized = transfer(last.lease.epoch, {
      sealed: { bytes: 9, checksums: { crc32: 'y/Q5Jg==' }, verified: true },
    })
    expect(await builder.stores.transfers.finalizeTransfer(last.lease, finalized, whole)).toBe(true)
    await builder.stores.transfers.completeTask(last.lease, storedFile(task.id), session.id)
    await builder.stores.wakes.openWakes()
    await builder.deliver(session)

    const { data } = await read(task)
    const kinds = data.map(({ kind }) => kind).filter((kind) => kind !== 'due')
    expect(kinds.slice(0, 15)).toEqual([
      'created',
      'admitted',
      'suspended',
      'resumed',
      'dispatched',
      'began',
      'attemptFailed',
      'dispatched',
      'began',
      'handedBack',
      'dispatched',
      'began',
      'sealed',
      'completed',
      'event',
    ])
    expect(kinds.slice(15)).toEqual(['event', 'wakeOpened', 'delivered', 'delivered', 'wakeCompleted'])
    expect(find(data, 'attemptFailed')).toMatchObject({ attempt: 1, error: 'networkConnectionLost', status: 503 })
    expect(find(data, 'attemptFailed').detail).toContain('as the origin asked with Retry-After')
    expect(find(data, 'began')).toMatchObject({ attempt: 1, workerId: 'wrk_test' })
    expect(data.filter(({ kind }) => kind === 'began').map(({ attempt }) => attempt)).toEqual([1, 2, 2])
    expect(find(data, 'sealed')).toMatchObject({ bytes: 9 })
    const times = data.map(({ at }) => at)
    expect(times).toEqual(times.toSorted())
  })

  it('tells an attempt that was charged and that its delegate is asked, and who canceled it', async () => {
    const decisions = createDecisions(builder)
    const session = await decisions.session()
    const task = await decisions.challenged(session)
    const [asked] = (await read(task)).data.filter(({ kind }) => kind === 'attemptFailed')
    expect(asked).toMatchObject({ attempt: 1, error: 'userAuthenticationRequired' })
    expect(asked!.detail).toMatch(/answered 401; the delegate is asked for a credential$/)
    await builder.stores.sessions.invalidateSession(session.tenantId, session.identifier, 'cancel')
    const { detail } = find((await read(task)).data, 'canceled')
    expect(detail).toBe('the client invalidated the session and canceled its tasks')
  })

  it('tells a lease that ended, with the worker that was not heard of any more', async () => {
    const task = await builder.task(await builder.session(undefined, pull))
    await builder.begin(task.id)
    const end = "update task set lease_until = clock_timestamp() - interval '1 second' where id = $1"
    await builder.database.run(end, [task.id])
    await builder.stores.transfers.reap()
    await builder.claim(task.id)
    await builder.database.run(end, [task.id])
    await builder.stores.transfers.reap()
    const lost = (await read(task)).data.filter(({ kind }) => kind === 'leaseLost')
    expect(lost).toMatchObject([{ workerId: 'wrk_test' }, { detail: expect.stringContaining('no worker took it up') }])
  })

  it('tells how long the limiter held it back, and that the foreground released it', async () => {
    const session = await builder.session()
    await builder.complete((await builder.task(session)).id)
    await builder.stores.wakes.openWakes()
    const gated = await builder.task(session)
    const until = gated.gatedUntil!.toISOString()
    expect(find((await read(gated)).data, 'gated')).toMatchObject({
      until,
      detail: expect.stringMatching(/the client was woken [\d.]+ s ago; the delay is 60 s/),
    })
    await builder.stores.wakes.enterForeground(session.tenantId, 'key_x', 60)
    const { data } = await read(gated)
    expect(data.map(({ kind }) => kind).toSorted()).toEqual(['created', 'due', 'gated', 'released', 'waiting'])
    expect(find(data, 'gated')).toMatchObject({ until })
  })

  it('tells what the client changed, and of the attempt that was called off for a new URL', async () => {
    const task = await builder.task(await builder.session(undefined, pull))
    await builder.begin(task.id)
    const url = {
      url: 'https://elsewhere.example.com/x',
      origin: 'https://elsewhere.example.com',
      host: 'elsewhere.example.com',
    }
    await builder.stores.tasks.changeTask(task.tenantId, task.id, { priority: 1, url })
    const { data } = await read(task)
    expect(find(data, 'changed').detail).toBe(
      'the client changed priority, url; the attempt in hand was called off, and is not charged',
    )
    expect(data.map(({ kind }) => kind)).not.toContain('handedBack')
  })

  it('tells of a challenge: the attempt, the question and its withdrawal', async () => {
    const session = await builder.session(undefined, { delegateDecisions: ['authenticationChallenge'] })
    const task = await createDecisions(builder).challenged(session)
    expect(find((await read(task)).data, 'waiting')).toMatchObject({ reason: 'delegateDecision' })
    await builder.stores.tasks.suspendTask(task.tenantId, task.id)
    const { data } = await read(task)
    expect(find(data, 'attemptFailed').detail).toBe(
      'attempt 1 failed: the origin answered 401; the delegate is asked for a credential',
    )
    expect(find(data, 'asked')).toMatchObject({ until: expect.any(String) })
    expect(find(data, 'decided').detail).toMatch(/withdrawn/)
  })

  it('tells what became of its file', async () => {
    const task = await builder.task(await builder.session(undefined, pull))
    await builder.complete(task.id)
    const { stores } = builder
    const { tenantId, id } = task
    await stores.files.changeFile(tenantId, id, { kind: 'renew', seconds: 60 })
    await stores.files.changeFile(tenantId, id, { kind: 'moved', key: 'elsewhere' })
    await stores.files.changeFile(tenantId, id, { kind: 'keep' })
    await stores.files.changeFile(tenantId, id, { kind: 'release' })
    const ended = await kinds(task)
    expect(ended.slice(-4)).toEqual(['fileRenewed', 'fileMoved', 'fileKept', 'fileReleased'])
    const expiring = await builder.task(await builder.session(undefined, pull))
    await builder.complete(expiring.id)
    await builder.database.run(
      "update task set file_lease_expires_at = clock_timestamp() - interval '1 s' where id = $1",
      [expiring.id],
    )
    await stores.files.expireFiles()
    expect((await kinds(expiring)).at(-1)).toBe('fileExpired')
  })

  it('is nothing for another tenant', async () => {
    const task = await builder.task(await builder.session(undefined, pull))
    expect(await builder.stores.timeline.readTimeline(await builder.tenant(), task.id, { limit: 10 })).toBeNull()
  })
})

describe('the steps of a task', () => {
  it('are written with the change or not at all', async () => {
    const session = await builder.session()
    const task = await builder.task(session)
    const { lease } = await builder.begin(task.id)
    const before = await kinds(task)
    expect(await builder.stores.transfers.giveBack({ ...lease, epoch: lease.epoch - 1 }, 0)).toBe(false)
    const dies = () => {
      throw new Error('the process died here')
    }
    await expect(
      builder.storesWith({ encryptor: { decrypt: dies } }).tasks.suspendTask(task.tenantId, task.id),
    ).rejects.toThrow()
    expect(await kinds(task)).toEqual(before)
  })

  it('are bounded: the first and the newest are kept, and the response says how many are not', async () => {
    const { tenantId, id } = await builder.task(await builder.session(undefined, pull))
    for (let n = 0; n < 260; n++) {
      await builder.stores.tasks.suspendTask(tenantId, id)
      await builder.stores.tasks.resumeTask(tenantId, id)
    }
    const rows = await builder.database.many<{ number: number }>(
      'select number from task_step where task_id = $1 order by number',
      [id],
    )
    const expected = Array.from({ length: 520 }, (_, n) => n + 1).filter((number) => number <= 50 || number > 70)
    expect(rows.map(({ number }) => number)).toEqual(expected)
    expect((await read({ tenantId, id })).omittedSteps).toBe(20)
  })

  it('are bounded for a task that is claimed and lost again and again, too', async () => {
    const { id } = await builder.task(await builder.session(undefined, pull))
    await builder.database.run('update task set steps = 500 where id = $1', [id])
    await builder.database.run(
      `insert into task_step (task_id, number, at, kind) select $1, n, clock_timestamp(), 'suspended'
       from generate_series(1, 500) n`,
      [id],
    )
    for (let n = 0; n < 3; n++) {
      const { lease } = await builder.begin(id)
      await builder.stores.transfers.giveBack(lease, 0)
      await builder.database.run('update task set due = true where id = $1', [id])
    }
    const row = await builder.database.first('select count(*)::int as count from task_step where task_id = $1', [id])
    expect(row).toEqual({ count: 500 })
  })

  it('come in pages that miss nothing and repeat nothing', async () => {
    const { tenantId, id } = await builder.task(await builder.session(undefined, pull))
    for (let n = 0; n < 10; n++) {
      await builder.stores.tasks.suspendTask(tenantId, id)
      await builder.stores.tasks.resumeTask(tenantId, id)
    }
    const { data: all } = await read({ tenantId, id })
    const paged: TimelineEntry[] = []
    let cursor: string | undefined
    do {
      const page = (await builder.stores.timeline.readTimeline(tenantId, id, { limit: 3, cursor }))!
      expect(page.data.length).toBeLessThanOrEqual(3)
      paged.push(...page.data)
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    // What it waits for is told as of now.
    const [now, asOfThen] = [paged.at(-1)!, all.at(-1)!]
    expect(now).toMatchObject({ kind: 'waiting', reason: 'capacity' })
    expect([...paged.slice(0, -1), { ...now, at: asOfThen.at }]).toEqual(all)
    expect(all.length).toBeGreaterThan(20)
    const garbled = builder.stores.timeline.readTimeline(tenantId, id, { limit: 3, cursor: 'x' })
    await expect(garbled).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
