import type { Transfer } from '@backhaul/transfer'
import type { Checksums, Expected, TaskResponse, Transaction } from '@backhaul/transfer/rules'
import type { Task as StoredTask } from '../database/generated/client.ts'
import type { OrphanedObject } from '../files/rules/orphaned-object.ts'
import type { Encryptor } from '../kernel/encryptor.ts'
import type { KeptTransfer } from '../tasks/rules/resume-data.ts'
import { writeResumeData } from '../tasks/rules/resume-data.ts'
import type { BodyCut, FileState, Task, TaskState } from '../tasks/rules/task.ts'
import type { TaskError } from '../tasks/rules/task-error.ts'
import { settingsOfRow } from './setting-columns.ts'
import { type WaitingRow, waitingFactsOf } from './waiting-reasons-sql.ts'

/* The types of columns that only this code writes, which the generated type does not know. */

interface Words {
  state: TaskState
  createdIn: Task['createdIn']
  fileState: FileState | null
}
/** The types of the jsonb columns. */
interface Documents {
  expected: Expected | null
  metadata: Record<string, string>
  transfer: Transfer | null
  response: TaskResponse | null
  error: TaskError | null
  metrics: Transaction[] | null
  garbage: OrphanedObject[] | null
  fileChecksums: Checksums | null
  bodyCut: BodyCut | null
}

/** A task as its row is read. */
export type TaskRow = Omit<StoredTask, keyof Words | keyof Documents> & Words & Documents

const documents: Record<keyof Documents, true> = {
  expected: true,
  metadata: true,
  transfer: true,
  response: true,
  error: true,
  metrics: true,
  garbage: true,
  fileChecksums: true,
  bodyCut: true,
}

/** Whether it is written as JSON. */
export function isDocument(column: string): boolean {
  return Object.hasOwn(documents, column)
}

/** A task's row with the identifier of its session, and its waiting reasons if it waits. */
export type JoinedTaskRow = TaskRow & { sessionIdentifier: string; waiting: WaitingRow | null }

/** The content of the encrypted column `request_sealed`. */
interface TaskRequest {
  url: string
  headers: Record<string, string>
}

export function encryptRequest(encryptor: Encryptor, taskId: string, request: TaskRequest): Uint8Array {
  return encryptor.encrypt(JSON.stringify(request), `request:${taskId}`)
}

export function decryptRequest(encryptor: Encryptor, taskId: string, sealed: Uint8Array): TaskRequest {
  return JSON.parse(encryptor.decrypt(sealed, `request:${taskId}`)) as TaskRequest
}

export function encryptCurrentUrl(encryptor: Encryptor, taskId: string, url: string): Uint8Array {
  return encryptor.encrypt(url, `currentUrl:${taskId}`)
}

/** The parts that an ended task keeps, until they are taken over or expire. */
export function keptTransfer({
  id,
  transfer,
  resumeUntil,
}: Pick<TaskRow, 'id' | 'transfer' | 'resumeUntil'>): KeptTransfer | null {
  if (resumeUntil === null || transfer === null) return null
  return { taskId: id, generation: transfer.generation, until: resumeUntil }
}

export function taskOf(row: JoinedTaskRow, encryptor: Encryptor): Task {
  return taskWith(decryptRequest(encryptor, row.id, row.requestSealed), row, encryptor)
}

/** A task whose request is known, so that its row may come without it. */
export function taskWith(request: TaskRequest, row: Omit<JoinedTaskRow, 'requestSealed'>, encryptor: Encryptor): Task {
  const kept = keptTransfer(row)
  return {
    id: row.id,
    tenantId: row.tenantId,
    sessionId: row.sessionId,
    sessionIdentifier: row.sessionIdentifier,
    taskIdentifier: row.taskIdentifier,
    state: row.state,
    epoch: row.epoch,
    request,
    originalRequest: row.originalRequestSealed && decryptRequest(encryptor, row.id, row.originalRequestSealed),
    currentUrl: row.currentUrlSealed && encryptor.decrypt(row.currentUrlSealed, `currentUrl:${row.id}`),
    createdIn: row.createdIn,
    traceparent: row.traceparent,
    isDiscretionary: row.isDiscretionary,
    effectiveDiscretionary: row.effectiveDiscretionary,
    readyAt: row.readyAt,
    decisionUntil: row.decisionUntil,
    earliestBeginDate: row.earliestBeginDate,
    gatedUntil: row.gatedUntil,
    gateDelaySeconds: row.gateDelaySeconds,
    retryAt: row.retryAt,
    deadline: row.deadline,
    latestStart: row.latestStart,
    preferredHours: row.waiting?.hours ?? null,
    ...settingsOfRow(row),
    bytesReceived: Number(row.bytesReceived),
    bytesExpected: count(row.bytesExpected),
    bytesPerSecond: row.bytesPerSecond,
    attempts: row.attempts,
    suspectFailures: row.suspectFailures,
    cleanRestarts: row.cleanRestarts,
    bodyCut: row.bodyCut,
    response: row.response,
    file:
      row.fileState === null
        ? null
        : {
            state: row.fileState,
            key: row.fileKey!,
            bytes: Number(row.fileBytes),
            checksums: row.fileChecksums!,
            leaseExpiresAt: row.fileLeaseExpiresAt,
          },
    error: row.error,
    resumeData: kept && writeResumeData(encryptor, row.tenantId, kept),
    transactions: row.metrics ?? [],
    waiting: waitingFactsOf(row.waiting),
    createdAt: row.createdAt,
    resumedAt: row.resumedAt,
    beganAt: row.beganAt,
    endedAt: row.endedAt,
  }
}

/** Sizes and sequence numbers stay far below 2^53. */
function count(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}
