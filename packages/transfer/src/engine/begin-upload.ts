import { type DownloadContext, factsOf } from './download-context.ts'
import { DownloadSuperseded } from './download-journal.ts'
import type { Transfer } from './download-state.ts'

/**
 * Begins a new generation, with an upload of its own if it comes `inParts`. The key is recorded before an upload begins there, so
 * that an upload whose id is lost with the process or with storage's response is found by its key and swept.
 * Throws DownloadSuperseded, StorageUnavailable.
 */
export async function beginGeneration(
  context: DownloadContext,
  transfer: Transfer,
  inParts: boolean,
): Promise<Transfer> {
  const { journal, signal } = context
  const { objects } = context.ports
  if (!(await journal.startGeneration(transfer, factsOf(context)))) throw new DownloadSuperseded()
  if (!inParts) return transfer
  const upload = await objects.begin(transfer, signal)
  if (!(await journal.recordUpload(upload))) {
    // No record has this upload, and the sweeper may have been here already.
    await objects.abort(upload)
    throw new DownloadSuperseded()
  }
  return { ...transfer, uploadId: upload.uploadId, integrity: upload.integrity }
}
