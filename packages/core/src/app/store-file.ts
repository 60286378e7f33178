import { checkSize, checkWhole } from '../domain/integrity.ts'
import { agreedPrefix } from '../domain/resume.ts'
import { TransferFault } from '../domain/task-error.ts'
import { partBytes } from '../domain/transfer-plan.ts'
import { Interruption } from './interruption.ts'
import { openSource } from './open-source.ts'
import { inParts } from './part-assembly.ts'
import {
  type Digests,
  type ObjectStore,
  type Source,
  StorageUnavailable,
  type StoredPart,
  type Upload,
  UploadGone,
} from './ports.ts'
import { carriesDigests, runDigests } from './running-digests.ts'
import type {
  Lease,
  Progress,
  StoredFile,
  StoredTransferPart,
  Transfer,
  TransferFacts,
  TransferJob,
  TransferStore,
} from './worker-stores.ts'

/** Of a task that was tried often, the newest. */
export const keptTransactions = 30

export interface StoreFilePorts {
  store: TransferStore
  objects: ObjectStore
  source: Source
  digests: Digests
  nowMs(): number
}
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
  const { store, objects, source, digests, nowMs } = ports
  const { task } = job
  const finished = await settleSealed(objects, job)
  if (finished) return finished

  const { response, prefix, total, validator, facts } = await openSource(
    source,
    job,
    await keptPrefix(objects, job),
    signal,
    nowMs,
  )
  try {
    const running = await runDigests(digests, task.expected, prefix)
    const mimeType = facts.mimeType ?? 'application/octet-stream'
    let transfer: Transfer =
      prefix.length > 0
        ? job.transfer!
        : {
            generation: lease.epoch,
            key: objectKey(job, lease),
            uploadId: null,
            validator,
            total,
            mimeType,
            sealed: null,
          }
    const current = (): TransferFacts => ({
      response: facts,
      currentUrl: response.url,
      transactions: [...task.transactions, ...response.transactions].slice(-keptTransactions),
    })
    let offset = prefix.reduce((sum, part) => sum + part.bytes, 0)
    Object.assign(progress, { bytesReceived: offset, bytesExpected: total })
    // Whoever misses it has missed nothing that is kept.
    if (offset > 0) await store.noteResumed(lease, { offset, expectedTotalBytes: total }).catch(() => {})
    const parts: StoredPart[] = [...prefix]
    const counted = countInto(response.body, progress, task.maximumBytes)

    for await (const { number, body, last } of inParts(counted, prefix.length + 1, (n) => partBytes(total, n))) {
      signal.throwIfAborted()
      const { crc32, hashStates } = running.add(body)
      const single = last && number === 1
      // A file of one part needs no row before it is sealed, unless an earlier generation has to make room.
      if (number === 1 && (!single || job.transfer)) {
        const upload = single ? null : await objects.begin({ key: transfer.key, mimeType }, signal)
        transfer = { ...transfer, uploadId: upload?.uploadId ?? null }
        if (!(await store.startGeneration(lease, transfer, current()))) throw new Interruption('lost')
      }
      // An empty last part happens only when nothing was left to fetch.
      if (transfer.uploadId !== null && body.byteLength > 0) {
        const receipt = await objects.putPart(uploadOf(transfer), { number, offset }, body, signal)
        const part: StoredTransferPart = { number, offset, bytes: body.byteLength, crc32, receipt, hashStates }
        if (!(await store.recordPart(lease, transfer.generation, part))) throw new Interruption('lost')
        parts.push(part)
      }
      offset += body.byteLength
      if (!last) continue
      if (total !== null && offset !== total)
        throw new TransferFault('networkConnectionLost', `the body ended after ${offset} of ${total} bytes`)

      const checksums = running.checksums()
      checkWhole(task.expected, offset, checksums)
      transfer = { ...transfer, sealed: { bytes: offset, checksums } }
      if (!(await store.sealTransfer(lease, transfer, current()))) throw new Interruption('lost')
      if (single) await objects.put({ key: transfer.key, mimeType }, body, signal)
      else await objects.complete(uploadOf(transfer), parts, signal)
      await confirm(objects, transfer.key, offset)
      return { file: { key: transfer.key, bytes: offset, checksums }, facts: current(), inParts: !single }
    }
    throw new Error('a stream has a last part')
  } catch (error) {
    if (error instanceof TransferFault) {
      error.transactions = response.transactions
      error.response ??= facts
    }
    throw error
  } finally {
    response.discard()
  }
}

function uploadOf({ key, uploadId }: Transfer): Upload {
  return { key, uploadId: uploadId! }
}

/** A new key for every generation: whatever a stopped process still writes later, it is not where the bytes of another version lie. */
function objectKey({ task }: TransferJob, lease: Lease): string {
  return `${task.tenantId}/tasks/${task.id}/${lease.epoch}`
}

/** The parts an earlier epoch left, as far as our rows and storage agree. */
async function keptPrefix(objects: ObjectStore, { task, transfer, parts }: TransferJob): Promise<StoredTransferPart[]> {
  if (!transfer?.uploadId || transfer.validator === null || parts.length === 0) return []
  const stored = await objects.listParts({ key: transfer.key, uploadId: transfer.uploadId })
  const agreed = agreedPrefix(parts, stored ?? []).length
  const prefix = parts.slice(0, agreed)
  if (!carriesDigests(task.expected, prefix)) return []
  const bytes = prefix.reduce((sum, part) => sum + part.bytes, 0)
  // With everything stored there is nothing to ask for; the last part is fetched again, which proves the version.
  return transfer.total !== null && bytes >= transfer.total ? prefix.slice(0, -1) : prefix
}

/** An earlier epoch sealed the transfer and then died: storage knows whether the object is there. */
async function settleSealed(objects: ObjectStore, job: TransferJob): Promise<StoredFile | null> {
  const { task, transfer, parts } = job
  if (!transfer?.sealed || !task.response) return null
  const { key, uploadId, sealed } = transfer
  const facts = {
    response: task.response,
    currentUrl: task.currentUrl ?? task.request.url,
    transactions: task.transactions,
  }
  if (uploadId !== null && (await objects.head(key)) === null) {
    try {
      await objects.complete({ key, uploadId }, parts)
    } catch (error) {
      if (!(error instanceof UploadGone)) throw error
    }
  }
  const object = await objects.head(key)
  return object?.bytes === sealed.bytes ? { file: { key, ...sealed }, facts, inParts: uploadId !== null } : null
}

/** Success is never reported for bytes that are not in storage. */
async function confirm(objects: ObjectStore, key: string, bytes: number): Promise<void> {
  const object = await objects.head(key)
  if (object?.bytes !== bytes) throw new StorageUnavailable('storage does not have the object it acknowledged')
}

async function* countInto(
  chunks: AsyncIterable<Uint8Array>,
  progress: Progress,
  maximumBytes: number | null,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    progress.bytesReceived += chunk.byteLength
    checkSize(maximumBytes, progress.bytesReceived)
    yield chunk
  }
}
