import type { SavedPart } from '../source/rules/range-resume.ts'
import type { Upload } from '../storage/object-store.ts'
import type { Transfer, TransferFacts } from './download-state.ts'

/**
 * Where one attempt at one download writes down what it has done, durably, so that the next attempt can go on from there.
 * Each verb is atomic. `false` and 'superseded' say that another attempt has begun meanwhile: nothing was written, and this
 * one stops.
 */
export interface DownloadJournal {
  /** The download begins anew: the parts of the transfer before are worth nothing. */
  startGeneration(transfer: Transfer, facts: TransferFacts): Promise<boolean>
  /** The upload that has begun for it. */
  recordUpload(upload: Upload): Promise<boolean>
  /** Storage has a part; one of the same number is replaced. */
  recordPart(generation: number, part: SavedPart): Promise<boolean>
  /** All bytes are known to be right: from here on the next attempt asks storage, not the origin. */
  finalize(transfer: Transfer, facts: TransferFacts): Promise<boolean>
  /** How many connections the download may use, of those it wants. 'unavailable': nobody can say now, so it keeps to those it has. */
  useConnections(wanted: number): Promise<number | 'superseded' | 'unavailable'>
  /** The download goes on behind what it has. For whoever watches: nothing depends on it. */
  noteResumed(resumed: { offset: number; expectedTotalBytes: number | null }): Promise<void>
}

/** Another attempt has taken the download over. Not a failure: nobody is charged for it. */
export class DownloadSuperseded extends Error {
  override readonly name = 'DownloadSuperseded'
  constructor() {
    super('another attempt has taken the download over')
  }
}
