import { type RangeResponse, readRangeResponse } from '../source/rules/range-resume.ts'
import type { Source, SourceResponse } from '../source/source.ts'
import type { DownloadRequest } from './download-request.ts'

export interface AskedRange {
  from: number
  /** Absent: to the end. */
  last?: number
  /** Of the whole resource. */
  total: number | null
  /** A strong ETag. */
  validator: string
}

/** Asks for a resource, always at the URL that was given: what it redirects to may be good for one time only. */
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
      // Once more without it; the response's own tag then tells the version.
      first.response.discard()
      ifRangeHelps = false
      return await ask(asked, false)
    },
  }
}
