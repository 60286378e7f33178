import type { ObjectStore } from '@backhaul/transfer/storage'
import type { ExpectedFile, ReconcileStore, StoredItem } from './reconcile-store.ts'
import type { Found, Reconciliation } from './rules/reconcile-report.ts'
import { readStoredKey } from './rules/stored-key.ts'

interface ReconcilePorts {
  stores: { files: ReconcileStore }
  objects: Pick<ObjectStore, 'head' | 'listObjects' | 'listUploads' | 'remove' | 'abort'>
  nowMs(): number
  /** Each difference as it is found, and how far the comparison is. */
  say(line: ReconcileLine): void
}

export interface ReconcileOptions {
  /** Otherwise nothing is changed. */
  repair: boolean
  /** Objects and uploads that are younger are left alone. */
  minimumAgeMs: number
  /** Null: all. */
  tenantId: string | null
}

type Difference = keyof Found
export type ReconcileLine =
  | { kind: 'difference'; what: Difference; key: string; taskId?: string; uploadId?: string; repaired: boolean }
  | { kind: 'progress'; step: 'files' | 'objects' | 'uploads'; looked: number }

const pageSize = 1_000
/** Looks at storage, or removals there, at once. */
const atOnce = 16
/** Names are looked for in all tasks: for so many at once, so that memory has a limit and the tasks are not read too often. */
const suspectsAtOnce = 5_000

/**
 * Compares database and storage, in pages. Files whose object is missing, or has another size, expire; objects and unfinished uploads that no
 * row names are removed. Safe beside running processes: nothing of a task that has not ended is touched, and no key that is claimed. One at a
 * time. Throws StorageUnavailable and DatabaseUnavailable; repeating it is harmless.
 */
export async function reconcile(ports: ReconcilePorts, options: ReconcileOptions): Promise<Reconciliation> {
  const found = { fileMissing: 0, fileWrongSize: 0, objectWithoutRow: 0, uploadWithoutRow: 0 }
  const result: Reconciliation = { files: 0, objects: 0, uploads: 0, foreign: 0, young: 0, found, repaired: 0 }
  if (options.repair) await ports.stores.files.releaseUnnamed(null)
  await compareFiles(ports, options, result)
  await compareStored(ports, options, result, 'objects')
  await compareStored(ports, options, result, 'uploads')
  return result
}

async function compareFiles(
  { stores, objects, say }: ReconcilePorts,
  { repair, tenantId }: ReconcileOptions,
  result: Reconciliation,
): Promise<void> {
  for (let after: string | null = null; ; ) {
    const page: ExpectedFile[] = await stores.files.listExpectedFiles(tenantId, after, pageSize)
    await inGroups(page, async (file) => {
      const object = await objects.head(file.key)
      if (object?.bytes === file.bytes) return
      const what = object === null ? 'fileMissing' : 'fileWrongSize'
      const repaired = repair && (await stores.files.loseFile(file))
      note(result, what, repaired)
      say({ kind: 'difference', what, key: file.key, taskId: file.taskId, repaired })
    })
    result.files += page.length
    say({ kind: 'progress', step: 'files', looked: result.files })
    if (page.length < pageSize) return
    after = page.at(-1)!.taskId
  }
}

/** An object, or an upload, in storage. */
type Stored = StoredItem & { uploadId?: string }

async function compareStored(
  ports: ReconcilePorts,
  { repair, minimumAgeMs, tenantId }: ReconcileOptions,
  result: Reconciliation,
  step: 'objects' | 'uploads',
): Promise<void> {
  const { stores, nowMs, say } = ports
  const prefix = tenantId === null ? '' : `${tenantId}/`
  let suspects: Stored[] = []
  const judge = async () => {
    const named = await stores.files.findNamedKeys(suspects)
    await inGroups(
      suspects.filter(({ key }) => !named.has(key)),
      async ({ key, taskId, uploadId }) => {
        const what = uploadId === undefined ? 'objectWithoutRow' : 'uploadWithoutRow'
        const repaired = repair && (await removeStored(ports, { key, taskId, ...(uploadId && { uploadId }) }))
        note(result, what, repaired)
        say({ kind: 'difference', what, key, ...(uploadId === undefined ? {} : { uploadId }), repaired })
      },
    )
    suspects = []
  }
  for (let after: string | null = null; ; ) {
    const page: { items: ListedItem[]; next: string | null } = await listPage(ports, step, prefix, after)
    for (const { key, at, uploadId } of page.items) {
      const owner = readStoredKey(key)
      if (owner.kind === 'foreign') result.foreign += 1
      else if (nowMs() - at.getTime() < minimumAgeMs) result.young += 1
      else suspects.push({ key, taskId: owner.kind === 'bytes' ? owner.taskId : null, ...(uploadId && { uploadId }) })
    }
    result[step] += page.items.length
    if (suspects.length >= suspectsAtOnce) await judge()
    say({ kind: 'progress', step, looked: result[step] })
    if (page.next === null) break
    after = page.next
  }
  if (suspects.length > 0) await judge()
}

interface ListedItem {
  key: string
  at: Date
  uploadId?: string
}

async function listPage(
  { objects }: ReconcilePorts,
  step: 'objects' | 'uploads',
  prefix: string,
  after: string | null,
): Promise<{ items: ListedItem[]; next: string | null }> {
  if (step === 'objects') {
    const { objects: listed, next } = await objects.listObjects(prefix, after, pageSize)
    return { items: listed.map(({ key, modifiedAt }) => ({ key, at: modifiedAt })), next }
  }
  const { uploads, next } = await objects.listUploads(prefix, after, pageSize)
  return { items: uploads.map(({ key, uploadId, begunAt }) => ({ key, uploadId, at: begunAt })), next }
}

/** False when a task has come to it meanwhile. */
async function removeStored({ stores, objects }: ReconcilePorts, { key, taskId, uploadId }: Stored): Promise<boolean> {
  if (uploadId !== undefined) {
    await objects.abort({ key, uploadId })
    return true
  }
  // Tasks that have ended put nothing there any more.
  if (taskId !== null) {
    await objects.remove(key)
    return true
  }
  if (!(await stores.files.claimUnnamed(key))) return false
  await objects.remove(key)
  await stores.files.releaseUnnamed(key)
  return true
}

function note(result: Reconciliation, what: Difference, repaired: boolean): void {
  result.found[what] += 1
  if (repaired) result.repaired += 1
}

async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let n = 0; n < items.length; n += atOnce) await Promise.all(items.slice(n, n + atOnce).map(work))
}
