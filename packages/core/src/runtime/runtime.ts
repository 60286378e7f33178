import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@backhaul/embedded-postgres'
import type { Source } from '@backhaul/transfer'
import { createHttpSource, createMemoryBudget, type MemoryBudget, version } from '@backhaul/transfer'
import { createEgressGuard } from '@backhaul/transfer/egress'
import { createBufferPool } from '@backhaul/transfer/http'
import type { EgressPolicy, OwnPlace } from '@backhaul/transfer/rules'
import type { ObjectStore } from '@backhaul/transfer/storage'
import { createFileObjects } from '@backhaul/transfer/storage/disk'
import { findPostgres } from '../database/connection-urls.ts'
import { openDatabase } from '../database/database.ts'
import { openAnnouncer } from '../database/listen.ts'
import { migrate } from '../database/migrate.ts'
import type { LockWait } from '../database/migration-locks.ts'
import { createDatabaseWait, type DatabaseWaitOptions } from '../database/wait-for-database.ts'
import { createWebhookSender } from '../deliveries/http/sender.ts'
import type { WebhookSender } from '../deliveries/webhook-sender.ts'
import { openHintQueue } from '../dispatch/bullmq/hint-queue.ts'
import { watchRedis } from '../dispatch/bullmq/watch-redis.ts'
import type { HintQueue } from '../dispatch/hint-queue.ts'
import { holdKeys } from '../encryption/hold-keys.ts'
import type { HmacSha256, SignEd25519 } from '../endpoints/rules/signature.ts'
import { createFileLinks, type OpenedFile } from '../files/disk/signed-links.ts'
import { openReceiptSigner } from '../files/jose/receipt-signer.ts'
import type { ReceiptSigner } from '../files/receipt-signer.ts'
import type { Announcer } from '../kernel/announcer.ts'
import type { Encryptor } from '../kernel/encryptor.ts'
import type { Mint } from '../kernel/ids.ts'
import type { Tracing } from '../kernel/tracing.ts'
import { createPostgresRequestCounts } from '../limits/postgres/request-counts.ts'
import { openRedisRequestCounts } from '../limits/redis/request-counts.ts'
import type { RequestCounts } from '../limits/request-counts.ts'
import type { Metrics } from '../operations/metrics.ts'
import { createInstruments, watchProcess } from '../operations/prometheus/instruments.ts'
import { createMetrics } from '../operations/prometheus/metrics.ts'
import type { Health, HealthCheck } from '../operations/readiness.ts'
import { createClosers } from './closers.ts'
import type { Config } from './config.ts'
import { createEncryptor, ed25519, hmacSha256, mint } from './crypto.ts'
import { createOwnPlaces } from './find-own-addresses.ts'
import { installationSecrets } from './installation-secrets.ts'
import type { Logger } from './log.ts'
import { observeObjects, observeQueue, observeSource, observeStores } from './observe-ports.ts'
import { openTracing } from './open-tracing.ts'
import { createStores } from './postgres-stores.ts'
import { readRedisPlace } from './redis-settings.ts'
import { narrowTenants } from './row-security.ts'
import type { Stores } from './stores.ts'

/** Everything a process stands on, opened once. Processes differ only in what they start on it. */
export interface Runtime {
  config: Config
  log: Logger
  metrics: Metrics
  tracing: Tracing
  stores: Stores
  queue: HintQueue
  requestCounts: RequestCounts
  objects: ObjectStore
  source: Source
  sender: WebhookSender
  announcer: Announcer
  encryptor: Encryptor
  receipts: ReceiptSigner
  mint: Mint
  memory: MemoryBudget
  hmac: HmacSha256
  ed25519: SignEd25519
  /** The egress policy; addresses given to {@link listensAt} are denied. */
  egress: EgressPolicy
  listensAt(place: OwnPlace): void
  /** For `/v1/admin`, at least one; each is valid. */
  adminTokens: readonly string[]
  /** No tenant was ever made here. */
  isNew: boolean
  nowMs(): number
  random(): number
  /** Checks the servers that the service needs, each asked now. */
  health: HealthCheck
  /** Opens the target of a link to a file on disk; absent with S3, whose links lead elsewhere. */
  openFile?: (token: string) => Promise<OpenedFile | 'expired' | 'invalid' | 'gone'>
  close(): Promise<void>
}

/** Names of the service's own places: a name server that keeps silent delays no start for longer. */
const resolveEveryMs = 60_000
const resolveTimeoutMs = 2_000
const healthTimeoutMs = 2_000
/** The endpoint needs no key and costs a write to storage, so its result is shared for a moment. */
const healthEveryMs = 1_000

/**
 * Opens what is configured and embeds what is absent. Waits for a database that is not there yet, and says so.
 * Releases everything again when it fails half-way.
 */
export async function openRuntime(
  config: Config,
  log: Logger,
  databaseWait: Omit<DatabaseWaitOptions, 'say'> = {},
): Promise<Runtime> {
  const closers = createClosers(log)
  const { opened } = closers
  const nowMs = Date.now
  try {
    const secrets = await installationSecrets(config)
    const tracing = opened('tracing', await openTracing(config, log), (open) => open.close())
    const databaseUrl =
      config.databaseUrl ??
      opened('PostgreSQL', await startEmbeddedPostgres({ dataDir: config.dataDir, log }), (server) => server.stop())
        .connectionString
    const own = createOwnPlaces({ ...config, databaseUrl })
    const ownNames = setInterval(() => void own.resolve(), resolveEveryMs).unref()
    opened('own places', ownNames, async (timer) => clearInterval(timer))
    const resolved = own.resolve()
    const say: DatabaseWaitOptions['say'] = (waiting) =>
      log.warn({ event: 'database.awaited', ...waiting }, 'waiting for the database')
    const waitForDatabase = createDatabaseWait({ ...databaseWait, say })
    const { url, directUrl, pooled } = await waitForDatabase(() => findPostgres(databaseUrl, config.databaseDirectUrl))
    const sayLocked = (waiting: LockWait) =>
      log.warn({ event: 'migration.locked', ...waiting }, 'others have locks that a migration needs; it begins anew')
    const { isAhead } = await waitForDatabase(
      () => migrate(directUrl, { say: sayLocked, signal: databaseWait.signal }),
      'migrations are being applied',
    )
    const narrowing = { log, isAhead, signal: databaseWait.signal }
    const rowSecurity =
      config.rowLevelSecurity && (await waitForDatabase(() => narrowTenants({ url, directUrl }, narrowing)))
    const database = opened('database', openDatabase(url, { pooled, rowSecurity }), (open) => open.close())
    const instruments = createInstruments(version)
    const encryptor = createEncryptor(...secrets.encryptionKeys)
    const stores = observeStores(
      createStores(database, mint, encryptor, config.wakeDelay, config),
      instruments,
      tracing,
    )
    const holding = { stores, encryptor, log, processId: randomUUID(), isAlone: config.databaseUrl === null }
    opened('encryption keys', await waitForDatabase(() => holdKeys(holding)), (drop) => drop())
    const announcer = opened('announcer', await waitForDatabase(() => openAnnouncer(directUrl, log)), (open) =>
      open.close(),
    )
    const redis = config.redis && (await readRedisPlace(config.redis))
    const redisWatch = redis && opened('watch of Redis', await watchRedis(redis, log), (watch) => watch.end())
    const queueAt = redis ? { redis } : { databaseUrl: directUrl }
    watchProcess(instruments)
    const openedQueue = opened('queue', await waitForDatabase(() => openHintQueue(queueAt, log)), (open) =>
      open.close(),
    )
    const queue = observeQueue(openedQueue, instruments)

    const { limits } = config
    if (limits !== null) await waitForDatabase(() => stores.limits.setDefaults(limits))
    const receipts = await waitForDatabase(() => openReceiptSigner(database, encryptor))
    // Leases in the embedded database are of an earlier process on this DATA_DIR, which is gone.
    if (config.databaseUrl === null) await stores.dispatch.endLeases()
    const buffers = createBufferPool()
    const { objects: openedObjects, openFile } = await openObjects(config, encryptor, nowMs)
    opened('storage', openedObjects, (open) => open.close())
    const objects = observeObjects(openedObjects, instruments, tracing)
    const memory = createMemoryBudget()
    await Promise.race([resolved, sleep(resolveTimeoutMs, undefined, { ref: false })])
    const egress: EgressPolicy = { ...config.egress, isOwn: own.isOwn }
    const guard = createEgressGuard({ ...egress, proxy: config.egressProxy, buffers })
    const parts = {
      database: () => database.first('select 1'),
      async queue() {
        const refusal = redisWatch?.refusal() ?? null
        if (refusal !== null) throw new Refused(refusal)
        await queue.check()
      },
      storage: () => objects.check(),
    }
    return {
      config,
      log,
      metrics: createMetrics(instruments, { database, fleet: stores.operations, memory }),
      tracing,
      stores,
      queue,
      requestCounts:
        redis === null
          ? createPostgresRequestCounts(database.relaxed)
          : opened('counts of requests', openRedisRequestCounts(redis), (open) => open.close()),
      objects,
      source: observeSource(
        opened('source', createHttpSource(guard, { userAgent: config.userAgent }), (open) => open.close()),
        instruments,
        tracing,
      ),
      sender: opened('sender', createWebhookSender(guard), (open) => open.close()),
      announcer,
      encryptor,
      receipts,
      mint,
      memory,
      hmac: hmacSha256,
      ed25519,
      egress,
      listensAt: own.add,
      adminTokens: secrets.adminTokens,
      isNew: !(await stores.tenants.hasTenants()),
      nowMs,
      random: Math.random,
      health: sharedFor(healthEveryMs, nowMs, () =>
        Promise.all(Object.entries(parts).map(([name, check]) => ask(name, check))),
      ),
      ...(openFile ? { openFile } : {}),
      close: closers.closeAll,
    }
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

async function openObjects(
  config: Config,
  encryptor: Encryptor,
  nowMs: () => number,
): Promise<Pick<Runtime, 'objects' | 'openFile'>> {
  if (config.s3) {
    // Its client takes 20 MiB, which a service with files on disk is spared.
    const { createS3Objects } = await import('@backhaul/transfer/storage/s3')
    return { objects: createS3Objects(config.s3) }
  }
  const links = createFileLinks(encryptor, config.publicUrl)
  const objects = createFileObjects({ directory: join(config.dataDir, 'files'), signLink: links.sign })
  return { objects, openFile: (token) => links.open(token, objects, nowMs()) }
}

/** All calls within the time get the same result. */
function sharedFor<T>(ms: number, nowMs: () => number, find: () => Promise<T>): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | undefined
  return () => {
    if (last === undefined || nowMs() - last.at >= ms) last = { at: nowMs(), answer: find() }
    return last.answer
  }
}

/** Its message may be shown to anybody. */
class Refused extends Error {}

async function ask(name: string, check: () => Promise<unknown>): Promise<Health> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), healthTimeoutMs)
  })
  try {
    await Promise.race([check(), late])
    return { name, ok: true }
  } catch (error) {
    return { name, ok: false, ...(error instanceof Refused && { reason: error.message }) }
  } finally {
    clearTimeout(timer)
  }
}
