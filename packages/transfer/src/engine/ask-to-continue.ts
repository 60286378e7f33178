import { TransferError } from '../http/rules/transfer-error.ts'
import { AttemptFailure } from '../source/rules/attempt-failure.ts'
import { mediaType } from '../source/rules/media-type.ts'
import { type FoundResource, isDoubtfulWhole, mayPass, type RangeRefusal } from '../source/rules/range-refusal.ts'
import { readRangeResponse } from '../source/rules/range-resume.ts'
import type { SourceResponse } from '../source/source.ts'
import type { AskedRange, RangeAsker } from './ask-for-range.ts'

/** The response with which a download goes on. */
type Continuation =
  /** The bytes asked for, of the version asked for. */
  | { kind: 'range'; response: SourceResponse; total: number }
  /** The whole resource, or an error status. `areRangesUnusable`: the origin answers requests for a range with something else. */
  | { kind: 'whole'; response: SourceResponse; areRangesUnusable: boolean }
  /** The origin has no time for a range now. It is an error status even where any status is to be delivered: nobody asked for the file. */
  | { kind: 'busy'; response: SourceResponse }

/** The range is asked for again for so long without a byte, because the whole is at hand. */
const secondPatienceMs = 10_000

/**
 * Asks for a range of the resource that was found at `begun`. A response that is neither the range nor plainly the whole decides
 * nothing: the whole is asked for once, without `Range` and `If-Range`. If that works, the origin cannot deal with ranges; unless
 * the refusal may pass, and the same range is granted now. Throws the failure of the request for the whole.
 */
export async function askToContinue(asker: RangeAsker, asked: AskedRange, begun: FoundResource): Promise<Continuation> {
  const first = await tryRange(asker, asked, begun)
  if (first.kind !== 'unfit' && first.kind !== 'refused') return first
  const response = await asker.askForAll()
  const isThere = response.status >= 200 && response.status < 300
  if (first.kind === 'unfit' || !isThere) return whole(response)
  const isSame = readRangeResponse(asked, response).kind === 'wholeOfSame'
  const { refusal } = first
  // Another version may well be at another place, or of another type. Nothing is lost if the next attempt finds out.
  if (!isSame) return whole(response, refusal.by !== 'doubtfulWhole' && !mayPass(refusal))
  return mayPass(refusal) ? await askAgain(asker, asked, begun, response) : whole(response, true)
}

/** The range if it is granted now; otherwise the response that is at hand. */
async function askAgain(
  asker: RangeAsker,
  asked: AskedRange,
  begun: FoundResource,
  atHand: SourceResponse,
): Promise<Continuation> {
  try {
    const again = await tryRange(asker, asked, begun, secondPatienceMs)
    if (again.kind === 'unfit' || again.kind === 'refused') return whole(atHand, again.kind === 'refused')
    const [kept, dropped] = again.kind === 'range' ? [again, atHand] : [whole(atHand), again.response]
    dropped.discard()
    return kept
  } catch (error) {
    if (error instanceof TransferError) return whole(atHand)
    atHand.discard()
    throw error
  }
}

type Tried = Continuation | { kind: 'unfit' } | { kind: 'refused'; refusal: RangeRefusal }

async function tryRange(asker: RangeAsker, asked: AskedRange, begun: FoundResource, atMostMs?: number): Promise<Tried> {
  try {
    const { meaning, response } = await asker.askForRange(asked, atMostMs)
    switch (meaning.kind) {
      case 'range':
        return { kind: 'range', response, total: meaning.total }
      case 'wholeOfSame':
        return whole(response)
      case 'busy':
        return { kind: 'busy', response }
      case 'whole': {
        const found = { url: response.url, mimeType: mediaType(response.headers['content-type']) }
        if (!isDoubtfulWhole(found, begun)) return whole(response)
        response.discard()
        const isSameType = found.mimeType === begun.mimeType
        return { kind: 'refused', refusal: { by: 'doubtfulWhole', isSameType } }
      }
      case 'unusable':
        response.discard()
        return { kind: 'unfit' }
      case 'refused':
        response.discard()
        return { kind: 'refused', refusal: { by: 'status', status: response.status } }
    }
  } catch (error) {
    // A request that was never sent says nothing of ranges.
    if (!(error instanceof AttemptFailure) || error.transactions[0]?.requestStart == null) throw error
    return { kind: 'refused', refusal: { by: 'noResponse' } }
  }
}

function whole(response: SourceResponse, areRangesUnusable = false): Continuation {
  return { kind: 'whole', response, areRangesUnusable }
}
