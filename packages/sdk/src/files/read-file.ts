import { BackhaulError } from '../errors.ts'
import { connectionError, type Transport } from '../http/transport.ts'
import type { RequestOptions } from '../request-options.ts'
import { path } from '../rules/path.ts'
import { retryDelayMs } from '../rules/retry-policy.ts'
import { type OpenFile, openByFetch } from './file-body.ts'

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
  open: OpenFile = openByFetch,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal } = options
  const url = path`/v1/tasks/${id}/file`
  let at = offset
  for (let attempts = 1; ; attempts++) {
    try {
      const headers = { ...options.headers, ...(at > 0 ? { range: `bytes=${at}-` } : {}) }
      const { isPart, bytes, chunks } = await open(transport, url, { ...options, headers })
      // Who gives the whole file instead is skipped through.
      let skip = isPart ? 0 : at
      const end = isPart ? at + bytes : bytes
      for await (const chunk of chunks) {
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
