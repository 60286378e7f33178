import { randomBytes, randomUUID } from 'node:crypto'
import { openDatabase } from '#core/database/database.ts'
import type { OutgoingDelivery } from '#core/deliveries/delivery-store.ts'
import { isReplay, type Replay } from '#core/idempotency/idempotent-request.ts'
import type { Encryptor, Keyring } from '#core/kernel/encryptor.ts'
import type { Mint } from '#core/kernel/ids.ts'
import type { NewApiKey } from '#core/keys/key-store.ts'
import { createLedger, type Ledger } from '#core/ledger/ledger.ts'
import { createEncryptor, mint } from '#core/runtime/crypto.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { defaultConfiguration, type SessionConfiguration } from '#core/sessions/rules/session.ts'
import type { GivenDelegate } from '#core/sessions/session-store.ts'
import type { Lease } from '#core/tasks/rules/lease.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import type { NewTask } from '#core/tasks/task-store.ts'
import type { FailedTransfer } from '#core/transfers/rules/failed-transfer.ts'
import type { TransferJob } from '#core/transfers/transfer-store.ts'
import { defaultLimiterPolicy, type LimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import type { StoredFile, Transfer, TransferFacts } from '#transfer/engine/download-state.ts'
import { testDatabase } from '../servers/postgres.ts'
import { claim } from './claim.ts'
import { recordAttempt, takeNextDelivery } from './next-deliveries.ts'

type Answer = Parameters<typeof recordAttempt>[2]

export interface BuiltSession {
  tenantId: string
  identifier: string
  id: string
  endpointId: string | null
  secret: string | null
}
export type SessionChanges = Partial<Omit<SessionConfiguration, 'delegate'>> & {
  delegate?: GivenDelegate
  /** The event types of the created endpoint; empty: all. */
  eventTypes?: string[]
}

/** The stores on a database of their own, and helpers that create the states that tests begin with, by the stores' verbs. */
export interface StoreBuilder {
  stores: Stores
  database: Ledger
  connectionString: string
  encryptor: Keyring
  /** Its encryption key. */
  key: Uint8Array
  /** The same stores as another process has them: with a pool of its own. */
  otherProcess(): Stores
  /** Stores on the same database whose mint or encryptor differs, as one that fails in the middle of a transaction. */
  storesWith(parts: { mint?: Partial<Mint>; encryptor?: Partial<Encryptor> }): Stores
  /** Its dispatch cap is unlimited unless given. */
  tenant(lane?: { cap?: number; weight?: number }): Promise<string>
  session(tenantId?: string, changes?: SessionChanges): Promise<BuiltSession>
  tasks(session: BuiltSession, ...changes: Partial<NewTask>[]): Promise<Task[]>
  task(session: BuiltSession, changes?: Partial<NewTask>): Promise<Task>
  /** Claims all due tasks, among them this one, whose wake delay is ended first. */
  claim(taskId: string): Promise<Lease>
  /** Claims and begins. */
  begin(taskId: string): Promise<{ lease: Lease; job: TransferJob }>
  /** Claims and begins unless that is done, and completes with a file of nine bytes. */
  complete(taskId: string): Promise<void>
  find(task: Pick<Task, 'tenantId' | 'id'>): Promise<Task>
  /** Sends a session's due deliveries, with the given responses (default 204); returns them in order. */
  deliver(session: BuiltSession, status?: (delivery: OutgoingDelivery) => number): Promise<OutgoingDelivery[]>
  close(): Promise<void>
}

export async function openStoreBuilder(
  policy: LimiterPolicy = defaultLimiterPolicy,
  key: Uint8Array = randomBytes(32),
): Promise<StoreBuilder> {
  const { connectionString, drop } = await testDatabase()
  const encryptor = createEncryptor(key)
  const opened: Ledger[] = []
  const connect = () => {
    const database = createLedger(openDatabase(connectionString), mint, encryptor)
    opened.push(database)
    return database
  }
  const database = connect()
  const stores = createStores(database, mint, encryptor, policy)
  const leases = new Map<string, Lease>()
  const begun = new Map<string, { lease: Lease; sessionId: string }>()

  const builder: StoreBuilder = {
    stores,
    database,
    connectionString,
    encryptor,
    key,
    otherProcess: () => createStores(connect(), mint, encryptor, policy),
    storesWith: (parts) =>
      createStores(database, { ...mint, ...parts.mint }, { ...encryptor, ...parts.encryptor }, policy),

    async tenant({ cap = 1_000_000, weight = 1 } = {}) {
      const { tenant } = made(await stores.tenants.createTenant('tenant', newApiKey()))
      await database.run('update lane set cap = $2, weight = $3 where tenant_id = $1', [tenant.id, cap, weight])
      return tenant.id
    },

    async session(given, { eventTypes = [], delegate, ...changes } = {}) {
      const tenantId = given ?? (await builder.tenant())
      const identifier = `session-${randomUUID()}`
      const secret = delegate ? null : mint.webhookSecret()
      const url = `https://client.example.com/${randomUUID()}`
      const endpoint =
        secret === null ? null : made(await stores.endpoints.createEndpoint(tenantId, { url, eventTypes, secret }))
      const result = await stores.sessions.putSession(tenantId, identifier, {
        ...defaultConfiguration,
        ...changes,
        delegate: delegate ?? { endpointId: endpoint!.id },
      })
      if (result.kind !== 'created') throw new Error(result.kind)
      return { tenantId, identifier, id: result.session.id, endpointId: endpoint?.id ?? null, secret }
    },

    async tasks(session, ...changes) {
      const created = made(await stores.tasks.createTasks(session.tenantId, session.identifier, changes.map(newTask)))
      if (typeof created === 'string') throw new Error(created)
      return created
    },
    task: async (session, changes = {}) => (await builder.tasks(session, changes))[0]!,

    async claim(taskId) {
      const ungate =
        "update task set ready_at = clock_timestamp() - interval '1 ms' where id = $1 and state = 'waiting' and gated"
      await database.run(ungate, [taskId])
      for (const lease of await claim(stores, 10_000)) leases.set(lease.taskId, lease)
      const lease = leases.get(taskId)
      if (!lease) throw new Error('the task was not claimed')
      leases.delete(taskId)
      return lease
    },
    async begin(taskId) {
      const lease = await builder.claim(taskId)
      const job = await stores.transfers.beginTransfer(lease, 'wrk_test')
      if (!job) throw new Error('the task was not begun')
      begun.set(taskId, { lease, sessionId: job.task.sessionId })
      return { lease, job }
    },
    async complete(taskId) {
      if (!begun.has(taskId)) await builder.begin(taskId)
      const { lease, sessionId } = begun.get(taskId)!
      if (!(await stores.transfers.completeTask(lease, storedFile(taskId), sessionId)))
        throw new Error('the task was not completed')
      begun.delete(taskId)
    },
    async find({ tenantId, id }) {
      return (await stores.tasks.findTask(tenantId, id))!
    },

    async deliver({ id: sessionId, endpointId }, status = () => 204) {
      const sent: OutgoingDelivery[] = []
      let next = await takeNextDelivery(stores, { sessionId, endpointId: endpointId! })
      while (next) {
        sent.push(next)
        // The receiver echoes the headers, so that tests see whether the log keeps secrets in the clear.
        next = await recordAttempt(stores, next, aResponse(status(next), { body: next.body }), 0.5, true)
      }
      return sent
    },
    async close() {
      await Promise.all(opened.map((each) => each.close()))
      await drop()
    },
  }
  return builder
}

/** The result of a creating verb; without an Idempotency-Key it is never a replay. */
export function made<Outcome>(outcome: Outcome | Replay): Outcome {
  if (isReplay(outcome)) throw new Error('it is a replay')
  return outcome
}

export function newApiKey(changes: Partial<NewApiKey> = {}): NewApiKey {
  const secret = { hash: randomBytes(32), hint: 'hint' }
  return { name: 'key', scopes: [], ...secret, createdBy: 'operator', allowedCidrs: [], expiresAt: null, ...changes }
}

/** A new task, at a host of its own unless one is given, so that limits of hosts do not apply. */
export function newTask(changes: Partial<NewTask> = {}): NewTask {
  const id = mint.id('tsk')
  return {
    id,
    request: { url: 'https://origin.example.com/data.bin', headers: {} },
    host: `${id.slice('tsk_'.length)}.example.com`,
    earliestBeginDate: null,
    countOfBytesClientExpectsToSend: null,
    countOfBytesClientExpectsToReceive: null,
    maximumBytes: null,
    maximumBytesPerSecond: null,
    expected: null,
    priority: 0.5,
    taskDescription: null,
    metadata: {},
    isDiscretionary: null,
    suspended: false,
    destinationKey: null,
    resumes: null,
    ...changes,
  }
}

export const facts: TransferFacts = {
  response: { status: 200, mimeType: 'text/plain', suggestedFilename: 'data.bin', etag: '"1"', lastModified: null },
  currentUrl: 'https://origin.example.com/data.bin',
  transactions: [],
}

export function storedFile(taskId: string): StoredFile {
  const file = { key: `files/${taskId}`, bytes: 9, checksums: { crc32: 'y/Q5Jg==' } }
  return { file, facts, inParts: false }
}

export function transfer(generation: number, changes: Partial<Transfer> = {}): Transfer {
  return {
    generation,
    key: `tasks/${generation}`,
    uploadId: `upload-${generation}`,
    validator: '"1"',
    total: 9,
    mimeType: 'text/plain',
    declared: [],
    sealed: null,
    ...changes,
  }
}

export function part(number: number) {
  return { number, offset: (number - 1) * 3, bytes: 3, crc32: 7, receipt: `receipt-${number}` }
}

/** A failed attempt that will be retried after `retryInMs`; null: final. */
export function failure(retryInMs: number | null, changes: Partial<FailedTransfer> = {}): FailedTransfer {
  return {
    errorName: 'networkConnectionLost',
    detail: 'the connection was lost',
    retriable: true,
    retryInMs,
    suspect: false,
    startOver: false,
    bodyCut: null,
    transactions: [],
    response: null,
    random: 0.5,
    ...changes,
  }
}

export function aResponse(status: number, changes: Partial<Answer> = {}): Answer {
  return { status, error: null, body: '', retryAfterSeconds: null, ...changes }
}

interface SentEvent {
  id: string
  type: string
  sequence: number
  data: Record<string, unknown> & { wakeId: string | null; task?: { id: string; state: string } }
}
export function eventOf(delivery: OutgoingDelivery): SentEvent {
  return JSON.parse(delivery.body) as SentEvent
}
export function typesOf(deliveries: OutgoingDelivery[]): string[] {
  return deliveries.map((delivery) => eventOf(delivery).type)
}
