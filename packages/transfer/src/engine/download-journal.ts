import type { SavedPart } from '../source/rules/range-resume.ts'
import type { Upload } from '../storage/object-store.ts'
import type { Transfer, TransferFacts } from './download-state.ts'

/**
 * The durable record of one attempt at one download, from which the next attempt continues. Each verb is atomic. `false` and
 * 'superseded' mean that another attempt has begun: nothing was written, and this attempt stops.
 */
export interface DownloadJournal {
  /** The download begins anew. The parts of the previous transfer are worthless. */
  startGeneration(transfer: Transfer, facts: TransferFacts): Promise<boolean>
  /** An upload has begun for the transfer. */
  recordUpload(upload: Upload): Promise<boolean>
  /** Storage has confirmed a part. A recorded part of the same number is replaced. */
  recordPart(generation: number, part: SavedPart): Promise<boolean>
  /** All bytes are stored and verified. From here on the next attempt asks storage, not the origin. */
  finalize(transfer: Transfer, facts: TransferFacts): Promise<boolean>
  /** The number of connections, up to `wanted`, that the download may use. 'unavailable': not known now, so it keeps those it has. */
  useConnections(wanted: number): Promise<number | 'superseded' | 'unavailable'>
  /**
   * The origin `by` (host and port) has refused a second connection, so the download keeps one, and others should begin there with
   * one. Nothing of this download depends on it.
   */
  noteSecondRefused(by: string): Promise<void>
  /** The download continues behind its stored bytes. For observers only: nothing depends on it. */
  noteResumed(resumed: { offset: number; expectedTotalBytes: number | null }): Promise<void>
}

/** Another attempt has taken the download over. This is not a failure and is charged to nobody. */
export class DownloadSuperseded extends Error {
  override readonly name = 'DownloadSuperseded'
  constructor() {
    super('another attempt has taken the download over')
  }
}
