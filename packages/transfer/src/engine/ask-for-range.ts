import { type RangeResponse, readRangeResponse } from '../source/rules/range-resume.ts'
import type { Source, SourceResponse } from '../source/source.ts'
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

/** Requests a resource, always at the URL that was given, because the target of a redirect may work only once. */
export interface RangeAsker {
  askForAll(): Promise<SourceResponse>
  askForRange(range: AskedRange): Promise<{ meaning: RangeResponse; response: SourceResponse }>
}

export function createRangeAsker(
  source: Source,
  { url, headers, connectionScope, idleTimeoutMs }: DownloadRequest,
  signal: AbortSignal,
): RangeAsker {
  const request = { url, headers, connectionScope, idleTimeoutMs, signal }
  /** Some CDNs answer 200 whenever there is an If-Range, also when the tag is the right one. */
  let ifRangeHelps = true
  const ask = async (asked: AskedRange, withIfRange: boolean) => {
    const { from, last } = asked
    const validator = withIfRange ? asked.validator : null
    const response = await source.open({
      ...request,
      range: { from, validator, ...(last === undefined ? {} : { last }) },
    })
    return { meaning: readRangeResponse(asked, response), response }
  }
  return {
    askForAll: () => source.open(request),
    async askForRange(asked) {
      const withIfRange = ifRangeHelps
      const first = await ask(asked, withIfRange)
      if (first.meaning.kind !== 'wholeOfSame' || !withIfRange) return first
      // Asked once more without it; then the response's own tag tells the version.
      first.response.discard()
      ifRangeHelps = false
      return await ask(asked, false)
    },
  }
}
