import { checkDeclared } from '../bytes/rules/integrity.ts'
import { type ResponseNote, withNote } from '../http/rules/response-note.ts'
import { parseRetryAfter } from '../http/rules/retry-after.ts'
import type { TaskResponse } from '../http/rules/transaction.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { readPassingError } from '../source/read-error-body.ts'
import { AttemptFailure } from '../source/rules/attempt-failure.ts'
import { challengeTo } from '../source/rules/authentication-challenge.ts'
import { type DeclaredDigest, declaredDigests } from '../source/rules/declared-digests.ts'
import { suggestedFilename } from '../source/rules/filename.ts'
import { mediaType } from '../source/rules/media-type.ts'
import { totalOfWholePart } from '../source/rules/range-resume.ts'
import { type NotResumable, resumability } from '../source/rules/resumability.ts'
import { isOfFile, statusDetail, statusFailure, statusNote } from '../source/rules/status-failure.ts'
import { isTagUnstable, saidVersion, validatorUnstable } from '../source/rules/unstable-validator.ts'
import type { SourceResponse } from '../source/source.ts'
import type { AskedRange, RangeAsker } from './ask-for-range.ts'
import { askToContinue } from './ask-to-continue.ts'
import { codedBody, withCoding } from './coded-body.ts'
import type { DownloadRequest } from './download-request.ts'
import type { DownloadState } from './download-state.ts'
import { type WatchedResponse, watchFirstBytes } from './first-bytes.ts'

export interface OpenedSource {
  response: SourceResponse
  /** The same response if it begins with the first byte of the file. */
  beginning: WatchedResponse | null
  /** The offset in the file at which the response's bytes begin. */
  from: number
  /** True: the response is of the version whose parts are stored. False: it is the whole resource, and those parts are worthless. */
  isContinued: boolean
  /** Length of the whole resource; null when the origin does not say. */
  total: number | null
  validator: string | null
  /** Why there is no validator; null: there is one. */
  notResumable: NotResumable | null
  /** Other ranges of the same version may be asked for while this one is read. */
  mayAskForMore: boolean
  /** The origin answers requests for a range with something else, now or in an earlier attempt. */
  areRangesUnusable: boolean
  facts: TaskResponse
  declared: DeclaredDigest[]
}

const rangesUnusable: ResponseNote = {
  code: 'ranges_unusable',
  detail: 'The origin answers requests for a range with something else, so it is asked for the whole file.',
}

/**
 * Asks the origin, for a range if parts are kept: `continued` are the bytes asked for first, of their version. A range that it does
 * not grant exactly becomes the whole resource.
 */
export async function openSource(
  asker: RangeAsker,
  request: DownloadRequest,
  state: DownloadState,
  continued: AskedRange | null,
  nowMs: () => number,
): Promise<OpenedSource> {
  const { transfer, response: earlier, currentUrl } = state
  const areRangesUnusable = transfer?.areRangesUnusable ?? false
  if (!continued || !earlier) return whole(request, state, await asker.askForAll(), areRangesUnusable, nowMs)
  // A download that took over another one's bytes may expect something else of them.
  checkDeclared(request, { total: transfer?.total ?? null, mimeType: earlier.mimeType })
  const begun = { url: currentUrl ?? request.url, mimeType: earlier.mimeType }
  const continuation = await askToContinue(asker, continued, begun)
  const { response } = continuation
  if (continuation.kind === 'range')
    return {
      response,
      beginning: null,
      from: continued.from,
      isContinued: true,
      total: continuation.total,
      validator: continued.validator,
      notResumable: null,
      mayAskForMore: true,
      areRangesUnusable: false,
      facts: earlier,
      declared: declaredDigests(response),
    }
  if (continuation.kind === 'busy') return whole({ ...request, statusPolicy: 'fail' }, state, response, false, nowMs)
  if (continuation.areRangesUnusable) noteOn(response, rangesUnusable)
  return whole(request, state, response, continuation.areRangesUnusable, nowMs)
}

async function whole(
  request: DownloadRequest,
  { transfer, response: earlier }: DownloadState,
  response: SourceResponse,
  areRangesUnusable: boolean,
  nowMs: () => number,
): Promise<OpenedSource> {
  try {
    await checkStatus(response, request.statusPolicy, nowMs)
    const coded = codedBody(request, response)
    const total = coded.isDecoded ? null : contentLength(response)
    const said = saidVersion(response.status, response.headers)
    const wasUnstable = earlier?.notes?.some(({ code }) => code === validatorUnstable.code) ?? false
    const isUnstable = wasUnstable || (!!earlier && isTagUnstable({ ...earlier, total: transfer?.total ?? null }, said))
    if (isUnstable) noteOn(response, validatorUnstable)
    const further = [...(areRangesUnusable ? [rangesUnusable] : []), ...(isUnstable ? [validatorUnstable] : [])]
    const facts = further.reduce(factsWithNote, withCoding(factsOf(response), coded))
    const note = statusNote(response.status)
    if (note) noteOn(response, note)
    if (coded.note) noteOn(response, coded.note)
    checkDeclared(request, { total, mimeType: facts.mimeType })
    const ranges = response.headers['accept-ranges']?.trim().toLowerCase()
    const known = { isTagUnstable: isUnstable, areRangesUnusable }
    const { validator, notResumable } = resumability(response.headers, known)
    const beginning = coded.isCoded ? null : watchFirstBytes(coded.body)
    return {
      response: beginning ?? coded.body,
      beginning,
      from: 0,
      isContinued: false,
      total,
      validator,
      notResumable,
      mayAskForMore: validator !== null && ranges === 'bytes' && response.status === 200,
      areRangesUnusable,
      facts,
      declared: coded.isDecoded ? [] : declaredDigests(response),
    }
  } catch (error) {
    response.discard()
    if (!(error instanceof TransferError)) throw error
    throw new AttemptFailure(error, {
      transactions: response.transactions,
      response: factsOf(response),
      challenge: challengeTo(request.url, response),
    })
  }
}

function factsOf({ status, headers, url, isLengthVerified, notes }: SourceResponse): TaskResponse {
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

/** On the response's own request, for the timeline. */
function noteOn({ transactions }: SourceResponse, note: ResponseNote): void {
  const transaction = transactions.at(-1)
  if (transaction) transaction.notes = withNote(transaction.notes ?? [], note)
}

/** For the file's warnings. */
export function factsWithNote(facts: TaskResponse, note: ResponseNote): TaskResponse {
  return { ...facts, notes: withNote(facts.notes ?? [], note) }
}

/** Throws if the status says that the response is not the file. */
async function checkStatus(response: SourceResponse, policy: 'fail' | 'deliver', nowMs: () => number): Promise<void> {
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

/** The resource's declared length. With a transfer coding there is none (RFC 9112 §6.3). */
function contentLength({ headers, status }: SourceResponse): number | null {
  if (status === 204 || status === 205 || status === 304) return 0
  if (status === 206) return totalOfWholePart(headers)
  const text = headers['content-length']
  if (text === undefined || headers['transfer-encoding'] !== undefined || !/^\d+$/.test(text)) return null
  return Number.isSafeInteger(Number(text)) ? Number(text) : null
}
