/** A part of bench/transfer.ts: one file through the transfer engine and nothing else: no database, queue or API. */
import { join } from 'node:path'
import { defaultConfiguration } from '#core/sessions/rules/session.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import { createEgressGuard } from '#core/transfer/egress/guard.ts'
import { parseCidrs } from '#core/transfer/egress/rules/address-class.ts'
import { storeFile } from '#core/transfer/engine/download.ts'
import type { Progress } from '#core/transfer/engine/download-state.ts'
import { createHttpSource } from '#core/transfer/engine/http-source.ts'
import { createMemoryBudget } from '#core/transfer/engine/memory-budget.ts'
import { createFileObjects } from '#core/transfer/storage/disk/disk-object-store.ts'
import type { ObjectStore } from '#core/transfer/storage/object-store.ts'
import type { S3Config } from '#core/transfer/storage/s3/config.ts'
import { createS3Objects } from '#core/transfer/storage/s3/s3-object-store.ts'
import type { TransferJob, TransferStore } from '#core/transfers/transfer-store.ts'
import { givenInput, reportWork } from './own-child.ts'

export interface EngineInput {
  url: string
  /** Becomes part of the key: `<name>/tasks/<name>/1`. */
  name: string
  to: { s3: S3Config } | { directory: string }
  /** Hex, to have it checked. */
  sha256?: string
}
export const engineKey = (name: string): string => `${name}/tasks/${name}/1`
export const engineFile = (directory: string, name: string): string => join(directory, 'objects', engineKey(name))

async function main({ url, name, to, sha256 }: EngineInput): Promise<void> {
  const objects: ObjectStore =
    's3' in to ? createS3Objects(to.s3) : createFileObjects({ directory: to.directory, signLink: () => '' })
  const source = createHttpSource(createEgressGuard({ allowed: parseCidrs('127.0.0.0/8').cidrs }))
  const progress: Progress = { bytesReceived: 0, bytesExpected: null, bytesPerSecond: null }
  const lease = { taskId: name, epoch: 1 }
  // The first upload of a process asks storage once what it compares: a worker pays that once too.
  if ('s3' in to) await objects.abort(await objects.begin({ key: engineKey('first'), mimeType: 'text/plain' }))
  await reportWork(async () => {
    const ports = {
      store: agreeable,
      objects,
      source,
      memory: createMemoryBudget(),
      nowMs: Date.now,
    }
    const stored = await storeFile(ports, newJob(url, name, sha256), lease, progress, new AbortController().signal)
    if (stored.file.key !== engineKey(name)) throw new Error(`it is at ${stored.file.key}`)
  })
  await objects.close()
}

const refuse = () => Promise.reject(new Error('the engine alone does not need it'))

/** The rows of a transfer that nobody interrupts: each write succeeds. */
const agreeable: TransferStore = {
  beginTransfer: refuse,
  renewLease: async () => true,
  noteResumed: async () => {},
  startGeneration: async () => true,
  recordUpload: async () => true,
  useConnections: async (_, wanted) => Math.min(wanted, defaultConfiguration.httpMaximumConnectionsPerHost),
  recordPart: async () => true,
  sealTransfer: async () => true,
  completeTask: refuse,
  failAttempt: refuse,
  giveBack: refuse,
  leaveBehind: refuse,
}

function newJob(url: string, name: string, sha256: string | undefined): TransferJob {
  const now = new Date()
  const task: Task = {
    id: name,
    tenantId: name,
    sessionId: name,
    sessionIdentifier: name,
    taskIdentifier: 1,
    state: 'running',
    epoch: 1,
    request: { url, headers: {} },
    originalRequest: null,
    currentUrl: null,
    createdIn: 'foreground',
    isDiscretionary: false,
    effectiveDiscretionary: false,
    readyAt: now,
    decisionUntil: null,
    earliestBeginDate: null,
    gatedUntil: null,
    gateDelaySeconds: null,
    retryAt: null,
    deadline: null,
    latestStart: null,
    preferredHours: null,
    countOfBytesClientExpectsToSend: null,
    countOfBytesClientExpectsToReceive: null,
    maximumBytes: null,
    expected: sha256 === undefined ? null : { sha256 },
    priority: 0.5,
    taskDescription: null,
    metadata: {},
    destinationKey: null,
    bytesReceived: 0,
    bytesExpected: null,
    bytesPerSecond: null,
    attempts: 0,
    suspectFailures: 0,
    cleanRestarts: 0,
    response: null,
    file: null,
    error: null,
    resumeData: null,
    transactions: [],
    waiting: null,
    createdAt: now,
    resumedAt: now,
    beganAt: now,
    endedAt: null,
  }
  const configuration = { ...defaultConfiguration, delegate: { kind: 'pull' as const } }
  return { task, configuration, transfer: null, parts: [], remainingMs: null }
}

if (process.argv[1] === import.meta.filename) await main(givenInput<EngineInput>())
