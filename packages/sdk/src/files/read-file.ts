import { BackhaulError } from '../errors.ts'
import { readBody } from '../http/read-body.ts'
import { connectionError, type Transport } from '../http/transport.ts'
import type { RequestOptions } from '../request-options.ts'
import { path } from '../rules/path.ts'
import { retryDelayMs } from '../rules/retry-policy.ts'

export interface ReadOptions extends Pick<RequestOptions, 'signal' | 'timeoutMs' | 'maxRetries' | 'headers'> {
  /** The first byte that is read. Default: 0. */
  offset?: number | undefined
}

/**
 * The bytes of a task's file. When the link breaks, a new one goes on from there, as often as it gets further. `timeoutMs` is how long
 * nothing may come. Throws a BackhaulError, or the signal's reason.
 */
export async function* readFile(
  transport: Transport,
  id: string,
  { offset = 0, maxRetries = 3, ...options }: ReadOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal } = options
  const url = path`/v1/tasks/${id}/file`
  let at = offset
  for (let attempts = 1; ; attempts++) {
    try {
      const headers = { ...options.headers, ...(at > 0 ? { range: `bytes=${at}-` } : {}) }
      const { response, deadline } = await transport.open(url, { ...options, headers })
      // Who gives the whole file instead is skipped through.
      let skip = response.status === 206 ? 0 : at
      const end = skip > 0 || at === 0 ? lengthOf(response) : at + lengthOf(response)
      for await (const chunk of readBody(response.body!, deadline)) {
        const fresh = chunk.subarray(skip)
        skip -= chunk.length - fresh.length
        if (fresh.length === 0) continue
        at += fresh.length
        attempts = 1
        yield fresh
      }
      if (!(at < end)) return
      throw connectionError(`it ended after ${at} of ${end} bytes`, 'the file', false)
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      const failure = error instanceof BackhaulError ? error : connectionError(error, 'the file', false)
      const delayMs = retryDelayMs(failure, attempts, maxRetries, Math.random())
      if (delayMs === null) throw failure
      await transport.pause(failure, delayMs, signal)
    }
  }
}

/** Of what comes; NaN: it is not said, or a coding is taken off on the way. */
function lengthOf({ headers }: Response): number {
  return headers.has('content-encoding') ? Number.NaN : Number(headers.get('content-length') ?? Number.NaN)
}
