/** A client of several APIs that repeats a request until it has a response that settles it. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface SoakClient {
  /**
   * The settling response: 2xx, or a 4xx that another try does not change. POSTs carry `key` as their Idempotency-Key. Rejects
   * when the signal is aborted.
   */
  send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    key?: string,
  ): Promise<{ status: number; body: T }>
  /** Sends so far, and those that settled nothing. */
  counts: { sent: number; repeated: number }
}

const requestMs = 15_000
const repeatMs = 300
/** Come again: too many requests; the first request with this key is still running. */
const isPassing = (status: number, body: unknown) =>
  status >= 500 || status === 429 || (status === 409 && codeOf(body).startsWith('idempotency'))
const codeOf = (body: unknown) => String((body as { code?: unknown } | null)?.code)

export function createSoakClient(urls: readonly string[], token: string, signal: AbortSignal): SoakClient {
  const counts = { sent: 0, repeated: 0 }
  let turn = 0
  return {
    counts,
    async send<T>(method: string, path: string, body?: unknown, key?: string) {
      for (;;) {
        signal.throwIfAborted()
        counts.sent += 1
        const settled = await fetch(urls[turn++ % urls.length]! + path, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(key === undefined ? {} : { 'idempotency-key': key }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
        })
          .then(async (response) => {
            const text = await response.text()
            return { status: response.status, body: (text ? JSON.parse(text) : null) as T }
          })
          .catch(() => null)
        if (settled !== null && !isPassing(settled.status, settled.body)) return settled
        counts.repeated += 1
        await sleep(repeatMs)
      }
    },
  }
}
