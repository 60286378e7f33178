import { beginGeneration } from './begin-upload.ts'
import { type DownloadContext, type StoredBytes, transferOf } from './download-context.ts'
import { relayRanges } from './parallel-download.ts'
import { combineCrc32 } from './rules/crc-combine.ts'
import { planParts } from './rules/part-plan.ts'
import { sealDownload } from './verify-object.ts'

/**
 * A file of known length whose ranges can be asked for: bytes go from the origin's sockets straight into storage, part by
 * part, over one connection or several. Nothing is kept in memory; a part that fails is fetched again.
 */
export async function downloadInRanges(context: DownloadContext): Promise<StoredBytes> {
  const { opened } = context
  let transfer = transferOf(context)
  if (!opened.isContinued) transfer = await beginGeneration(context, transfer, true)
  const parts = await relayRanges(context, transfer, planParts(opened.total!, context.ports.sizes))
  const crc32 = parts.reduce((sum, part) => combineCrc32(sum, part.crc32, part.bytes), 0)
  return { transfer: await sealDownload(context, transfer, opened.total!, crc32), bytes: opened.total!, parts }
}
