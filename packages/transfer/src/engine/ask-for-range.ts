import type { Pace } from '../http/pace.ts'
import type { Transaction } from '../http/rules/transaction.ts'
import { AttemptFailure } from '../source/rules/attempt-failure.ts'
import { refusesIfRange } from '../source/rules/range-refusal.ts'
import { type RangeResponse, readRangeResponse } from '../source/rules/range-resume.ts'
import type { Source, SourceRequest, SourceResponse } from '../source/source.ts'
import type { DownloadRequest } from './download-request.ts'

export interface AskedRange {
  from: number
  /** The last byte, included. Absent: to the end. */
  last?: number
  /** Length of the whole resource. Null: not known. */
  total: number | null
  /** A strong ETag or Last-Modified. */
  validator: string
}

/** A file that comes in thousands of pieces has as many requests. */
const keptTransactions = 200

interface AskedResponse {
  meaning: RangeResponse
  response: SourceResponse
}

/** Requests a resource, always at the URL that was given, because the target of a redirect may work only once. */
export interface RangeAsker {
  /** All requests so far, those that failed included; of very many the newest. */
  readonly transactions: Transaction[]
  askForAll(): Promise<SourceResponse>
  /** `atMostMs` without a byte, and the request has timed out; absent: the download's idle timeout. */
  askForRange(range: AskedRange, atMostMs?: number): Promise<AskedResponse>
}

export function createRangeAsker(
  source: Source,
  { url, headers, connectionScope, idleTimeoutMs }: DownloadRequest,
  signal: AbortSignal,
  pace?: Pace,
): RangeAsker {
  const request = { url, headers, connectionScope, idleTimeoutMs, pace, signal }
  const transactions: Transaction[] = []
  /** Some servers answer 200, 400 or 412 whenever there is an If-Range, also when the tag is the right one. */
  let ifRangeHelps = true
  const note = (further: readonly Transaction[]) => {
    transactions.push(...further)
    transactions.splice(0, transactions.length - keptTransactions)
  }
  const open = async (more: Partial<SourceRequest> = {}) => {
    try {
      const response = await source.open({ ...request, ...more })
      note(response.transactions)
      return response
    } catch (error) {
      if (error instanceof AttemptFailure) note(error.transactions)
      throw error
    }
  }
  const ask = async (asked: AskedRange, withIfRange: boolean, atMostMs = idleTimeoutMs): Promise<AskedResponse> => {
    const { from, last } = asked
    const validator = withIfRange ? asked.validator : null
    const response = await open({
      range: { from, validator, ...(last === undefined ? {} : { last }) },
      idleTimeoutMs: Math.min(idleTimeoutMs, atMostMs),
    })
    return { meaning: readRangeResponse(asked, response), response }
  }
  return {
    transactions,
    askForAll: () => open(),
    async askForRange(asked, atMostMs) {
      const withIfRange = ifRangeHelps
      const first = await ask(asked, withIfRange, atMostMs)
      const isIgnored = first.meaning.kind === 'wholeOfSame'
      if (!withIfRange || !(isIgnored || refusesIfRange(first.response.status))) return first
      // Asked once more without it; then the response's own tag tells the version.
      first.response.discard()
      ifRangeHelps = false
      return await ask(asked, false, atMostMs)
    },
  }
}
