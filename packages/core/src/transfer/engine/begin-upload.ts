import { factsOf, type TransferWork } from './download-context.ts'
import type { Transfer } from './download-state.ts'
import { Interruption } from './interruption.ts'

/**
 * A new generation; with an upload of its own if it comes `inParts`. The key is written down before an upload begins there:
 * one whose id is lost, with the process or with storage's answer, is found by its key and swept.
 * Throws Interruption, StorageUnavailable.
 */
export async function beginGeneration(work: TransferWork, transfer: Transfer, inParts: boolean): Promise<Transfer> {
  const { lease, signal } = work
  const { store, objects } = work.ports
  if (!(await store.startGeneration(lease, transfer, factsOf(work)))) throw new Interruption('lost')
  if (!inParts) return transfer
  const upload = await objects.begin(transfer, signal)
  if (!(await store.recordUpload(lease, upload))) {
    // Nobody else knows it, and the sweeper may have been here already.
    await objects.abort(upload)
    throw new Interruption('lost')
  }
  return { ...transfer, uploadId: upload.uploadId, isCompared: upload.isCompared }
}
