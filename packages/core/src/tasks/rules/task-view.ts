import type { TaskResponse, Transaction } from '@backhaul/transfer/rules'
import { maskValues } from '../../kernel/rules/masking.ts'
import { plannedStart } from '../../sessions/rules/latest-start.ts'
import { type Warning, warningsOf } from './file-warnings.ts'
import type { ResumeDataUnavailableReason } from './resume-data-unavailable.ts'
import { isEnded, type PublicTaskState, publicState, type Task, type TaskFile } from './task.ts'
import type { TaskError } from './task-error.ts'
import { settingsOf, type TaskSettings } from './task-settings.ts'
import { type WaitingFor, waitingFor } from './waiting-reason-text.ts'

/** A task as JSON. Times are RFC 3339 with milliseconds, sizes bytes. */
export interface TaskView extends Omit<TaskSettings, 'expected'> {
  id: string
  taskIdentifier: number
  sessionIdentifier: string
  state: PublicTaskState
  originalRequest: { url: string; headers: Record<string, string> }
  currentRequest: { url: string }
  createdIn: 'foreground' | 'background'
  isDiscretionary: boolean
  effectiveDiscretionary: boolean
  waitingFor: WaitingFor[]
  plannedStart: string | null
  latestStart: string | null
  deadline: string | null
  progress: ProgressView
  attempts: number
  response: ResponseView | null
  file: FileView | null
  error: TaskErrorView | null
  warnings: Warning[]
  metrics: { transactions: Omit<Transaction, 'notes'>[]; redirectCount: number }
  createdAt: string
  resumedAt: string | null
  beganAt: string | null
  endedAt: string | null
  earliestBeginDate: string | null
}

/** As Apple's error carries NSURLSessionDownloadTaskResumeData. */
interface TaskErrorView extends TaskError {
  resumeData: string | null
  /** Why an ended task has no resume data. */
  resumeDataUnavailableReason?: ResumeDataUnavailableReason
}

type ResponseView = Required<Omit<TaskResponse, 'notes' | 'sniffed'>>

export interface ProgressView {
  countOfBytesReceived: number
  countOfBytesExpectedToReceive: number | null
  fractionCompleted: number | null
  bytesPerSecond: number | null
  estimatedSecondsRemaining: number | null
}

interface FileView {
  state: TaskFile['state']
  key: string
  bytes: number
  checksums: TaskFile['checksums']
  leaseExpiresAt: string | null
}

export function taskView(task: Task, nowMs: number): TaskView {
  const waiting = publicState(task.state) === 'waiting'
  const original = task.originalRequest ?? task.request
  const { expected, ...settings } = settingsOf(task)
  return {
    id: task.id,
    taskIdentifier: task.taskIdentifier,
    sessionIdentifier: task.sessionIdentifier,
    state: publicState(task.state),
    originalRequest: { url: original.url, headers: maskValues(original.headers) },
    currentRequest: { url: task.currentUrl ?? task.request.url },
    createdIn: task.createdIn,
    isDiscretionary: task.isDiscretionary,
    effectiveDiscretionary: task.effectiveDiscretionary,
    waitingFor: waitingFor(task),
    plannedStart: waiting ? new Date(planOf(task, nowMs)).toISOString() : null,
    latestStart: waiting ? text(task.latestStart) : null,
    deadline: text(task.deadline),
    progress: progressView(task),
    attempts: task.attempts,
    response: task.response && responseView(task.response),
    file: task.file && fileView(task.file),
    error: task.error && errorView(task.error, task),
    warnings: warningsOf(task),
    metrics: { transactions: task.transactions.map(withoutNotes), redirectCount: redirects(task.transactions) },
    ...settings,
    createdAt: task.createdAt.toISOString(),
    resumedAt: text(task.resumedAt),
    beganAt: text(task.beganAt),
    endedAt: text(task.endedAt),
    earliestBeginDate: text(task.earliestBeginDate),
  }
}

/** When it may begin as things are: not before now, and for a discretionary task in its hours. */
function planOf(task: Task, nowMs: number): number {
  const readyAtMs = Math.max(task.readyAt.getTime(), nowMs)
  const hours = task.effectiveDiscretionary && task.state === 'waiting' ? task.preferredHours : null
  return plannedStart(hours, readyAtMs, task.latestStart?.getTime() ?? null)
}

export function progressView({
  bytesReceived,
  bytesExpected,
  bytesPerSecond,
}: Pick<Task, 'bytesReceived' | 'bytesExpected' | 'bytesPerSecond'>): ProgressView {
  const remaining = bytesExpected === null ? null : Math.max(0, bytesExpected - bytesReceived)
  return {
    countOfBytesReceived: bytesReceived,
    countOfBytesExpectedToReceive: bytesExpected,
    fractionCompleted:
      bytesExpected === null ? null : bytesExpected === 0 ? 1 : Math.min(1, bytesReceived / bytesExpected),
    bytesPerSecond,
    estimatedSecondsRemaining: remaining === null || !bytesPerSecond ? null : remaining / bytesPerSecond,
  }
}

function errorView(error: TaskError, { state, resumeData }: Task): TaskErrorView {
  if (!isEnded(state) || resumeData !== null) return { ...error, resumeData }
  return { resumeDataUnavailableReason: 'taskAlreadyEnded', ...error, resumeData }
}

/** What is doubtful about it is among the task's warnings. */
function responseView({ notes: _, sniffed: __, ...response }: TaskResponse): ResponseView {
  return {
    ...response,
    lengthVerified: response.lengthVerified ?? true,
    contentEncoding: response.contentEncoding ?? null,
  }
}

export function fileView(file: TaskFile): FileView {
  const { state, key, bytes, checksums, leaseExpiresAt } = file
  return { state, key, bytes, checksums, leaseExpiresAt: text(leaseExpiresAt) }
}

/**
 * An origin's description of a resource may have 16 KiB; an event keeps a tag of usual length, and dates that can be
 * dates.
 */
const eventLimits = { etagLength: 240, lastModifiedLength: 40 }

/**
 * The task as events carry it: no request header, no query string, and small whatever the client and the origin sent
 * (under 20 kB).
 */
export function taskInEvent(task: Task, nowMs: number): TaskView {
  const view = taskView(task, nowMs)
  return {
    ...view,
    originalRequest: { url: withoutQuery(view.originalRequest.url), headers: {} },
    currentRequest: { url: withoutQuery(view.currentRequest.url) },
    response: view.response && responseInEvent(view.response),
    metrics: { transactions: [], redirectCount: view.metrics.redirectCount },
  }
}

/** The timeline tells them. */
function withoutNotes({ notes: _, ...transaction }: Transaction): Omit<Transaction, 'notes'> {
  return transaction
}

/** A truncated validator would be a wrong one, so one that is too long is left out. */
function responseInEvent(response: ResponseView): ResponseView {
  return {
    ...response,
    etag: upTo(eventLimits.etagLength, response.etag),
    lastModified: upTo(eventLimits.lastModifiedLength, response.lastModified),
  }
}

function upTo(length: number, text: string | null): string | null {
  return text !== null && text.length <= length ? text : null
}

/** For events, metrics and logs: a query may hold credentials. Cut at 512 characters. */
export function withoutQuery(url: string): string {
  const parsed = new URL(url)
  return `${parsed.origin}${parsed.pathname}`.slice(0, 512)
}

function redirects(transactions: readonly Transaction[]): number {
  return transactions.filter(({ status }) => status !== null && status >= 300 && status < 400).length
}

function text(date: Date | null): string | null {
  return date?.toISOString() ?? null
}
