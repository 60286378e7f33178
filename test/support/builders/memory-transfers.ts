import { mint } from '#core/runtime/crypto.ts'
import { defaultConfiguration, type SessionConfiguration } from '#core/sessions/rules/session.ts'
import type { Lease } from '#core/tasks/rules/lease.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import type { Transfer, TransferFacts } from '#core/transfer/engine/download-state.ts'
import { Interruption } from '#core/transfer/engine/interruption.ts'
import type { SavedPart } from '#core/transfer/engine/rules/range-resume.ts'
import type { TransferJob, TransferStore } from '#core/transfers/transfer-store.ts'
import { taskWith } from './task.ts'

export interface MemoryTransfers {
  store: TransferStore
  /** The next epoch, with what earlier ones have left. Whoever has an older one has lost its lease. */
  begin(): { job: TransferJob; lease: Lease }
  /** What is kept now. */
  kept(): { transfer: Transfer | null; parts: readonly SavedPart[] }
  /** Forgets the rows of parts, as if their transaction had not come through. */
  forget(isForgotten: (part: SavedPart) => boolean): void
}

/**
 * The rows of one task's transfer, in memory: for thousands of transfers, where the engine is tried and not the database.
 * It keeps what the port promises to the engine (every write compares the epoch; a new generation forgets the parts of the
 * one before; a part's row replaces the one of its number; parts of another generation are not handed out) and none of what
 * it promises to others: there are no hosts, no events and no garbage. The real one's suite is test/contract/transfers/transfer-store.test.ts.
 */
export function createMemoryTransfers(
  changes: Partial<Task>,
  configuration: Partial<SessionConfiguration> = {},
  connections: (wanted: number) => number = (wanted) => wanted,
): MemoryTransfers {
  // Its id is in the keys of its objects.
  let task = taskWith({ id: mint.id('tsk'), ...changes, state: 'running' })
  let transfer: Transfer | null = null
  let rows: (SavedPart & { generation: number })[] = []
  const isMine = (lease: Lease) => lease.taskId === task.id && lease.epoch === task.epoch
  const learn = ({ response, currentUrl, transactions }: TransferFacts) => {
    task = { ...task, response, currentUrl, transactions }
  }
  const unused = () => Promise.reject(new Interruption('lost'))
  const partsNow = () => rows.filter((row) => row.generation === transfer?.generation)
  return {
    store: {
      beginTransfer: unused,
      completeTask: unused,
      failAttempt: unused,
      leaveBehind: async () => {},
      giveBack: unused,
      renewLease: async (lease) => isMine(lease),
      noteResumed: async () => {},
      async startGeneration(lease, next, facts) {
        if (!isMine(lease)) return false
        transfer = structuredClone(next)
        rows = []
        learn(facts)
        return true
      },
      async recordUpload(lease, { uploadId, isCompared }) {
        if (!isMine(lease) || !transfer) return false
        transfer = { ...transfer, uploadId, isCompared }
        return true
      },
      useConnections: async (lease, wanted) => (isMine(lease) ? connections(wanted) : null),
      async recordPart(lease, generation, part) {
        if (!isMine(lease)) return false
        rows = [
          ...rows.filter((row) => row.generation !== generation || row.number !== part.number),
          { ...part, generation },
        ]
        return true
      },
      async sealTransfer(lease, sealed, facts) {
        if (!isMine(lease)) return false
        transfer = structuredClone(sealed)
        learn(facts)
        return true
      },
    },
    begin() {
      task = { ...task, epoch: task.epoch + 1 }
      const parts = partsNow()
        .toSorted((a, b) => a.number - b.number)
        .map(({ number, offset, bytes, crc32, receipt }) => ({ number, offset, bytes, crc32, receipt }))
      const job = {
        task,
        configuration: { ...defaultConfiguration, ...configuration } as SessionConfiguration,
        transfer: structuredClone(transfer),
        parts,
        remainingMs: null,
      }
      return { job, lease: { taskId: task.id, epoch: task.epoch } }
    },
    kept: () => ({ transfer, parts: partsNow() }),
    forget(isForgotten) {
      rows = rows.filter((row) => !isForgotten(row))
    },
  }
}
