import type { Lease } from '../../tasks/rules/lease.ts'
import type { TransferJob } from '../../transfers/transfer-store.ts'
import { TransferFault } from '../http/rules/transfer-error.ts'
import { type ObjectStore, StorageUnavailable, type Upload, UploadGone } from '../storage/object-store.ts'
import { createRangeAsker } from './ask-for-range.ts'
import { factsOf, type StoreFilePorts, type TransferWork } from './download-context.ts'
import { storeInOrder } from './download-in-order.ts'
import type { Progress, StoredFile, Transfer } from './download-state.ts'
import { type Continued, openSource } from './open-source.ts'
import { AttemptFailure } from './rules/attempt-failure.ts'
import { bytesOfRun, firstGap, isOnGrid, planParts } from './rules/part-plan.ts'
import { defaultSizes } from './rules/part-size.ts'
import { agreedParts, prefixOf, type SavedPart } from './rules/range-resume.ts'
import { storeInRanges } from './store-in-ranges.ts'
import { openInOrderDigests } from './streaming-digests.ts'
import { digestsWanted, verifyStored } from './verify-object.ts'

/**
 * URL → storage, for one epoch of a task: takes up what an earlier epoch left, part by part, and ends with the object
 * complete in storage. `progress` is kept current. Throws TransferFault, Interruption, StorageUnavailable.
 */
export async function storeFile(
  ports: StoreFilePorts,
  job: TransferJob,
  lease: Lease,
  progress: Progress,
  signal: AbortSignal,
): Promise<StoredFile> {
  const finished = await settleSealed(ports, job, signal)
  if (finished) return finished
  const asker = createRangeAsker(ports.source, job, signal)
  const kept = await keptParts(ports, job)
  const opened = await openSource(asker, job, continuation(job, kept, ports.sizes), ports.nowMs)
  const { response, facts } = opened
  const work: TransferWork = {
    ports,
    job,
    lease,
    progress,
    signal,
    asker,
    opened,
    kept: opened.isContinued ? kept : [],
    digests: await openInOrderDigests(digestsWanted(job.task.expected, opened.declared)),
    transactions: response.transactions,
  }
  const keptBytes = work.kept.reduce((sum, part) => sum + part.bytes, 0)
  const { transactions } = work
  Object.assign(progress, { bytesReceived: keptBytes, bytesExpected: opened.total, transactions })
  try {
    // Whoever misses it has missed nothing that is kept.
    if (keptBytes > 0)
      await ports.store.noteResumed(lease, { offset: keptBytes, expectedTotalBytes: opened.total }).catch(() => {})
    const { transfer, bytes, parts } = isInRanges(work) ? await storeInRanges(work) : await storeInOrder(work)
    if (parts) {
      await ports.objects.complete(uploadOf(transfer), [...parts], signal)
      await confirm(ports.objects, transfer.key, bytes)
    }
    const checksums = await verifyStored(ports, job.task.expected, transfer, signal)
    return { file: { key: transfer.key, bytes, checksums }, facts: factsOf(work), inParts: parts !== null }
  } catch (error) {
    if (!(error instanceof TransferFault)) throw error
    const known = new AttemptFailure(error)
    throw new AttemptFailure(known, { transactions: work.transactions, response: known.response ?? facts })
  } finally {
    response.discard()
  }
}

/** Its bytes can be asked for again, and lie on a grid of parts. */
function isInRanges({ opened, job, ports }: TransferWork): boolean {
  if (opened.isContinued) return job.transfer!.total !== null
  return opened.validator !== null && opened.total !== null && opened.total > (ports.sizes ?? defaultSizes).smallBytes
}

/** The parts that earlier epochs left, as far as our rows and storage agree; of a stream only the beginning. */
async function keptParts({ objects, sizes }: StoreFilePorts, { transfer, parts }: TransferJob): Promise<SavedPart[]> {
  if (!transfer?.uploadId || transfer.validator === null || parts.length === 0) return []
  const agreed = agreedParts(parts, (await objects.listParts({ key: transfer.key, uploadId: transfer.uploadId })) ?? [])
  if (transfer.total === null) return prefixOf(agreed)
  const onGrid = agreed.filter((part) => isOnGrid(transfer.total!, part, sizes))
  // With everything stored there is nothing to ask for; the last part is fetched again, which proves the version.
  return onGrid.length === planParts(transfer.total, sizes).length ? onGrid.slice(0, -1) : onGrid
}

function continuation({ transfer }: TransferJob, kept: readonly SavedPart[], sizes = defaultSizes): Continued | null {
  if (kept.length === 0 || transfer?.validator == null) return null
  const { total, validator } = transfer
  if (total === null) return { from: kept.reduce((sum, part) => sum + part.bytes, 0), total, validator }
  const plan = planParts(total, sizes)
  const stored = new Set(kept.map(({ number }) => number))
  const gap = firstGap(plan.map(({ number }) => (stored.has(number) ? 'stored' : 'missing')))!
  return { ...bytesOfRun(plan, gap), total, validator }
}

/** An earlier epoch sealed the transfer and then died: storage knows whether the object is there. */
async function settleSealed(ports: StoreFilePorts, job: TransferJob, signal: AbortSignal): Promise<StoredFile | null> {
  const { objects } = ports
  const { task, transfer, parts } = job
  if (!transfer?.sealed || !task.response) return null
  const { key, uploadId, sealed } = transfer
  if (uploadId !== null && (await objects.head(key)) === null) {
    try {
      await objects.complete(uploadOf(transfer), parts)
    } catch (error) {
      if (!(error instanceof UploadGone)) throw error
    }
  }
  if ((await objects.head(key))?.bytes !== sealed.bytes) return null
  const facts = {
    response: task.response,
    currentUrl: task.currentUrl ?? task.request.url,
    transactions: task.transactions,
  }
  const checksums = await verifyStored(ports, task.expected, transfer, signal)
  return { file: { key, bytes: sealed.bytes, checksums }, facts, inParts: uploadId !== null }
}

function uploadOf({ key, uploadId, isCompared, sealed }: Transfer): Upload {
  return { key, uploadId: uploadId!, isCompared, ...(sealed ? { crc32: sealed.checksums.crc32 } : {}) }
}

/** Success is never reported for bytes that are not in storage. */
async function confirm(objects: ObjectStore, key: string, bytes: number): Promise<void> {
  const object = await objects.head(key)
  if (object?.bytes !== bytes) throw new StorageUnavailable('storage does not have the object it acknowledged')
}
