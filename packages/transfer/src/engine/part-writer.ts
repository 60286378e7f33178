import { openHeldWriting } from '../bytes/buffered-write.ts'
import { openWhen } from '../bytes/deferred-write.ts'
import type { PlannedPart } from '../bytes/rules/part-plan.ts'
import type { SavedPart } from '../source/rules/range-resume.ts'
import { StorageUnavailable, type Writing } from '../storage/object-store.ts'
import type { DownloadContext } from './download-context.ts'
import { DownloadSuperseded } from './download-journal.ts'
import type { Transfer } from './download-state.ts'

/** The number of parts in a row that may fail in storage. One more, and the download is given up. */
const maxStorageFailures = 4
/** A part that takes the origin longer is kept in memory until it is complete, because storage gives up idle requests. */
const patientSeconds = 60

/** Writes the parts of one upload into storage and the journal. */
export interface PartWriter {
  /** The write opens when `before` is settled. `bytesPerSecond` is the rate of the part's connection; 0: not known. */
  open(part: PlannedPart, bytesPerSecond: number, before: Promise<void>): Writing
  /**
   * Resolves with the part once it is stored and recorded; null when storage has failed and the part must be fetched again.
   * Throws StorageUnavailable when storage fails repeatedly, DownloadSuperseded.
   */
  confirm(part: PlannedPart, writing: Writing, crc32: number): Promise<SavedPart | null>
}

export function createPartWriter({ ports, journal, signal }: DownloadContext, transfer: Transfer): PartWriter {
  const { objects, memory } = ports
  const upload = { key: transfer.key, uploadId: transfer.uploadId! }
  let failures = 0
  /** Storage has failed before, so parts are kept in memory until they are complete. */
  let isPatient = false
  return {
    open(part, bytesPerSecond, before) {
      const openPart = () => objects.openPart(upload, part, signal)
      const isSlow = bytesPerSecond > 0 && part.bytes / bytesPerSecond > patientSeconds
      return openWhen(before, () =>
        isPatient || isSlow ? openHeldWriting(openPart, part.bytes, memory, signal) : openPart(),
      )
    },
    async confirm(part, writing, crc32) {
      try {
        const saved = { ...part, crc32, receipt: await writing.stored }
        if (!(await journal.recordPart(transfer.generation, saved))) throw new DownloadSuperseded()
        failures = 0
        return saved
      } catch (error) {
        if (!(error instanceof StorageUnavailable)) throw error
        isPatient = true
        failures += 1
        if (failures > maxStorageFailures) throw error
        return null
      }
    },
  }
}
