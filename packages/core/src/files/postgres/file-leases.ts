import { clockNow, type Sql } from '../../database/database.ts'
import { countUsage } from '../../ledger/count-usage.ts'
import { claimFileKey, orphansAtClaimedKeys, releaseFileKey } from '../../ledger/file-keys.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { recordOrphans, withOrphans } from '../../ledger/orphans.ts'
import { type JoinedTaskRow, taskOf } from '../../ledger/task-row.ts'
import { countStep, writingSteps } from '../../ledger/write-steps.ts'
import type { StepKind } from '../../timeline/rules/task-step.ts'
import type { FileChange, FileStore } from '../file-store.ts'

/** Changes of a file that is still there. A released or expired one is refused and shown as it is. */
export function createFileStore(ledger: Ledger): FileStore {
  return {
    changeFile: (tenantId, id, change) =>
      ledger.transaction(async (tx) => {
        const row = await tx.first<JoinedTaskRow>(
          `select t.*, s.identifier as session_identifier, null as waiting from task t join session s on s.id = t.session_id
           where t.id = $1 and t.tenant_id = $2 for update of t`,
          [id, tenantId],
        )
        if (!row) return 'not_found'
        if (row.fileState !== 'temporary' && row.fileState !== 'permanent')
          return { kind: 'refused', task: taskOf(row, ledger.encryptor) }
        if (change.kind === 'moved' && change.key !== row.fileKey && (await isOrphaned(tx, change.key)))
          return 'key_taken'
        const changed = await tx.first<JoinedTaskRow>(
          `with changed as (
             update task set file_state = $2, file_key = $3, file_lease_expires_at = $4, garbage = coalesce($5, garbage),
               ${countStep}
             where id = $1 returning *, $6::text as session_identifier, null as waiting
           ), ${writingSteps('changed', steps[change.kind])}
           select * from changed`,
          [id, ...(await columns(change, row, () => databaseNow(tx))), row.sessionIdentifier],
        )
        tx.changed()
        if (change.kind === 'release') {
          await recordOrphans(tx, id, await orphansAtClaimedKeys(tx, id, row.fileKey))
          await countUsage(tx, tenantId, { storedBytes: -row.fileBytes! })
        }
        return { kind: 'changed', task: taskOf(changed!, ledger.encryptor) }
      }),
    claimFileKey: (taskId, key) => claimFileKey(ledger, taskId, key),
    releaseFileKey: (taskId, key) => releaseFileKey(ledger, taskId, key),
  }
}

const steps = {
  keep: 'fileKept',
  release: 'fileReleased',
  renew: 'fileRenewed',
  moved: 'fileMoved',
} as const satisfies Record<FileChange['kind'], StepKind>

/** file_state, file_key, file_lease_expires_at, garbage. */
async function columns(change: FileChange, row: JoinedTaskRow, now: () => Promise<Date>): Promise<unknown[]> {
  const key = row.fileKey!
  switch (change.kind) {
    case 'keep':
      return ['permanent', key, null, null]
    case 'release':
      return ['released', key, null, withOrphans(row, { key })]
    case 'renew':
      // A permanent file has no lease to renew; asking for one is harmless.
      if (row.fileState === 'permanent') return ['permanent', key, null, null]
      return ['temporary', key, new Date((await now()).getTime() + change.seconds * 1000), null]
    case 'moved':
      return ['permanent', change.key, null, change.key === key ? null : withOrphans(row, { key })]
  }
}

/** Whether a sweeper may be about to remove the object at the key, or has just done so. */
async function isOrphaned(tx: Sql, key: string): Promise<boolean> {
  const found = await tx.first('select 1 from task where garbage is not null and garbage @> $1 limit 1', [
    JSON.stringify([{ key }]),
  ])
  return found !== null
}

async function databaseNow(tx: Sql): Promise<Date> {
  return (await tx.first<{ now: Date }>(`select ${clockNow} as now`))!.now
}
