import { checkDeclared } from '../bytes/rules/integrity.ts'
import type { ResponseNote } from '../http/rules/response-note.ts'
import type { TaskResponse } from '../http/rules/transaction.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { checkStatus, declaredLength, factsWithNote, noteOn, responseFacts } from '../source/response-facts.ts'
import { AttemptFailure } from '../source/rules/attempt-failure.ts'
import { challengeTo } from '../source/rules/authentication-challenge.ts'
import { type DeclaredDigest, declaredDigests } from '../source/rules/declared-digests.ts'
import { type NotResumable, resumability } from '../source/rules/resumability.ts'
import { statusNote } from '../source/rules/status-failure.ts'
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
    const total = coded.isDecoded ? null : declaredLength(response)
    const said = saidVersion(response.status, response.headers)
    const wasUnstable = earlier?.notes?.some(({ code }) => code === validatorUnstable.code) ?? false
    const isUnstable = wasUnstable || (!!earlier && isTagUnstable({ ...earlier, total: transfer?.total ?? null }, said))
    if (isUnstable) noteOn(response, validatorUnstable)
    const further = [...(areRangesUnusable ? [rangesUnusable] : []), ...(isUnstable ? [validatorUnstable] : [])]
    const facts = further.reduce(factsWithNote, withCoding(responseFacts(response), coded))
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
      response: responseFacts(response),
      challenge: challengeTo(request.url, response),
    })
  }
}
