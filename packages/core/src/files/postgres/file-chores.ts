import { releaseClearedKeys } from '../../ledger/file-keys.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { FileChores } from '../file-chores.ts'
import { expireFiles, type LookedAtFile, leaseOrphans } from './sweep-files.ts'

export function createFileChores(ledger: Ledger, eventRetentionDays: number): FileChores {
  let lastFile: LookedAtFile | null = null
  return {
    async expireFiles() {
      const { expired, last } = await expireFiles(ledger, eventRetentionDays, lastFile)
      lastFile = last
      return expired
    },
    leaseOrphans: () => leaseOrphans(ledger),
    clearOrphans: (taskId, orphans) =>
      ledger.transaction(async (tx) => {
        const cleared = await tx.run(
          'update task set garbage = null, garbage_lease_until = null where id = $1 and garbage = $2',
          [taskId, JSON.stringify(orphans)],
        )
        if (cleared === 1) await releaseClearedKeys(tx, taskId, orphans)
      }),
  }
}
