import type { TransferFacts } from '@backhaul/transfer'
import type { SavedPart } from '@backhaul/transfer/rules'
import { batched } from '../../database/batch.ts'
import type { Database } from '../../database/database.ts'
import { noteSecondRefused, useConnections } from '../../dispatch/postgres/connection-allowance.ts'
import { recordOutcome, recordResponse } from '../../hosts/postgres/host-store.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import { failedAttempt, failTask } from '../../ledger/fail-task.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import { discardTransfer, orphansOf, withOrphans } from '../../ledger/orphans.ts'
import { sql } from '../../ledger/patch.ts'
import { encryptCurrentUrl, type TaskRow } from '../../ledger/task-row.ts'
import { transition } from '../../ledger/transition.ts'
import { leaseEnd } from '../../ledger/worker-slots.ts'
import type { Lease } from '../../tasks/rules/lease.ts'
import type { FailedTransfer } from '../rules/failed-transfer.ts'
import type { TransferStore } from '../transfer-store.ts'
import {
  type Beginning,
  beginAll,
  type Completion,
  completeAll,
  type Finalizing,
  finalizeAll,
  tenantRate,
} from './batched-verbs.ts'
import { noteResumed, notingProgress } from './live-progress.ts'

/** By the database's clock, which does not go on within a statement. */
const after = (ms: number) =>
  sql`date_trunc('milliseconds', statement_timestamp()) + make_interval(secs => ${ms / 1000})`

/** A worker's verbs. Each compares the epoch: false or null means that the task has left the worker. */
export function createTransferStore(ledger: Ledger): TransferStore {
  // Every file passes these: calls at the same time share statements and, at the end, the wait for the disk.
  const together = () => ''
  const begin = batched(together, (begun: readonly Beginning[]) => beginAll(ledger, begun))
  const finalize = batched(together, (finalizing: readonly Finalizing[]) => finalizeAll(ledger, finalizing))
  const complete = batched(
    ({ sessionId }: Completion) => sessionId,
    (completed) => ledger.transaction((tx) => completeAll(tx, completed)),
  )
  return {
    beginTransfer: (lease, workerId) => begin({ ...lease, workerId }),

    async renewLease({ taskId, epoch }, { bytesReceived, bytesExpected, bytesPerSecond, transactions }) {
      const row = await ledger.relaxed.first<{ tenants: bigint | null; own: bigint | null; now: Date }>(
        `update task set lease_until = ${leaseEnd}, bytes_received = $3, bytes_per_second = $4, bytes_expected = $5,
           metrics = coalesce($6, metrics)
         where id = $1 and epoch = $2 and state in ('running', 'completing')
         returning ${notingProgress}, maximum_bytes_per_second as own, clock_timestamp() as now,
           (select ${tenantRate('n.limits')} from tenant n where n.id = task.tenant_id) as tenants`,
        [
          taskId,
          epoch,
          bytesReceived,
          bytesPerSecond,
          bytesExpected,
          transactions ? JSON.stringify(transactions) : null,
        ],
      )
      if (row === null) return null
      const [tenantBytesPerSecond, taskBytesPerSecond] = [row.tenants, row.own].map((rate) =>
        rate === null ? null : Number(rate),
      ) as [number | null, number | null]
      return { tenantBytesPerSecond, taskBytesPerSecond, atMs: row.now.getTime() }
    },

    noteResumed: (lease, resumed) => noteResumed(ledger, lease, resumed),

    startGeneration: ({ taskId, epoch }, transfer, facts) =>
      ledger.transaction(async (tx) => {
        const before = await tx.first<TaskRow>(
          "select * from task where id = $1 and epoch = $2 and state = 'running' for update",
          [taskId, epoch],
        )
        if (!before) return false
        const old = before.transfer
        if (old) await tx.run('delete from transfer_part where task_id = $1', [taskId])
        await tx.run(
          `update task set transfer = $2, bytes_expected = $3, garbage = coalesce($4, garbage),
             ${factColumns(5)}, lease_until = ${leaseEnd} where id = $1`,
          [
            taskId,
            JSON.stringify(transfer),
            transfer.total,
            old ? withOrphans(before, ...orphansOf(old)) : null,
            ...factValues(ledger.encryptor, taskId, facts),
          ],
        )
        // A file that takes hours would leave its host half open for as long.
        await recordResponse(tx, taskId, facts.response.status)
        return true
      }),

    async recordUpload({ taskId, epoch }, { uploadId, integrity }) {
      const touched = await ledger.relaxed.run(
        `update task set transfer = transfer || $3, lease_until = ${leaseEnd}
         where id = $1 and epoch = $2 and state = 'running'`,
        [taskId, epoch, JSON.stringify({ uploadId, integrity })],
      )
      return touched === 1
    },

    useConnections: (lease, wanted) => useConnections(ledger, lease, wanted),
    noteSecondRefused: (lease, refusedBy) => noteSecondRefused(ledger, lease, refusedBy),

    recordPart: (lease, generation, part) => recordPart(ledger, lease, generation, part),

    finalizeTransfer: (lease, transfer, facts) => finalize({ ...lease, transfer, facts }),

    completeTask: (lease, stored, sessionId) => complete({ ...lease, ...stored, sessionId }),

    failAttempt: ({ taskId, epoch }, failure) =>
      ledger.transaction(async (tx) => {
        if (failure.retryInMs === null) {
          if (!(await failTask(tx, { id: taskId, epoch }, failure))) return false
          await recordOutcome(tx, taskId, failure.hostOutcome, failure.random)
          return true
        }
        const row = await transition(
          tx,
          'giveBack',
          { id: taskId, epoch },
          {
            ...failedAttempt(failure),
            suspectFailures: sql`suspect_failures + ${failure.suspect ? 1 : 0}`,
            cleanRestarts: sql`clean_restarts + ${failure.startOver ? 1 : 0}`,
            retryAt: after(failure.retryInMs),
            readyAt: after(failure.retryInMs),
          },
          { kind: 'attemptFailed', data: { status: failure.response?.status, because: failure.because } },
        )
        if (!row) return false
        // A retry behind the deadline would wait for nothing.
        if (row.deadline !== null && row.readyAt >= row.deadline) await giveUp(tx, row, failure)
        else if (failure.startOver) await discardTransfer(tx, row)
        await recordOutcome(tx, taskId, failure.hostOutcome, failure.random)
        return true
      }),

    async recordOrphan(taskId, orphan) {
      await ledger.run(
        `update task set garbage = coalesce(garbage, '[]') || $2
         where id = $1 and state <> 'canceled' and file_key is distinct from $3
           and (state <> 'failed' or error -> 'resumeDataUnavailableReason' is not null)
           and (transfer ->> 'key') is distinct from $3`,
        [taskId, JSON.stringify([orphan]), orphan.key],
      )
    },

    giveBack: ({ taskId, epoch }, inMs, hostOutcome) =>
      ledger.transaction(async (tx) => {
        const row = await transition(tx, 'giveBack', { id: taskId, epoch }, { due: false, readyAt: after(inMs) })
        // A response never blocks the host, so nothing is left to chance.
        if (row) await recordOutcome(tx, taskId, hostOutcome, 0)
        return !!row
      }),
  }
}

async function giveUp(tx: Tx, row: TaskRow, failure: FailedTransfer): Promise<void> {
  const detail = `${failure.detail}; the next attempt would come after the task's deadline`
  await failTask(tx, { id: row.id }, { ...failure, detail })
}

async function recordPart(
  database: Database,
  { taskId, epoch }: Lease,
  generation: number,
  part: SavedPart,
): Promise<boolean> {
  const touched = await database.relaxed.run(
    `with mine as (
       update task set lease_until = ${leaseEnd}
       where id = $1 and epoch = $2 and state = 'running' returning id
     )
     insert into transfer_part (task_id, generation, number, "offset", bytes, crc32, receipt)
     select id, $3, $4, $5, $6, $7, $8 from mine
     on conflict (task_id, generation, number) do update set "offset" = excluded."offset", bytes = excluded.bytes,
       crc32 = excluded.crc32, receipt = excluded.receipt`,
    [taskId, epoch, generation, part.number, part.offset, part.bytes, part.crc32, part.receipt],
  )
  return touched === 1
}

function factColumns(first: number): string {
  return `response = $${first}, current_url_sealed = $${first + 1}, metrics = $${first + 2}`
}

function factValues(
  encryptor: Encryptor,
  taskId: string,
  { response, currentUrl, transactions }: TransferFacts,
): unknown[] {
  return [JSON.stringify(response), encryptCurrentUrl(encryptor, taskId, currentUrl), JSON.stringify(transactions)]
}
