import type { Settings } from '../client-options.ts'
import { BackhaulError, ConnectionError } from '../errors.ts'
import type { RequestOptions } from '../request-options.ts'
import { queryString } from '../rules/query.ts'
import { retryDelayMs } from '../rules/retry-policy.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { errorOfResponse, unexpected } from './error-of-response.ts'
import { readText } from './read-text.ts'
import { sleep } from './sleep.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a request carries. */
export interface Payload {
  query?: object | undefined
  /** Sent as JSON; a string is JSON already. */
  body?: object | string | undefined
  /** It makes something, so it gets an Idempotency-Key. */
  creates?: boolean
}

export interface Transport {
  /** Whether requests go by the global `fetch`, and not by one of the user's. */
  readonly usesGlobalFetch: boolean
  /** Calls the service, again where that helps, and returns what it says. Throws a BackhaulError, or the signal's reason. */
  call<T>(method: Method, path: string, options?: RequestOptions, payload?: Payload): Promise<T>
  /**
   * One attempt at a GET whose body is read by the caller, who closes the deadline. A redirect is followed, or with `manual` returned.
   * Throws as `call` does.
   */
  open(
    path: string,
    options?: RequestOptions & { redirect?: 'follow' | 'manual' },
  ): Promise<{ response: Response; deadline: Deadline }>
  /** Waits before the next attempt, and says so. Rejects with the signal's reason. */
  pause(error: BackhaulError, delayMs: number, signal: AbortSignal | undefined): Promise<void>
}

export function createTransport(settings: Settings): Transport {
  const { baseUrl } = settings

  /** Throws a ConnectionError when there is no response. `read` is part of the attempt: a body may break off, too. */
  async function attempt<T>(
    url: string,
    init: RequestInit & { headers: Record<string, string> },
    deadline: Deadline,
    outer: AbortSignal | undefined,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const authorization = settings.apiKey && { authorization: `Bearer ${await settings.apiKey()}` }
    const headers = { ...authorization, ...init.headers }
    // What no request can carry is a mistake of the caller, and no fault of the network.
    new Headers(headers)
    try {
      return await read(await settings.fetch(url, { ...init, headers, signal: deadline.signal }))
    } catch (error) {
      if (outer?.aborted) throw outer.reason
      throw error instanceof BackhaulError ? error : connectionError(error, baseUrl, deadline.passed())
    }
  }

  function pause(error: BackhaulError, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    settings.onRetry?.({ error, delayMs })
    return sleep(delayMs, signal)
  }

  return {
    usesGlobalFetch: settings.usesGlobalFetch,
    pause,
    async call<T>(method: Method, path: string, options: RequestOptions = {}, payload: Payload = {}): Promise<T> {
      const { query, body, creates } = payload
      const headers = {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(creates ? { 'idempotency-key': options.idempotencyKey ?? crypto.randomUUID() } : {}),
        ...options.headers,
      }
      const text = typeof body === 'object' ? JSON.stringify(body) : body
      // A redirect would turn a POST into a GET, and lose the key on its way to another host.
      const redirect = 'manual' as const
      const init = { method, headers, redirect, ...(text === undefined ? {} : { body: text }) }
      const url = baseUrl + path + queryString(query)
      // The service itself takes so long to answer.
      const waitMs = 1000 * ((query as { wait?: number } | undefined)?.wait ?? 0)
      for (let attempts = 1; ; attempts++) {
        const deadline = startDeadline(options.signal, waitMs + (options.timeoutMs ?? settings.timeoutMs))
        try {
          return await attempt(url, init, deadline, options.signal, (response) => readAnswer<T>(response, method))
        } catch (error) {
          if (!(error instanceof BackhaulError)) throw error
          const maxRetries = options.maxRetries ?? settings.maxRetries
          const delayMs = retryDelayMs(error, attempts, maxRetries, Math.random())
          if (delayMs === null) throw error
          await pause(error, delayMs, options.signal)
        } finally {
          deadline.close()
        }
      }
    },

    async open(path, { redirect = 'follow', ...options } = {}) {
      const deadline = startDeadline(options.signal, options.timeoutMs ?? settings.timeoutMs)
      const init = { headers: { ...options.headers }, redirect }
      try {
        return await attempt(baseUrl + path, init, deadline, options.signal, async (response) => {
          const isRedirect = redirect === 'manual' && response.headers.has('location')
          if (!response.ok && !isRedirect) throw errorOfResponse(response, await readText(response))
          return { response, deadline }
        })
      } catch (error) {
        deadline.close()
        throw error
      }
    },
  }
}

async function readAnswer<T>(response: Response, method: Method): Promise<T> {
  const text = await readText(response)
  if (!response.ok) throw errorOfResponse(response, text)
  if (response.status === 204 && method !== 'GET') return undefined as T
  const type = response.headers.get('content-type') ?? ''
  if (/jose|csv/.test(type)) return text as T
  try {
    const answer: unknown = /[/+]json\b/.test(type) && JSON.parse(text)
    if (answer && typeof answer === 'object') return answer as T
  } catch {
    // It only calls itself JSON: not from the service either, and the error below quotes it.
  }
  throw new BackhaulError(unexpected(response, text))
}

/** As one error for every runtime; they word it differently, and most keep the reason in `cause`. */
export function connectionError(cause: unknown, address: string, timedOut: boolean): ConnectionError {
  const { message, cause: reason } = cause as { message?: string; cause?: { code?: string; message?: string } }
  const why = timedOut ? 'not in time' : (reason?.code ?? reason?.message ?? message ?? String(cause))
  const problem = {
    code: timedOut ? ('timeout' as const) : ('connection_failed' as const),
    status: 0,
    detail: `no response from ${address}: ${why}`,
    fix: 'Is the service running, and is baseUrl its address?',
  }
  return new ConnectionError(problem, { cause })
}
