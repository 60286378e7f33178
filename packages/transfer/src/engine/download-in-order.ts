import { crc32 } from 'node:zlib'
import { inParts } from '../bytes/part-assembler.ts'
import { checkSize } from '../bytes/rules/integrity.ts'
import { defaultSizes } from '../bytes/rules/part-size.ts'
import { writeWhole } from '../bytes/write-with-retry.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import type { StoredPart } from '../storage/object-store.ts'
import { combineCrc32 } from '../storage/rules/crc-combine.ts'
import { beginGeneration } from './begin-upload.ts'
import { continuedChunks } from './continued-chunks.ts'
import { type DownloadContext, type StoredBytes, transferOf } from './download-context.ts'
import { DownloadSuperseded } from './download-journal.ts'
import { finalizeDownload } from './verify-object.ts'

/**
 * Downloads one stream, part after part through memory. It is for files that are small, of unknown length, or cannot be asked for
 * again. A part goes into storage only when it is complete, so that neither a slow origin nor a failure of storage spoils it. Throws
 * StoredPartsDiffer at the first of the compared parts that is not the same.
 */
export async function downloadInOrder(context: DownloadContext): Promise<StoredBytes> {
  const { ports, state, journal, progress, opened, digests, signal } = context
  const { objects, memory, sizes = defaultSizes } = ports
  const { total } = opened
  let transfer = transferOf(context)
  const prefix = context.kept
  const parts: StoredPart[] = [...prefix]
  let crc = prefix.reduce((sum, part) => combineCrc32(sum, part.crc32, part.bytes), 0)
  let offset = opened.from
  // A download whose length was unknown at first keeps to the part sizes of unknown lengths.
  const sizeOf = (number: number) => sizes.partBytes(opened.isContinued ? null : total, number)

  for await (const part of inParts(counted(context), prefix.length + 1, sizeOf, memory)) {
    signal.throwIfAborted()
    const { number, bytes, pieces, last } = part
    let partCrc = 0
    let at = offset
    for (const piece of pieces) {
      partCrc = crc32(piece, partCrc)
      digests.add(at, piece)
      at += piece.byteLength
    }
    crc = combineCrc32(crc, partCrc, bytes)
    const known = context.compared[number - 1]
    if (known && (known.bytes !== bytes || known.crc32 !== partCrc)) throw new StoredPartsDiffer()
    const isFirst = number === 1 && transfer.uploadId === null
    const single = isFirst && last
    // A file of one part needs no row before it is finalized, unless an earlier generation has to make room.
    if (isFirst && (!single || state.transfer)) transfer = await beginGeneration(context, transfer, !single)
    const { key, uploadId, mimeType, contentEncoding = null } = transfer
    // An empty last part happens only when nothing was left to fetch.
    if (known) parts.push(known)
    else if (uploadId !== null && bytes > 0) {
      const open = () => objects.openPart({ key, uploadId }, { number, offset, bytes }, signal)
      const receipt = await writeWhole(open, pieces, signal)
      const saved = { number, offset, bytes, crc32: partCrc, receipt }
      if (!(await journal.recordPart(transfer.generation, saved))) throw new DownloadSuperseded()
      parts.push(saved)
    }
    offset += bytes
    if (!last) continue
    if (total !== null && offset !== total)
      throw new TransferError('networkConnectionLost', `the body ended after ${offset} of ${total} bytes`)
    transfer = await finalizeDownload(context, transfer, offset, crc)
    if (single)
      await writeWhole(() => objects.openObject({ key, mimeType, contentEncoding }, bytes, signal), pieces, signal)
  }
  progress.bytesReceived = offset
  return { transfer, bytes: offset, parts: transfer.uploadId === null ? null : parts }
}

/** The bytes that came are not those that are stored: it is another version. */
export class StoredPartsDiffer extends Error {
  override readonly name = 'StoredPartsDiffer'
}

async function* counted(context: DownloadContext) {
  const { progress, request } = context
  for await (const chunk of continuedChunks(context)) {
    progress.bytesReceived += chunk.bytes.byteLength
    checkSize(request.maximumBytes, progress.bytesReceived)
    yield chunk
  }
}
