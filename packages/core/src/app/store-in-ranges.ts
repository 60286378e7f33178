import { combineCrc32 } from '../domain/digest.ts'
import { planParts } from '../domain/range-plan.ts'
import { Interruption } from './interruption.ts'
import { relayRanges } from './range-relay.ts'
import { sealFile } from './seal-file.ts'
import { factsOf, type StoredBytes, type TransferWork, transferOf } from './transfer-work.ts'

/**
 * A file of known length whose ranges can be asked for: bytes go from the origin's sockets straight into storage, part by
 * part, over one connection or several. Nothing is kept in memory; a part that fails is fetched again.
 */
export async function storeInRanges(work: TransferWork): Promise<StoredBytes> {
  const { ports, opened, lease, signal } = work
  let transfer = transferOf(work)
  if (!opened.isContinued) {
    const { uploadId, isCompared } = await ports.objects.begin(transfer, signal)
    transfer = { ...transfer, uploadId, isCompared }
    if (!(await ports.store.startGeneration(lease, transfer, factsOf(work)))) throw new Interruption('lost')
  }
  const parts = await relayRanges(work, transfer, planParts(opened.total!))
  const crc32 = parts.reduce((sum, part) => combineCrc32(sum, part.crc32, part.bytes), 0)
  return { transfer: await sealFile(work, transfer, opened.total!, crc32), bytes: opened.total!, parts }
}
