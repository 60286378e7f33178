import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createReconcileStore } from '#core/files/postgres/reconcile-store.ts'
import { type ReconcileLine, type ReconcileOptions, reconcile } from '#core/files/reconcile.ts'
import { mint } from '#core/runtime/crypto.ts'
import { type BuiltSession, facts, failure, part, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { fileTwin, s3Twin, type Twin } from '#support/storage/object-stores.ts'
import { putObject, putPart } from '#support/storage/put-object.ts'
import type { ObjectStore } from '#transfer/storage/object-store.ts'

const s3 = await s3Twin()
const twins = [await fileTwin(), ...(s3 ? [s3] : [])]
if (!s3) it.skip('on s3: left out by BACKHAUL_TEST_EMBEDDED_ONLY=1', () => {})

const builder = useStore()

describe.each(twins)('database and storage on $name', (twin: Twin) => {
  let objects: ObjectStore
  let session: BuiltSession
  beforeEach(async () => {
    objects = twin.open()
    session = await builder.session(undefined, { delegate: { kind: 'pull' } })
  })
  afterEach(() => objects.close())
  afterAll(() => twin.dispose())

  const put = (key: string, bytes = 9) => putObject(objects, { key, mimeType: 'text/plain' }, Buffer.alloc(bytes, 'x'))
  const begin = async (key: string) => {
    const upload = await objects.begin({ key, mimeType: 'text/plain' })
    await putPart(objects, upload, { number: 1, offset: 0 }, Buffer.from('a part'))
    return upload
  }
  const isThere = async (key: string) => (await objects.head(key)) !== null
  const bytesKey = (taskId: string, epoch = 1) => `${session.tenantId}/tasks/${taskId}/${epoch}`

  /** A completed task whose file is to lie at `key`, by the rows. */
  async function completed(key?: string): Promise<{ id: string; key: string }> {
    const task = await builder.task(session)
    const at = key ?? bytesKey(task.id)
    const { lease } = await builder.begin(task.id)
    const file = { key: at, bytes: 9, checksums: { crc32: 'y/Q5Jg==' } }
    await builder.stores.transfers.completeTask(lease, { file, facts, inParts: false }, session.id)
    return { id: task.id, key: at }
  }
  async function run(changes: Partial<ReconcileOptions> = {}) {
    const lines: ReconcileLine[] = []
    const options = { repair: false, minimumAgeMs: 0, tenantId: session.tenantId, ...changes }
    // S3's clock may be a moment ahead, and tells whole seconds.
    const ports = {
      stores: { files: createReconcileStore(builder.database) },
      objects,
      nowMs: () => Date.now() + 5_000,
    }
    const result = await reconcile({ ...ports, say: (line) => lines.push(line) }, options)
    const found = lines.flatMap((line) => (line.kind === 'difference' ? [`${line.what} ${line.key}`] : []))
    return { result, found: found.toSorted(), lines }
  }

  it('agree when every file is there, and say how far they were compared', async () => {
    for (let n = 0; n < 3; n++) await put((await completed()).key)
    const { result, found, lines } = await run()
    expect(found).toEqual([])
    expect(result).toMatchObject({ files: 3, objects: 3, uploads: 0, repaired: 0 })
    expect(lines).toContainEqual({ kind: 'progress', step: 'objects', looked: 3 })
  })

  it('show every difference in a dry run, which changes nothing', async () => {
    const [missing, wrong] = [await completed(), await completed()]
    await put(wrong.key, 4)
    const [absent, client] = [bytesKey(mint.id('tsk')), `${session.tenantId}/files/left/behind.bin`]
    await put(absent)
    await put(client)
    const upload = await begin(bytesKey(mint.id('tsk'), 7))
    const { result, found } = await run()
    expect(found).toEqual(
      [
        `fileMissing ${missing.key}`,
        `fileWrongSize ${wrong.key}`,
        `objectWithoutRow ${absent}`,
        `objectWithoutRow ${client}`,
        `uploadWithoutRow ${upload.key}`,
      ].toSorted(),
    )
    expect(result.repaired).toBe(0)
    expect(await isThere(absent)).toBe(true)
    expect(await objects.listParts(upload)).toHaveLength(1)
    for (const { id } of [missing, wrong])
      expect((await builder.find({ ...session, id })).file?.state).toBe('temporary')
  })

  it('are repaired in both directions, and agree then', async () => {
    const [kept, missing, wrong] = [await completed(), await completed(), await completed()]
    await put(kept.key)
    await put(wrong.key, 4)
    const [absent, client] = [bytesKey(mint.id('tsk')), `${session.tenantId}/files/left/behind.bin`]
    await put(absent)
    await put(client)
    const upload = await begin(bytesKey(mint.id('tsk'), 7))
    const { result } = await run({ repair: true })
    expect(result.repaired).toBe(5)
    expect(await Promise.all([absent, client, kept.key].map(isThere))).toEqual([false, false, true])
    expect(await objects.listParts(upload)).toBeNull()
    for (const { id } of [missing, wrong]) {
      expect((await builder.find({ ...session, id })).file?.state).toBe('expired')
      const told = await builder.database.many("select 1 from event where task_id = $1 and type = 'file.expired'", [id])
      expect(told).toHaveLength(1)
    }
    // The object of another size is the sweeper's now.
    expect((await run()).found).toEqual([])
    expect(await builder.database.many("select 1 from file_key where task_id = 'reconcile'")).toEqual([])
  })

  it('leave alone what a task may still need: running, kept for resuming, taken over, orphaned, claimed', async () => {
    const running = await builder.task(session)
    await builder.begin(running.id)
    const ofRunning = [await begin(bytesKey(running.id, 1)), await begin(bytesKey(running.id, 2))]
    await put(bytesKey(running.id, 3))

    const failed = await builder.task(session)
    const { lease } = await builder.begin(failed.id)
    const kept = await begin(bytesKey(failed.id))
    const own = transfer(lease.epoch, { key: kept.key, uploadId: kept.uploadId })
    await builder.stores.transfers.startGeneration(lease, own, facts)
    await builder.stores.transfers.recordPart(lease, lease.epoch, part(1))
    await builder.stores.transfers.failAttempt(lease, failure(null))
    expect((await builder.find({ ...session, id: failed.id })).resumeData).not.toBeNull()

    // Its file lies at the key of the task whose parts it took over.
    const takenOver = await completed(bytesKey(mint.id('tsk')))
    await put(takenOver.key)

    const orphaned = await completed()
    await put(orphaned.key)
    await builder.stores.files.changeFile(session.tenantId, orphaned.id, { kind: 'release' })

    const claimed = `${session.tenantId}/files/on/its.way`
    await builder.stores.files.claimFileKey(running.id, claimed)
    await put(claimed)
    const ofClaimed = await begin(claimed)

    const { result, found } = await run({ repair: true })
    expect(found).toEqual([])
    expect(result.repaired).toBe(0)
    for (const upload of [...ofRunning, kept, ofClaimed]) {
      expect(await objects.listParts(upload)).toHaveLength(1)
      await objects.abort(upload)
    }
    expect(await Promise.all([takenOver.key, orphaned.key, claimed].map(isThere))).toEqual([true, true, true])
  })

  it('leave alone what is too young', async () => {
    await put(bytesKey(mint.id('tsk')))
    const upload = await begin(bytesKey(mint.id('tsk')))
    const { result, found } = await run({ repair: true, minimumAgeMs: 3_600_000 })
    expect(found).toEqual([])
    expect(result).toMatchObject({ young: 2, repaired: 0 })
    await objects.abort(upload)
  })

  it('leave alone what is not the service’s by its key', async () => {
    const key = `${session.tenantId}/notes/${randomUUID()}`
    await put(key)
    const { result, found } = await run({ repair: true })
    expect(found).toEqual([])
    expect(result.foreign).toBe(1)
    expect(await isThere(key)).toBe(true)
  })

  it('are compared again after a run that died while it had taken a key', async () => {
    const key = `${session.tenantId}/files/half.bin`
    await put(key)
    const store = createReconcileStore(builder.database)
    expect(await store.claimUnnamed(key)).toBe(true)
    expect(await builder.stores.files.claimFileKey(mint.id('tsk'), key)).toBe('taken')
    expect((await run({ repair: true })).found).toEqual([`objectWithoutRow ${key}`])
    expect(await isThere(key)).toBe(false)
    expect(await builder.stores.files.claimFileKey(mint.id('tsk'), key)).toBe('claimed')
  })

  it('do not lose a file that is moved while they are compared', async () => {
    const file = await completed()
    await put(file.key)
    const store = createReconcileStore(builder.database)
    const [listed] = await store.listExpectedFiles(session.tenantId, null, 10)
    const moved = `${session.tenantId}/files/moved.bin`
    await builder.stores.files.claimFileKey(file.id, moved)
    await builder.stores.files.changeFile(session.tenantId, file.id, { kind: 'moved', key: moved })
    expect(await store.loseFile(listed!)).toBe(false)
    expect((await builder.find({ ...session, id: file.id })).file).toMatchObject({ state: 'permanent', key: moved })
  })
})
