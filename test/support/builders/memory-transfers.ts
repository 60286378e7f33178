import { randomUUID } from 'node:crypto'
import type { DownloadJournal } from '#transfer/engine/download-journal.ts'
import { type DownloadRequest, requestFor } from '#transfer/engine/download-request.ts'
import type { DownloadState, Transfer, TransferFacts } from '#transfer/engine/download-state.ts'
import type { SavedPart } from '#transfer/source/rules/range-resume.ts'

export interface MemoryTransfers {
  /** Begins the next attempt, with what earlier ones have kept. It supersedes them. */
  begin(): { request: DownloadRequest; state: DownloadState; journal: DownloadJournal }
  /** The generation and parts that are kept now. */
  kept(): { transfer: Transfer | null; parts: readonly SavedPart[] }
  /** The hosts that have refused a second connection, as often as the engine has said so. */
  secondsRefused: readonly string[]
  /** Drops the rows of parts, as if their transaction had failed. */
  forget(isForgotten: (part: SavedPart) => boolean): void
}

/**
 * One download's journal in memory, for tests of the engine with thousands of downloads.
 * It keeps what the port promises to the engine (an attempt that is superseded writes nothing; a new generation forgets the
 * parts of the one before; a part's row replaces the one of its number; parts of another generation are not handed out). The
 * journal in the database is tested by test/contract/transfers/transfer-store.test.ts.
 */
export function createMemoryTransfers(
  url: string,
  changes: Partial<DownloadRequest> = {},
  connections: (wanted: number) => number = (wanted) => wanted,
): MemoryTransfers {
  const name = randomUUID()
  let newest = 0
  const secondsRefused: string[] = []
  let transfer: Transfer | null = null
  let rows: (SavedPart & { generation: number })[] = []
  let learned: Pick<DownloadState, 'response' | 'currentUrl'> = { response: null, currentUrl: null }
  const partsNow = () => rows.filter((row) => row.generation === transfer?.generation)
  const learn = ({ response, currentUrl }: TransferFacts) => {
    learned = { response, currentUrl }
  }
  const journalOf = (attempt: number): DownloadJournal => ({
    noteResumed: async () => {},
    noteSecondRefused: async (by) => {
      secondsRefused.push(by)
    },
    async startGeneration(next, facts) {
      if (attempt !== newest) return false
      transfer = structuredClone(next)
      rows = []
      learn(facts)
      return true
    },
    async recordUpload({ uploadId, integrity }) {
      if (attempt !== newest || !transfer) return false
      transfer = { ...transfer, uploadId, integrity }
      return true
    },
    useConnections: async (wanted) => (attempt === newest ? connections(wanted) : 'superseded'),
    async recordPart(generation, part) {
      if (attempt !== newest) return false
      rows = [
        ...rows.filter((row) => row.generation !== generation || row.number !== part.number),
        { ...part, generation },
      ]
      return true
    },
    async finalize(finalized, facts) {
      if (attempt !== newest) return false
      transfer = structuredClone(finalized)
      learn(facts)
      return true
    },
  })
  return {
    begin() {
      newest += 1
      const parts = partsNow()
        .toSorted((a, b) => a.number - b.number)
        .map(({ number, offset, bytes, crc32, receipt }) => ({ number, offset, bytes, crc32, receipt }))
      return {
        request: requestFor({ url, key: `test/${name}/${newest}`, idleTimeoutMs: 10_000, ...changes }),
        state: { attempt: newest, transfer: structuredClone(transfer), parts, ...learned },
        journal: journalOf(newest),
      }
    },
    kept: () => ({ transfer, parts: partsNow() }),
    secondsRefused,
    forget(isForgotten) {
      rows = rows.filter((row) => !isForgotten(row))
    },
  }
}
