import type { Mint, Sealer } from '../app/ports.ts'
import type {
  FailedTransfer,
  Lease,
  StoredFile,
  Transfer,
  TransferFacts,
  TransferJob,
  TransferStore,
} from '../app/worker-stores.ts'
import type { SavedPart } from '../domain/resume.ts'
import { taskError } from '../domain/task-error.ts'
import { clockNow, type Database, type Sql } from './database.ts'
import { endTasks } from './end-task.ts'
import { failTask } from './fail-task.ts'
import { addGarbage, discardTransfer, leftovers, toGarbage } from './garbage.ts'
import { gather } from './gather.ts'
import type { TransferPart as PartRow, Session as SessionRow, Task as TaskRow } from './generated/client.ts'
import { noteResumed, notingProgress } from './live-progress.ts'
import { fullConfiguration } from './read-sessions.ts'
import { sealCurrentUrl, taskOf } from './rows.ts'
import { recordAnswer, recordAnswers, recordOutcome } from './store-hosts.ts'
import { transition, transitionAll } from './transition.ts'
import { useConnections } from './use-connections.ts'

/** How long a worker has a task without a sign of life. */
export const leaseSeconds = 15

const lease = `lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'`

/** A worker's verbs. Each compares the epoch: false or null means that the task is somebody else's now. */
export function createTransferStore(database: Database, mint: Mint, sealer: Sealer): TransferStore {
  // On the way of every file: what comes at the same time shares statements and, at the end, the wait for the disk.
  const together = () => ''
  const begin = gather(together, (begun: readonly Beginning[]) => beginAll(database, sealer, begun))
  const seal = gather(together, (sealed: readonly Sealing[]) => sealAll(database, sealer, sealed))
  const complete = gather(
    ({ sessionId }: Completion) => sessionId,
    (completed) => database.transaction((tx) => completeAll(tx, mint, sealer, completed)),
  )
  return {
    beginTransfer: (held, workerId) => begin({ ...held, workerId }),

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

    async recordUpload({ taskId, epoch }, { uploadId, isCompared }) {
      const touched = await database.relaxed.run(
        `update task set transfer = transfer || $3, ${lease}
         where id = $1 and epoch = $2 and state = 'running'`,
        [taskId, epoch, JSON.stringify({ uploadId, isCompared })],
      )
      return touched === 1
    },

    useConnections: (held, wanted) => useConnections(database, held, wanted),

    recordPart: (held, generation, part) => recordPart(database, held, generation, part),

    sealTransfer: (held, transfer, facts) => seal({ ...held, transfer, facts }),

    completeTask: (held, stored, sessionId = held.taskId) => complete({ ...held, ...stored, sessionId }),

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

    async leaveBehind(taskId, left) {
      await database.run(
        `update task set garbage = coalesce(garbage, '[]') || $2
         where id = $1 and state <> 'canceled' and file_key is distinct from $3
           and (transfer ->> 'key') is distinct from $3`,
        [taskId, JSON.stringify([left]), left.key],
      )
    },

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

type Beginning = Lease & { workerId: string }
type Sealing = Lease & { transfer: Transfer; facts: TransferFacts }
type Completion = Lease & StoredFile & { sessionId: string }

async function beginAll(
  database: Database,
  sealer: Sealer,
  begun: readonly Beginning[],
): Promise<(TransferJob | null)[]> {
  const rows = await transitionAll(
    database.relaxed,
    'begin',
    leasesOf(begun, ({ workerId }) => workerId),
    `worker_id = given.value #>> '{}', began_at = coalesce(began_at, ${clockNow}), retry_at = null, ${lease}`,
  )
  if (rows.length === 0) return begun.map(() => null)
  const sessions = await database.relaxed.many<SessionRow & { now: Date }>(
    'select *, clock_timestamp() as now from session where id = any($1)',
    [[...new Set(rows.map(({ sessionId }) => sessionId))]],
  )
  const jobOf = async (row: TaskRow): Promise<TransferJob | null> => {
    const session = sessions.find(({ id }) => id === row.sessionId)!
    // It is about to be canceled with its session: nothing is fetched for it any more.
    if (session.canceling) return null
    const transfer = row.transfer as unknown as Transfer | null
    return {
      task: taskOf({ ...row, sessionIdentifier: session.identifier, waiting: null }, sealer),
      configuration: fullConfiguration(session, sealer),
      transfer,
      parts: transfer ? await readParts(database, row.id, transfer.generation) : [],
      remainingMs: row.deadline && row.deadline.getTime() - session.now.getTime(),
    }
  }
  const byId = new Map(rows.map((row) => [row.id, row]))
  return Promise.all(
    begun.map(({ taskId }) => {
      const row = byId.get(taskId)
      return row ? jobOf(row) : null
    }),
  )
}

async function sealAll(database: Database, sealer: Sealer, sealed: readonly Sealing[]): Promise<boolean[]> {
  const given = leasesOf(sealed, ({ taskId, transfer, facts }) => ({
    transfer,
    ...givenFactsOf(sealer, taskId, facts),
  }))
  const rows = await transitionAll(
    database.relaxed,
    'seal',
    given,
    `transfer = value -> 'transfer', ${givenFacts}, ${lease}`,
  )
  const changed = new Set(rows.map(({ id }) => id))
  return sealed.map(({ taskId }) => changed.has(taskId))
}

/** Of one session. */
async function completeAll(tx: Sql, mint: Mint, sealer: Sealer, all: readonly Completion[]): Promise<boolean[]> {
  const given = leasesOf(all, ({ taskId, file, facts }) => ({ ...file, ...givenFactsOf(sealer, taskId, facts) }))
  const rows = await transitionAll(tx, 'complete', given, completeColumns)
  const changed = new Map(rows.map((row) => [row.id, row]))
  const completed = all.flatMap((each) => {
    const row = changed.get(each.taskId)
    return row ? [{ ...each, row }] : []
  })
  for (const { taskId, inParts, alsoAt } of completed) {
    if (inParts) await tx.run('delete from transfer_part where task_id = $1', [taskId])
    if (alsoAt !== undefined) await addGarbage(tx, taskId, [{ key: alsoAt }])
  }
  const [first] = completed
  if (first) {
    const inOrder = completed.map(({ row }) => row)
    await endTasks(tx, mint, sealer, first.row.sessionId, inOrder)
    await recordAnswers(
      tx,
      completed.map(({ row, facts }) => ({ ...row, status: facts.response.status })),
    )
  }
  return all.map(({ taskId }) => changed.has(taskId))
}

/** In the order of their ids, in which every such statement locks them. */
function leasesOf<Held extends Lease>(held: readonly Held[], value: (held: Held) => unknown) {
  const inOrder = held.toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1))
  return {
    ids: inOrder.map(({ taskId }) => taskId),
    epochs: inOrder.map(({ epoch }) => epoch),
    values: inOrder.map(value),
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

/** The same from the value of each of many tasks (see transition.ts). */
const givenFacts = `response = value -> 'response', metrics = value -> 'transactions',
  current_url_sealed = decode(value ->> 'currentUrl', 'hex')`

function givenFactsOf(sealer: Sealer, taskId: string, { response, currentUrl, transactions }: TransferFacts) {
  return { response, transactions, currentUrl: Buffer.from(sealCurrentUrl(sealer, taskId, currentUrl)).toString('hex') }
}

const retention = `(select configuration ->> 'fileRetention' from session where id = task.session_id)`

/** Nobody returns from a wake that never comes. */
const neverWakes = `(select configuration -> 'sessionSendsLaunchEvents' = 'false' or not exists (
    select 1 from endpoint where id = session.endpoint_id and state = 'enabled' and deleted_at is null)
  from session where id = task.session_id)`

const completeColumns = `
  attempts = attempts + 1, ended_at = ${clockNow}, lease_until = null, worker_id = null, error = null,
  retry_at = null, bytes_per_second = null, bytes_received = (value -> 'bytes')::int8, bytes_expected = (value -> 'bytes')::int8,
  file_state = case when destination_key is not null or ${retention} = 'permanent' then 'permanent' else 'temporary' end,
  file_key = value ->> 'key', file_bytes = (value -> 'bytes')::int8, file_checksums = value -> 'checksums',
  ${givenFacts}, transfer = null,
  file_lease_expires_at = case when destination_key is null and (${retention} = 'lease' or (${retention} = 'untilReturn' and ${neverWakes})) then clock_timestamp() + make_interval(secs => (
    select (configuration ->> 'fileLeaseSeconds')::float8 from session where id = task.session_id)) end`
