import type { Mint, Sealer } from '../app/ports.ts'
import type { FailedTransfer } from '../app/worker-stores.ts'
import { taskError } from '../domain/task-error.ts'
import { clockNow, type Sql } from './database.ts'
import { endTask } from './end-task.ts'
import { transition } from './transition.ts'

/** Ends a task in failure. Its deadline can pass while it waits: an attempt is charged only when one is being made. */
export async function failTask(
  tx: Sql,
  mint: Mint,
  sealer: Sealer,
  which: { id: string; epoch?: number },
  failure: Pick<FailedTransfer, 'fault' | 'detail' | 'retriable' | 'transactions' | 'response'>,
): Promise<boolean> {
  const row = await transition(
    tx,
    'fail',
    which,
    `attempts = attempts + case when state in ('running', 'completing') then 1 else 0 end,
     error = $6, metrics = coalesce($7, metrics), response = coalesce($8, response), ended_at = ${clockNow},
     lease_until = null, worker_id = null, bytes_per_second = null, retry_at = null`,
    [
      JSON.stringify(taskError(failure.fault, failure.detail, failure.retriable)),
      failure.transactions.length > 0 ? JSON.stringify(failure.transactions) : null,
      failure.response && JSON.stringify(failure.response),
    ],
  )
  if (!row) return false
  await endTask(tx, mint, sealer, row)
  return true
}
