import { clockNow, type Sql } from '../database/database.ts'
import { resumeDataHours, whyNotResumable } from '../tasks/rules/resume-data.ts'
import type { ResumeDataUnavailableReason } from '../tasks/rules/resume-data-unavailable.ts'
import type { TaskErrorName } from '../tasks/rules/task-error.ts'
import { type Patch, rawSql } from './patch.ts'
import type { TaskRow } from './task-row.ts'

/** Why a task that is about to end can keep nothing, or null; its row is locked. `errorName` null: it is canceled. */
export async function whyNotKept(
  tx: Sql,
  row: TaskRow,
  errorName: TaskErrorName | null,
): Promise<ResumeDataUnavailableReason | null> {
  const { state, transfer } = row
  // In a statement of its own, behind the lock: a part that was just being recorded is there.
  const parts =
    transfer === null
      ? []
      : await tx.many<{ number: number }>(
          'select number from transfer_part where task_id = $1 and generation = $2 order by number limit 1',
          [row.id, transfer.generation],
        )
  const etag = row.response?.etag ?? null
  return whyNotResumable({ errorName, state, transfer, parts, etag })
}

const whileResumable = rawSql(`${clockNow} + interval '${resumeDataHours} hours'`)

/** Keeps the transfer of a task that ends, unless there is a reason not to. */
export function keepingTransfer(reason: ResumeDataUnavailableReason | null): Patch {
  return { resumeUntil: reason === null ? whileResumable : null }
}
