import { type Challenge, challengeOf } from '../domain/challenge.ts'
import { suggestedFilename } from '../domain/filename.ts'
import { checkDeclared } from '../domain/integrity.ts'
import type { TaskResponse } from '../domain/metrics.ts'
import { readResumeAnswer, strongValidator } from '../domain/resume.ts'
import { statusFault } from '../domain/retry.ts'
import { parseRetryAfter } from '../domain/retry-after.ts'
import type { Task } from '../domain/task.ts'
import { TransferFault } from '../domain/task-error.ts'
import type { Source, SourceResponse } from './ports.ts'
import type { StoredTransferPart, TransferJob } from './worker-stores.ts'

export interface OpenedSource {
  response: SourceResponse
  /** The parts that stay; empty: the answer is the whole resource. */
  prefix: StoredTransferPart[]
  /** Length of the whole resource; null when the origin does not say. */
  total: number | null
  validator: string | null
  facts: TaskResponse
}

/** Asks the origin, from behind `prefix` if there is one; a resume that it does not grant exactly becomes a whole answer. */
export async function openSource(
  source: Source,
  job: TransferJob,
  prefix: StoredTransferPart[],
  signal: AbortSignal,
  nowMs: () => number,
): Promise<OpenedSource> {
  const { task, configuration, transfer } = job
  const request = {
    url: task.request.url,
    headers: mergeHeaders(configuration.httpAdditionalHeaders, task.request.headers),
    idleTimeoutMs: configuration.timeoutIntervalForRequest * 1000,
    signal,
  }
  const from = prefix.reduce((sum, part) => sum + part.bytes, 0)
  if (from > 0 && transfer?.validator && task.response) {
    // A task that has taken over another's bytes may expect something else of them.
    checkDeclared(task, { total: transfer.total, mimeType: task.response.mimeType })
    const asked = { from, total: transfer.total, validator: transfer.validator }
    const response = await source.open({ ...request, resume: { from, validator: transfer.validator } })
    const verdict = readResumeAnswer(asked, response)
    if (verdict.kind === 'continue')
      return {
        response,
        prefix,
        total: transfer.total ?? contentLength(response, from),
        validator: asked.validator,
        facts: task.response,
      }
    if (verdict.kind !== 'askAgain') return whole(task, configuration.httpStatusPolicy, response, nowMs)
    response.discard()
  }
  return whole(task, configuration.httpStatusPolicy, await source.open(request), nowMs)
}

/** Session headers first; a task's header of the same name wins, whatever its case. */
function mergeHeaders(session: Record<string, string>, task: Record<string, string>): Record<string, string> {
  const own = new Set(Object.keys(task).map((name) => name.toLowerCase()))
  const rest = Object.entries(session).filter(([name]) => !own.has(name.toLowerCase()))
  return { ...Object.fromEntries(rest), ...task }
}

function whole(
  task: Task,
  statusPolicy: 'fail' | 'deliver',
  response: SourceResponse,
  nowMs: () => number,
): OpenedSource {
  try {
    checkStatus(response, statusPolicy, nowMs())
    const total = contentLength(response, 0)
    const facts = factsOf(response)
    checkDeclared(task, { total, mimeType: facts.mimeType })
    const rangesRefused = response.headers['accept-ranges']?.trim().toLowerCase() === 'none'
    return {
      response,
      prefix: [],
      total,
      validator: rangesRefused ? null : strongValidator(response.headers.etag),
      facts,
    }
  } catch (error) {
    response.discard()
    if (error instanceof TransferFault)
      Object.assign(error, {
        transactions: response.transactions,
        response: factsOf(response),
        challenge: challengeTo(task, response),
      })
    throw error
  }
}

/** After a redirect to another origin there is none: neither headers nor a credential go there. */
function challengeTo(task: Task, { status, headers, transactions }: SourceResponse): Challenge | null {
  const { origin, host } = new URL(task.request.url)
  const stayed = transactions.every(({ url }) => new URL(url).origin === origin)
  return stayed && (status === 401 || status === 407) ? challengeOf(status, headers, host) : null
}

function factsOf({ status, headers, url }: SourceResponse): TaskResponse {
  return {
    status,
    mimeType: mediaType(headers['content-type']),
    suggestedFilename: suggestedFilename(headers['content-disposition'], url),
    etag: headers.etag ?? null,
    lastModified: headers['last-modified'] ?? null,
  }
}

function checkStatus({ status, headers }: SourceResponse, policy: 'fail' | 'deliver', nowMs: number): void {
  // A part that nobody asked for is not the resource, whatever the policy.
  if (status === 206)
    throw new TransferFault('badServerResponse', 'the origin sent a part that was not asked for', { status })
  if (policy === 'deliver' || (status >= 200 && status < 300)) return
  const retryAfterSeconds = parseRetryAfter(headers['retry-after'], nowMs)
  const more = retryAfterSeconds === null ? { status } : { status, retryAfterSeconds }
  throw new TransferFault(statusFault(status), `the origin answered ${status}`, more)
}

/** The resource's length. A transfer coding has no declared one (RFC 9112 §6.3). */
function contentLength({ headers, status }: SourceResponse, before: number): number | null {
  if (status === 204 || status === 205 || status === 304) return 0
  const text = headers['content-length']
  if (text === undefined || headers['transfer-encoding'] !== undefined || !/^\d{1,15}$/.test(text)) return null
  return before + Number(text)
}

function mediaType(contentType: string | undefined): string | null {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  return type && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type.slice(0, 127) : null
}
