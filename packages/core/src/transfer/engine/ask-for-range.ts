import type { TransferJob } from '../../transfers/transfer-store.ts'
import { type RangeAnswer, readRangeAnswer } from './rules/range-resume.ts'
import type { Source, SourceResponse } from './source.ts'

export interface AskedRange {
  from: number
  /** Absent: to the end. */
  last?: number
  /** Of the whole resource. */
  total: number | null
  /** A strong ETag. */
  validator: string
}

/** Asks for a task's resource, always at the URL that the client gave: what it redirects to may be good for one time only. */
export interface RangeAsker {
  askForAll(): Promise<SourceResponse>
  askForRange(range: AskedRange): Promise<{ answer: RangeAnswer; response: SourceResponse }>
}

export function createRangeAsker(
  source: Source,
  { task, configuration }: TransferJob,
  signal: AbortSignal,
): RangeAsker {
  const request = {
    url: task.request.url,
    tenantId: task.tenantId,
    headers: mergeHeaders(configuration.httpAdditionalHeaders, task.request.headers),
    idleTimeoutMs: configuration.timeoutIntervalForRequest * 1000,
    signal,
  }
  /** Some CDNs answer 200 whenever there is an If-Range, also when the tag is the right one. */
  let ifRangeHelps = true
  const ask = async (asked: AskedRange, withIfRange: boolean) => {
    const { from, last } = asked
    const validator = withIfRange ? asked.validator : null
    const response = await source.open({
      ...request,
      range: { from, validator, ...(last === undefined ? {} : { last }) },
    })
    return { answer: readRangeAnswer(asked, response), response }
  }
  return {
    askForAll: () => source.open(request),
    async askForRange(asked) {
      const withIfRange = ifRangeHelps
      const first = await ask(asked, withIfRange)
      if (first.answer.kind !== 'wholeOfSame' || !withIfRange) return first
      // Once more without it; the answer's own tag then tells the version.
      first.response.discard()
      ifRangeHelps = false
      return await ask(asked, false)
    },
  }
}

/** Session headers first; a task's header of the same name wins, whatever its case. */
function mergeHeaders(session: Record<string, string>, task: Record<string, string>): Record<string, string> {
  const own = new Set(Object.keys(task).map((name) => name.toLowerCase()))
  const rest = Object.entries(session).filter(([name]) => !own.has(name.toLowerCase()))
  return { ...Object.fromEntries(rest), ...task }
}
