import type { StoredFile, Transfer, TransferFacts } from '@backhaul/transfer'
import type { SavedPart } from '@backhaul/transfer/rules'
import type { Database } from '../../database/database.ts'
import type { TransferPart as PartRow } from '../../database/generated/client.ts'
import { recordResponses } from '../../hosts/postgres/host-store.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import { endTasks } from '../../ledger/end-task.ts'
import type { Ledger, Tx } from '../../ledger/ledger.ts'
import { limitOf } from '../../ledger/limits-sql.ts'
import { recordOrphans } from '../../ledger/orphans.ts'
import { clock, type Patch, rawSql, sql } from '../../ledger/patch.ts'
import type { SessionRow } from '../../ledger/session-row.ts'
import { encryptCurrentUrl, type TaskRow, taskOf } from '../../ledger/task-row.ts'
import { transitionAll } from '../../ledger/transition.ts'
import { leaseEnd } from '../../ledger/worker-slots.ts'
import { fullConfiguration } from '../../sessions/postgres/read-sessions.ts'
import type { Lease } from '../../tasks/rules/lease.ts'
import type { TransferJob } from '../transfer-store.ts'

/*
 * The verbs that every file passes, for many tasks in a statement or a transaction. Results are in the order of the
 * calls.
 */

export type Beginning = Lease & { workerId: string }
export type Finalizing = Lease & { transfer: Transfer; facts: TransferFacts }
export type Completion = Lease & StoredFile & { sessionId: string }

export async function beginAll(ledger: Ledger, begun: readonly Beginning[]): Promise<(TransferJob | null)[]> {
  const rows = await transitionAll(
    ledger.relaxed,
    'begin',
    leasesOf(begun, ({ workerId }) => workerId),
    {
      workerId: sql`given.value #>> '{}'`,
      beganAt: sql`coalesce(began_at, ${clock})`,
      retryAt: null,
      leaseUntil: rawSql(leaseEnd),
    },
  )
  if (rows.length === 0) return begun.map(() => null)
  const sessions = await ledger.relaxed.many<SessionRow & { now: Date; tenantRate: bigint | null }>(
    `select s.*, clock_timestamp() as now, ${tenantRate('n.limits')} as tenant_rate
     from session s join tenant n on n.id = s.tenant_id where s.id = any($1)`,
    [[...new Set(rows.map(({ sessionId }) => sessionId))]],
  )
  const jobOf = async (row: TaskRow): Promise<TransferJob | null> => {
    const session = sessions.find(({ id }) => id === row.sessionId)!
    // It is about to be canceled with its session: nothing is fetched for it any more.
    if (session.canceling) return null
    const transfer = row.transfer
    const task = taskOf({ ...row, sessionIdentifier: session.identifier, waiting: null }, ledger.encryptor)
    const { tenantRate: rate, now } = session
    return {
      task,
      limits: {
        tenantBytesPerSecond: rate === null ? null : Number(rate),
        taskBytesPerSecond: task.maximumBytesPerSecond,
        atMs: now.getTime(),
      },
      configuration: fullConfiguration(session, ledger.encryptor),
      transfer,
      parts: transfer ? await readParts(ledger, row.id, transfer.generation) : [],
      remainingMs: row.deadline && row.deadline.getTime() - now.getTime(),
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

export async function finalizeAll(ledger: Ledger, finalizing: readonly Finalizing[]): Promise<boolean[]> {
  const given = leasesOf(finalizing, ({ taskId, transfer, facts }) => ({
    transfer,
    ...givenFactsOf(ledger.encryptor, taskId, facts),
  }))
  const rows = await transitionAll(ledger.relaxed, 'finalize', given, {
    transfer: sql`value -> 'transfer'`,
    ...givenFacts,
    leaseUntil: rawSql(leaseEnd),
  })
  const changed = new Set(rows.map(({ id }) => id))
  return finalizing.map(({ taskId }) => changed.has(taskId))
}

/** Completions of one session. */
export async function completeAll(tx: Tx, all: readonly Completion[]): Promise<boolean[]> {
  const given = leasesOf(all, ({ taskId, file, facts }) => ({ ...file, ...givenFactsOf(tx.encryptor, taskId, facts) }))
  const rows = await transitionAll(tx, 'complete', given, completion)
  const changed = new Map(rows.map((row) => [row.id, row]))
  const completed = all.flatMap((each) => {
    const row = changed.get(each.taskId)
    return row ? [{ ...each, row }] : []
  })
  for (const { taskId, inParts, alsoAt } of completed) {
    if (inParts) await tx.run('delete from transfer_part where task_id = $1', [taskId])
    if (alsoAt !== undefined) await recordOrphans(tx, taskId, [{ key: alsoAt }])
  }
  const [first] = completed
  if (first) {
    const inOrder = completed.map(({ row }) => row)
    await endTasks(tx, first.row.sessionId, inOrder)
    await recordResponses(
      tx,
      completed.map(({ row, facts }) => ({ ...row, status: facts.response.status })),
    )
  }
  return all.map(({ taskId }) => changed.has(taskId))
}

/** SQL: the most that a tenant's transfers may read together (int8; null: no limit). */
export const tenantRate = (limits: string) => limitOf(limits, 'maximumBytesPerSecond')

/** In the order of their ids, in which every such statement locks them. */
function leasesOf<Given extends Lease>(leases: readonly Given[], value: (lease: Given) => unknown) {
  const inOrder = leases.toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1))
  return {
    ids: inOrder.map(({ taskId }) => taskId),
    epochs: inOrder.map(({ epoch }) => epoch),
    values: inOrder.map(value),
  }
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

/** From the value of each of many tasks (see transition.ts). */
const givenFacts: Patch = {
  response: sql`value -> 'response'`,
  metrics: sql`value -> 'transactions'`,
  currentUrlSealed: sql`decode(value ->> 'currentUrl', 'hex')`,
}

function givenFactsOf(encryptor: Encryptor, taskId: string, { response, currentUrl, transactions }: TransferFacts) {
  return {
    response,
    transactions,
    currentUrl: Buffer.from(encryptCurrentUrl(encryptor, taskId, currentUrl)).toString('hex'),
  }
}

const retention = sql`(select configuration ->> 'fileRetention' from session where id = task.session_id)`

/** Without wakes, `untilReturn` would never expire, so it becomes a lease. */
const neverWakes = sql`(select configuration -> 'sessionSendsLaunchEvents' = 'false' or not exists (
    select 1 from endpoint where id = session.endpoint_id and state = 'enabled' and deleted_at is null)
  from session where id = task.session_id)`

const completion: Patch = {
  ...givenFacts,
  attempts: sql`attempts + 1`,
  error: null,
  transfer: null,
  bytesReceived: sql`(value -> 'bytes')::int8`,
  bytesExpected: sql`(value -> 'bytes')::int8`,
  fileState: sql`case when destination_key is not null or ${retention} = 'permanent' then 'permanent' else 'temporary' end`,
  fileKey: sql`value ->> 'key'`,
  fileBytes: sql`(value -> 'bytes')::int8`,
  fileChecksums: sql`value -> 'checksums'`,
  fileLeaseExpiresAt: sql`case
    when destination_key is null and (${retention} = 'lease' or (${retention} = 'untilReturn' and ${neverWakes}))
    then clock_timestamp() + make_interval(secs => (
      select (configuration ->> 'fileLeaseSeconds')::float8 from session where id = task.session_id)) end`,
}
