import type { Mint, Sealer } from '../app/ports.ts'
import type { FailedTransfer, Lease, Transfer, TransferFacts, TransferStore } from '../app/worker-stores.ts'
import type { SavedPart } from '../domain/resume.ts'
import type { Checksums } from '../domain/task.ts'
import { taskError } from '../domain/task-error.ts'
import { clockNow, type Database, type Sql } from './database.ts'
import { endTask } from './end-task.ts'
import { failTask } from './fail-task.ts'
import { addGarbage, discardTransfer, leftovers, toGarbage } from './garbage.ts'
import type { TransferPart as PartRow, Session as SessionRow, Task as TaskRow } from './generated/client.ts'
import { noteResumed, notingProgress } from './live-progress.ts'
import { fullConfiguration } from './read-sessions.ts'
import { sealCurrentUrl, taskOf } from './rows.ts'
import { recordAnswer, recordOutcome } from './store-hosts.ts'
import { transition } from './transition.ts'
import { useConnections } from './use-connections.ts'

/** How long a worker has a task without a sign of life. */
export const leaseSeconds = 15

const lease = `lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'`

/** A worker's verbs. Each compares the epoch: false or null means that the task is somebody else's now. */
export function createTransferStore(database: Database, mint: Mint, sealer: Sealer): TransferStore {
  return {
    async beginTransfer({ taskId, epoch }, workerId) {
      const row = await transition(
        database.relaxed,
        'begin',
        { id: taskId, epoch },
        `worker_id = $6, began_at = coalesce(began_at, ${clockNow}), retry_at = null, ${lease}`,
        [workerId],
      )
      if (!row) return null
      const session = await database.first<SessionRow & { remainingMs: number | null }>(
        `select *, (extract(epoch from $2::timestamptz - clock_timestamp()) * 1000)::float8 as remaining_ms
         from session where id = $1`,
        [row.sessionId, row.deadline],
      )
      // It is about to be canceled with its session: nothing is fetched for it any more.
      if (session!.canceling) return null
      const transfer = row.transfer as unknown as Transfer | null
      return {
        task: taskOf({ ...row, sessionIdentifier: session!.identifier, waiting: null }, sealer),
        configuration: fullConfiguration(session!, sealer),
        transfer,
        parts: transfer ? await readParts(database, taskId, transfer.generation) : [],
        remainingMs: session!.remainingMs,
      }
    },

    async renewLease({ taskId, epoch }, { bytesReceived, bytesExpected, bytesPerSecond }) {
      const touched = await database.relaxed.run(
        `update task set ${lease}, bytes_received = $3, bytes_per_second = $4, bytes_expected = $5
         where id = $1 and epoch = $2 and state in ('running', 'completing')
         returning ${notingProgress}`,
        [taskId, epoch, bytesReceived, bytesPerSecond, bytesExpected],
      )
      return touched === 1
    },

    noteResumed: (held, resumed) => noteResumed(database, held, resumed),

    startGeneration: ({ taskId, epoch }, transfer, facts) =>
      database.transaction(async (tx) => {
        const before = await tx.first<TaskRow>(
          "select * from task where id = $1 and epoch = $2 and state = 'running' for update",
          [taskId, epoch],
        )
        if (!before) return false
        const old = before.transfer as unknown as Transfer | null
        if (old) await tx.run('delete from transfer_part where task_id = $1', [taskId])
        await tx.run(
          `update task set transfer = $2, bytes_expected = $3, garbage = coalesce($4, garbage),
             ${factColumns(5)}, ${lease} where id = $1`,
          [
            taskId,
            JSON.stringify(transfer),
            transfer.total,
            old ? toGarbage(before, ...leftovers(old)) : null,
            ...factValues(sealer, taskId, facts),
          ],
        )
        // A file that takes hours would leave its host half open for as long.
        return recordAnswer(tx, taskId, facts.response.status)
      }),

    async recordUpload({ taskId, epoch }, uploadId) {
      const touched = await database.relaxed.run(
        `update task set transfer = jsonb_set(transfer, '{uploadId}', to_jsonb($3::text)), ${lease}
         where id = $1 and epoch = $2 and state = 'running'`,
        [taskId, epoch, uploadId],
      )
      return touched === 1
    },

    useConnections: (held, wanted) => useConnections(database, held, wanted),

    recordPart: (held, generation, part) => recordPart(database, held, generation, part),

    async sealTransfer({ taskId, epoch }, transfer, facts) {
      const also = `transfer = $6, ${factColumns(7)}, ${lease}`
      const parameters = [JSON.stringify(transfer), ...factValues(sealer, taskId, facts)]
      return !!(await transition(database.relaxed, 'seal', { id: taskId, epoch }, also, parameters))
    },

    completeTask: ({ taskId, epoch }, { file, facts, inParts, alsoAt }) =>
      database.transaction(async (tx) => {
        const row = await transition(tx, 'complete', { id: taskId, epoch }, completeColumns, [
          file.key,
          file.bytes,
          JSON.stringify(file.checksums satisfies Checksums),
          ...factValues(sealer, taskId, facts),
        ])
        if (!row) return false
        if (inParts) await tx.run('delete from transfer_part where task_id = $1', [taskId])
        if (alsoAt !== undefined) await addGarbage(tx, taskId, [{ key: alsoAt }])
        await endTask(tx, mint, sealer, row)
        return recordAnswer(tx, taskId, facts.response.status)
      }),

    failAttempt: ({ taskId, epoch }, failure) =>
      database.transaction(async (tx) => {
        if (failure.retryInMs === null) {
          const failed = await failTask(tx, mint, sealer, { id: taskId, epoch }, failure)
          return failed && recordOutcome(tx, taskId, failure.hostOutcome)
        }
        const row = await transition(
          tx,
          'giveBack',
          { id: taskId, epoch },
          `due = false, worker_id = null, lease_until = null, attempts = attempts + 1,
           suspect_failures = suspect_failures + $6, clean_restarts = clean_restarts + $7,
           retry_at = ${clockNow} + make_interval(secs => $8), ready_at = ${clockNow} + make_interval(secs => $8),
           error = $9, metrics = $10, response = case when transfer is null then coalesce($11, response) else response end,
           bytes_per_second = null`,
          [
            failure.suspect ? 1 : 0,
            failure.startOver ? 1 : 0,
            failure.retryInMs / 1000,
            JSON.stringify(taskError(failure.fault, failure.detail, failure.retriable)),
            JSON.stringify(failure.transactions),
            failure.response && JSON.stringify(failure.response),
          ],
          { kind: 'attemptFailed', data: { status: failure.response?.status, because: failure.because } },
        )
        if (!row) return false
        // A retry behind the deadline would wait for nothing.
        if (row.deadline !== null && row.readyAt >= row.deadline) await giveUp(tx, mint, sealer, row, failure)
        else if (failure.startOver) await discardTransfer(tx, row)
        return recordOutcome(tx, taskId, failure.hostOutcome)
      }),

    giveBack: (held, inMs) =>
      database.transaction(async (tx) => {
        const row = await transition(
          tx,
          'giveBack',
          { id: held.taskId, epoch: held.epoch },
          `due = false, worker_id = null, lease_until = null, bytes_per_second = null,
           ready_at = ${clockNow} + make_interval(secs => $6)`,
          [inMs / 1000],
        )
        return !!row
      }),
  }
}

async function giveUp(tx: Sql, mint: Mint, sealer: Sealer, row: TaskRow, failure: FailedTransfer): Promise<void> {
  const detail = `${failure.detail}; the next attempt would come after the task's deadline`
  await failTask(tx, mint, sealer, { id: row.id }, { ...failure, detail })
}

async function recordPart(
  database: Database,
  { taskId, epoch }: Lease,
  generation: number,
  part: SavedPart,
): Promise<boolean> {
  const touched = await database.relaxed.run(
    `with mine as (
       update task set ${lease}
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

async function readParts(database: Database, taskId: string, generation: number): Promise<SavedPart[]> {
  const rows = await database.many<PartRow>(
    'select * from transfer_part where task_id = $1 and generation = $2 order by number',
    [taskId, generation],
  )
  return rows.map(({ number, offset, bytes, crc32, receipt }) => ({
    number,
    offset: Number(offset),
    bytes,
    crc32: Number(crc32),
    receipt,
  }))
}

function factColumns(first: number): string {
  return `response = $${first}, current_url_sealed = $${first + 1}, metrics = $${first + 2}`
}

function factValues(sealer: Sealer, taskId: string, { response, currentUrl, transactions }: TransferFacts): unknown[] {
  return [JSON.stringify(response), sealCurrentUrl(sealer, taskId, currentUrl), JSON.stringify(transactions)]
}

const retention = `(select configuration ->> 'fileRetention' from session where id = task.session_id)`

/** Nobody returns from a wake that never comes. */
const neverWakes = `(select configuration -> 'sessionSendsLaunchEvents' = 'false' or not exists (
    select 1 from endpoint where id = session.endpoint_id and state = 'enabled' and deleted_at is null)
  from session where id = task.session_id)`

const completeColumns = `
  attempts = attempts + 1, ended_at = ${clockNow}, lease_until = null, worker_id = null, error = null,
  retry_at = null, bytes_per_second = null, bytes_received = $7, bytes_expected = $7,
  file_state = case when destination_key is not null or ${retention} = 'permanent' then 'permanent' else 'temporary' end,
  file_key = $6, file_bytes = $7, file_checksums = $8, ${factColumns(9)}, transfer = null,
  file_lease_expires_at = case when destination_key is null and (${retention} = 'lease' or (${retention} = 'untilReturn' and ${neverWakes})) then clock_timestamp() + make_interval(secs => (
    select (configuration ->> 'fileLeaseSeconds')::float8 from session where id = task.session_id)) end`
