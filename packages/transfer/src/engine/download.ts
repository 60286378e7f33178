import { bytesOfRun, firstGap, isOnGrid, planParts } from '../bytes/rules/part-plan.ts'
import { defaultSizes } from '../bytes/rules/part-size.ts'
import { openInOrderDigests } from '../bytes/streaming-digests.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { AttemptFailure } from '../source/rules/attempt-failure.ts'
import { agreedParts, prefixOf, type SavedPart } from '../source/rules/range-resume.ts'
import { type ObjectStore, StorageUnavailable, type Upload, UploadGone } from '../storage/object-store.ts'
import { type AskedRange, createRangeAsker } from './ask-for-range.ts'
import { type Download, type DownloadContext, type DownloadPorts, factsOf } from './download-context.ts'
import { downloadInOrder, StoredPartsDiffer } from './download-in-order.ts'
import type { DownloadRequest } from './download-request.ts'
import type { DownloadState, StoredFile, Transfer } from './download-state.ts'
import { sniffStored } from './first-bytes.ts'
import { type OpenedSource, openSource } from './open-source.ts'
import { downloadInRanges } from './parallel-download.ts'
import { digestsWanted, verifyStored } from './verify-object.ts'

/**
 * One attempt at a download from a URL into storage. It continues from the parts of earlier attempts and ends with a complete
 * object in storage. `progress` is kept current. Throws TransferError (AttemptFailure once there was a request), DownloadSuperseded,
 * StorageUnavailable, and the signal's reason.
 */
export async function download(ports: DownloadPorts, attempt: Download): Promise<StoredFile> {
  const { request, state, signal } = attempt
  const finished = await settleFinalized(ports, attempt)
  if (finished) return finished
  const asker = createRangeAsker(ports.source, request, signal, attempt.pace)
  const { transactions } = asker
  const open = (range: AskedRange | null) =>
    openSource(asker, request, state, range, ports.nowMs).catch((error: unknown) => {
      throw error instanceof TransferError ? new AttemptFailure(error, { transactions }) : error
    })
  const kept = await keptParts(ports, request, state)
  const opened = await open(continuation(state, kept, ports.sizes))
  const isCompared = !opened.isContinued && isComparable(opened, state)
  const context: DownloadContext = {
    ...attempt,
    ports,
    asker,
    opened,
    kept: opened.isContinued ? kept : [],
    compared: isCompared ? kept : [],
    digests: await openInOrderDigests(digestsWanted(request.expected, opened.declared)),
    transactions,
  }
  try {
    return await store(context)
  } catch (error) {
    if (!(error instanceof StoredPartsDiffer)) throw error
  }
  // The bytes that were compared have to come again, because they were not kept.
  const again = await open(null)
  const digests = await openInOrderDigests(digestsWanted(request.expected, again.declared))
  return await store({ ...context, opened: again, compared: [], digests })
}

/** Stores the bytes of the opened source, and what follows them. Throws as `download`, and StoredPartsDiffer. */
async function store(context: DownloadContext): Promise<StoredFile> {
  const { ports, request, journal, progress, opened, kept, transactions, signal } = context
  const keptBytes = kept.reduce((sum, part) => sum + part.bytes, 0)
  try {
    // Before the progress that counts from there. A failure is ignored, because nothing depends on this note.
    if (keptBytes > 0)
      await journal.noteResumed({ offset: keptBytes, expectedTotalBytes: opened.total }).catch(() => {})
    Object.assign(progress, {
      bytesReceived: keptBytes,
      bytesKept: keptBytes,
      bytesExpected: opened.total,
      transactions,
    })
    const { transfer, bytes, parts } = isInRanges(context)
      ? await downloadInRanges(context)
      : await downloadInOrder(context)
    if (parts) {
      await ports.objects.complete(uploadOf(transfer), [...parts], { crc32: transfer.sealed!.checksums.crc32, signal })
      await confirm(ports.objects, transfer.key, bytes)
    }
    const checksums = await verifyStored(ports, request.expected, transfer, signal)
    const file = { key: transfer.key, bytes, checksums }
    const given = { ...file, expected: request.expected }
    return { file, facts: await sniffStored(ports.objects, given, factsOf(context), signal), inParts: parts !== null }
  } catch (error) {
    if (!(error instanceof TransferError)) throw error
    const known = new AttemptFailure(error)
    throw new AttemptFailure(known, { transactions, response: known.response ?? opened.facts })
  } finally {
    opened.response.discard()
  }
}

/** Whether the bytes can be asked for again and are worth cutting into a grid of parts. */
function isInRanges({ opened, state, ports }: DownloadContext): boolean {
  if (opened.isContinued) return state.transfer!.total !== null
  return opened.validator !== null && opened.total !== null && opened.total > (ports.sizes ?? defaultSizes).smallBytes
}

/**
 * The parts of earlier attempts on which journal and storage agree. Where the length is unknown, or no validator identifies them,
 * only those without a gap.
 */
async function keptParts(
  { objects, sizes }: DownloadPorts,
  { resumeWithoutValidator }: Pick<DownloadRequest, 'resumeWithoutValidator'>,
  { transfer, parts }: DownloadState,
): Promise<SavedPart[]> {
  if (!transfer?.uploadId || parts.length === 0) return []
  if (transfer.validator === null && resumeWithoutValidator === 'never') return []
  const agreed = agreedParts(parts, (await objects.listParts({ key: transfer.key, uploadId: transfer.uploadId })) ?? [])
  if (transfer.total === null || transfer.validator === null) return prefixOf(agreed)
  const onGrid = agreed.filter((part) => isOnGrid(transfer.total!, part, sizes))
  // When every part is stored, the last one is fetched again, which proves the version.
  return onGrid.length === planParts(transfer.total, sizes).length ? onGrid.slice(0, -1) : onGrid
}

/** Whether the whole resource may be what the parts are of, which no validator identifies. Then its bytes decide. */
function isComparable({ validator, total, facts }: OpenedSource, { transfer, response }: DownloadState): boolean {
  return (
    transfer?.validator === null &&
    validator === null &&
    transfer.total === total &&
    response?.mimeType === facts.mimeType
  )
}

function continuation(
  { transfer }: DownloadState,
  kept: readonly SavedPart[],
  sizes = defaultSizes,
): AskedRange | null {
  if (kept.length === 0 || transfer?.validator == null) return null
  const { total, validator } = transfer
  if (total === null) return { from: kept.reduce((sum, part) => sum + part.bytes, 0), total, validator }
  const plan = planParts(total, sizes)
  const stored = new Set(kept.map(({ number }) => number))
  const gap = firstGap(plan.map(({ number }) => (stored.has(number) ? 'stored' : 'missing')))!
  return { ...bytesOfRun(plan, gap), total, validator }
}

/** An earlier attempt finalized the transfer and then died: storage knows whether the object is there. */
async function settleFinalized(
  ports: DownloadPorts,
  { request, state, signal }: Pick<Download, 'request' | 'state' | 'signal'>,
): Promise<StoredFile | null> {
  const { objects } = ports
  const { transfer, parts, response } = state
  if (!transfer?.sealed || !response) return null
  const { key, uploadId, sealed } = transfer
  if (uploadId !== null && (await objects.head(key)) === null) {
    try {
      await objects.complete(uploadOf(transfer), parts, { crc32: sealed.checksums.crc32 })
    } catch (error) {
      if (!(error instanceof UploadGone)) throw error
    }
  }
  if ((await objects.head(key))?.bytes !== sealed.bytes) return null
  const facts = { response, currentUrl: state.currentUrl ?? request.url, transactions: [] }
  const checksums = await verifyStored(ports, request.expected, transfer, signal)
  const file = { key, bytes: sealed.bytes, checksums }
  const given = { ...file, expected: request.expected }
  return { file, facts: await sniffStored(objects, given, facts, signal), inParts: uploadId !== null }
}

function uploadOf({ key, uploadId, integrity, isCompared }: Transfer): Upload {
  return { key, uploadId: uploadId!, integrity, isCompared }
}

/** Looks that the object is in storage, so that success is never reported for bytes that are not there. */
async function confirm(objects: ObjectStore, key: string, bytes: number): Promise<void> {
  const object = await objects.head(key)
  if (object?.bytes !== bytes) throw new StorageUnavailable('storage does not have the object it acknowledged')
}
