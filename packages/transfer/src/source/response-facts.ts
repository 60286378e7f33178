import { type ResponseNote, withNote } from '../http/rules/response-note.ts'
import { parseRetryAfter } from '../http/rules/retry-after.ts'
import type { TaskResponse } from '../http/rules/transaction.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { readPassingError } from './read-error-body.ts'
import { suggestedFilename } from './rules/filename.ts'
import { mediaType } from './rules/media-type.ts'
import { totalOfWholePart } from './rules/range-resume.ts'
import { isOfFile, statusDetail, statusFailure, statusNote } from './rules/status-failure.ts'
import type { SourceResponse } from './source.ts'

/* What the head of a response says: whether it is the file, how long that is, and what a task shows of it. */

/** What a task shows of a response. */
export function responseFacts({ status, headers, url, isLengthVerified, notes }: SourceResponse): TaskResponse {
  const note = statusNote(status)
  const all = note ? withNote(notes ?? [], note) : notes
  return {
    status,
    mimeType: mediaType(headers['content-type']),
    suggestedFilename: suggestedFilename(headers['content-disposition'], url),
    etag: headers.etag ?? null,
    lastModified: headers['last-modified'] ?? null,
    lengthVerified: isLengthVerified || (status === 206 && totalOfWholePart(headers) !== null),
    ...(all && { notes: all }),
  }
}

/** Notes something odd on the response's own request, for the timeline. */
export function noteOn({ transactions }: SourceResponse, note: ResponseNote): void {
  const transaction = transactions.at(-1)
  if (transaction) transaction.notes = withNote(transaction.notes ?? [], note)
}

/** The facts with something odd, for the file's warnings. */
export function factsWithNote(facts: TaskResponse, note: ResponseNote): TaskResponse {
  return { ...facts, notes: withNote(facts.notes ?? [], note) }
}

/**
 * Throws TransferError if the status says that the response is not the file; with `deliver` a file of any status is wanted, but for a
 * part of one.
 */
export async function checkStatus(
  response: SourceResponse,
  policy: 'fail' | 'deliver',
  nowMs: () => number,
): Promise<void> {
  const { status, headers } = response
  if (status === 206) {
    if (totalOfWholePart(headers) !== null) return
    // A part that was not asked for is not the resource, whatever the policy.
    throw new TransferError(statusFailure(status), statusDetail(status), { status })
  }
  if (policy === 'deliver' || isOfFile(status)) return
  const passingError = status === 400 ? await readPassingError(response) : null
  const detail = passingError === null ? statusDetail(status) : `${statusDetail(status)} (${passingError})`
  const retryAfterSeconds = parseRetryAfter(headers['retry-after'], nowMs()) ?? (passingError === null ? null : 0)
  const more = retryAfterSeconds === null ? { status } : { status, retryAfterSeconds }
  throw new TransferError(statusFailure(status), detail, more)
}

/** The resource's declared length in bytes; null: the origin does not say. With a transfer coding there is none (RFC 9112 §6.3). */
export function declaredLength({ headers, status }: SourceResponse): number | null {
  if (status === 204 || status === 205 || status === 304) return 0
  if (status === 206) return totalOfWholePart(headers)
  const text = headers['content-length']
  if (text === undefined || headers['transfer-encoding'] !== undefined || !/^\d+$/.test(text)) return null
  return Number.isSafeInteger(Number(text)) ? Number(text) : null
}
