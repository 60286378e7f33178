import type { Database, Sql } from '../../database/database.ts'
import type { IdempotencyKey as KeyRow } from '../../database/generated/client.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import type { IdempotentRequest, Replay, StoredResponse } from '../idempotent-request.ts'

/** How long a response is replayed. */
const keptHours = 48

/**
 * Does `work` in this transaction, unless a request with the same key has done it. The response is stored in the
 * transaction of `work`, so that there is never one without the other. `request` undefined: there is no key. `aboutTenant`:
 * the tenant that an operator's request was about; the response goes with it.
 */
export async function once<Result>(
  tx: Sealing,
  request: IdempotentRequest<Result> | undefined,
  work: () => Promise<Result>,
  aboutTenant: (result: Result) => string | null = () => null,
): Promise<Result | Replay> {
  if (request === undefined) return work()
  // Before the lock: replays are not in each other's way.
  const before = await replayOf(tx, request)
  if (before) return before
  if (!(await tryLock(tx, request))) return { replay: 'running' }
  // Again, in a statement of its own: the request that had the lock may have committed since.
  const since = await replayOf(tx, request)
  if (since) return since
  const result = await work()
  const response = request.respond(result)
  if (response) await remember(tx, request, response, aboutTenant(result))
  return result
}

/** A transaction, and the encryptor of responses. */
type Sealing = Sql & { encryptor: Encryptor }

type Keyed = Omit<IdempotentRequest<never>, 'respond'>

async function replayOf(tx: Sealing, request: Keyed): Promise<Replay | null> {
  const { scope, key } = request
  const row = await tx.first<Pick<KeyRow, 'fingerprint' | 'status' | 'body'>>(
    `select fingerprint, status, body from idempotency_key
     where scope = $1 and key = $2 and created_at > clock_timestamp() - interval '${keptHours} hours'`,
    [scope, key],
  )
  if (!row) return null
  if (Buffer.compare(row.fingerprint, request.fingerprint()) !== 0) return { replay: 'reused' }
  return { replay: { status: row.status, body: tx.encryptor.decryptBytes(row.body, contextOf(request)) } }
}

/** Only tried, never waited for, so it has no place in the order of locks. The seed keeps it apart from other names. */
async function tryLock(tx: Sql, { scope, key }: Keyed): Promise<boolean> {
  const row = await tx.first<{ had: boolean }>(
    "select pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 1)) as had",
    [scope, key],
  )
  return row!.had
}

/** Replaces one that is too old and that the sweep has not yet removed. */
async function remember(
  tx: Sealing,
  request: Keyed,
  { status, body }: StoredResponse,
  tenantId: string | null,
): Promise<void> {
  const { scope, key } = request
  await tx.run(
    `insert into idempotency_key (scope, key, fingerprint, status, body, created_at, tenant_id)
     values ($1, $2, $3, $4, $5, clock_timestamp(), nullif($6, $1))
     on conflict (scope, key) do update set fingerprint = excluded.fingerprint, status = excluded.status,
       body = excluded.body, created_at = excluded.created_at, tenant_id = excluded.tenant_id`,
    [scope, key, request.fingerprint(), status, tx.encryptor.encrypt(body, contextOf(request)), tenantId],
  )
}

/** A response may hold a secret that is shown only once. */
function contextOf({ scope, key }: Keyed): string {
  return `idempotency:${scope} ${key}`
}

const responsesAtOnce = 500
const responsesPerSweep = 10_000

/** Responses that are no longer replayed. Some at a time, because that of a batch has a megabyte; the rest at the next sweep. */
export async function forgetResponses(database: Database): Promise<number> {
  let forgotten = 0
  for (let last = responsesAtOnce; last === responsesAtOnce && forgotten < responsesPerSweep; forgotten += last) {
    last = await database.run(
      `delete from idempotency_key where (scope, key) in (
         select scope, key from idempotency_key
         where created_at <= statement_timestamp() - interval '${keptHours} hours' limit $1 for update skip locked)`,
      [responsesAtOnce],
    )
  }
  return forgotten
}
