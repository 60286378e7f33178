import { parseRetryAfter } from '../http/rules/retry-after.ts'
import type { TaskResponse } from '../http/rules/transaction.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { AttemptFailure } from '../source/rules/attempt-failure.ts'
import { type Challenge, challengeOf } from '../source/rules/authentication-challenge.ts'
import { type DeclaredDigest, declaredDigests } from '../source/rules/declared-digests.ts'
import { suggestedFilename } from '../source/rules/filename.ts'
import { isIdentity, validatorOf } from '../source/rules/range-resume.ts'
import { statusFailure } from '../source/rules/status-failure.ts'
import type { SourceResponse } from '../source/source.ts'
import type { RangeAsker } from './ask-for-range.ts'
import type { DownloadRequest } from './download-request.ts'
import type { DownloadState } from './download-state.ts'
import { checkDeclared } from './rules/integrity.ts'

export interface OpenedSource {
  response: SourceResponse
  /** The offset in the file at which the response's bytes begin. */
  from: number
  /** True: the response is of the version whose parts are stored. False: it is the whole resource, and those parts are worthless. */
  isContinued: boolean
  /** Length of the whole resource; null when the origin does not say. */
  total: number | null
  validator: string | null
  /** Other ranges of the same version may be asked for while this one is read. */
  mayAskForMore: boolean
  facts: TaskResponse
  declared: DeclaredDigest[]
}

/** The bytes that are asked for first, of the version whose parts are kept. */
export interface Continued {
  from: number
  /** The last byte, included. Absent: to the end. */
  last?: number
  total: number | null
  validator: string
}

/** Asks the origin, for a range if parts are kept; one that it does not grant exactly becomes the whole resource. */
export async function openSource(
  asker: RangeAsker,
  request: DownloadRequest,
  { transfer, response: earlier }: DownloadState,
  continued: Continued | null,
  nowMs: () => number,
): Promise<OpenedSource> {
  if (continued && earlier) {
    // A download that took over another one's bytes may expect something else of them.
    checkDeclared(request, { total: transfer?.total ?? null, mimeType: earlier.mimeType })
    const { meaning, response } = await asker.askForRange(continued)
    if (meaning.kind === 'range')
      return {
        response,
        from: continued.from,
        isContinued: true,
        total: meaning.total,
        validator: continued.validator,
        mayAskForMore: true,
        facts: earlier,
        declared: declaredDigests(response),
      }
    if (meaning.kind !== 'unusable') return whole(request, response, nowMs)
    response.discard()
  }
  return whole(request, await asker.askForAll(), nowMs)
}

function whole(request: DownloadRequest, response: SourceResponse, nowMs: () => number): OpenedSource {
  try {
    checkStatus(response, request.statusPolicy, nowMs())
    const total = contentLength(response)
    const facts = factsOf(response)
    checkDeclared(request, { total, mimeType: facts.mimeType })
    const ranges = response.headers['accept-ranges']?.trim().toLowerCase()
    // A server that sends a coding that was not asked for may give the bytes without it the same tag.
    const isResumable = ranges !== 'none' && isIdentity(response.headers['content-encoding'])
    const validator = isResumable ? validatorOf(response.headers) : null
    return {
      response,
      from: 0,
      isContinued: false,
      total,
      validator,
      mayAskForMore: validator !== null && ranges === 'bytes' && response.status === 200,
      facts,
      declared: declaredDigests(response),
    }
  } catch (error) {
    response.discard()
    if (!(error instanceof TransferError)) throw error
    throw new AttemptFailure(error, {
      transactions: response.transactions,
      response: factsOf(response),
      challenge: challengeTo(request, response),
    })
  }
}

/** The challenge of a response; null after a redirect to another origin, which gets neither headers nor a credential. */
function challengeTo(request: DownloadRequest, { status, headers, transactions }: SourceResponse): Challenge | null {
  const { origin, host } = new URL(request.url)
  const stayed = transactions.every(({ url }) => new URL(url).origin === origin)
  return stayed && (status === 401 || status === 407) ? challengeOf(status, headers, host) : null
}

function factsOf({ status, headers, url, isLengthVerified, notes }: SourceResponse): TaskResponse {
  return {
    status,
    mimeType: mediaType(headers['content-type']),
    suggestedFilename: suggestedFilename(headers['content-disposition'], url),
    etag: headers.etag ?? null,
    lastModified: headers['last-modified'] ?? null,
    lengthVerified: isLengthVerified,
    ...(notes && { notes }),
  }
}

function checkStatus({ status, headers }: SourceResponse, policy: 'fail' | 'deliver', nowMs: number): void {
  // A part that was not asked for is not the resource, whatever the policy.
  if (status === 206)
    throw new TransferError('badServerResponse', 'the origin sent a part that was not asked for', { status })
  if (policy === 'deliver' || (status >= 200 && status < 300)) return
  const retryAfterSeconds = parseRetryAfter(headers['retry-after'], nowMs)
  const more = retryAfterSeconds === null ? { status } : { status, retryAfterSeconds }
  throw new TransferError(statusFailure(status), `the origin answered ${status}`, more)
}

/** The resource's declared length. With a transfer coding there is none (RFC 9112 §6.3). */
function contentLength({ headers, status }: SourceResponse): number | null {
  if (status === 204 || status === 205 || status === 304) return 0
  const text = headers['content-length']
  if (text === undefined || headers['transfer-encoding'] !== undefined || !/^\d{1,15}$/.test(text)) return null
  return Number(text)
}

function mediaType(contentType: string | undefined): string | null {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  return type && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type.slice(0, 127) : null
}
