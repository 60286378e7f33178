import { CommandError } from './terminal.ts'

const timeoutMs = 15_000

/** A response that is not 2xx, with the text of its problem document (RFC 9457). */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
  readonly status: number
  readonly code: string
  /** The delay before a retry, in ms; null when unknown. */
  readonly retryAfterMs: number | null
  constructor(status: number, code: string, message: string, retryAfterMs: number | null) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** The HTTP API with a key. Calls throw ApiRefusal for a response that is not 2xx, and the error of `fetch` when there is none. */
export interface Api {
  send<T>(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<T>
  /** A response without an end; `signal` ends it. */
  stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>
}

export function createApi(url: string, key: string): Api {
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${key}` }
    const response = await fetch(url + path, { ...init, headers, redirect: 'error' })
    if (!response.ok) throw await refusalOf(response)
    return response
  }
  return {
    async send<T>(method: string, path: string, body?: unknown) {
      const given =
        body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      const response = await ask(path, { method, ...given, signal: AbortSignal.timeout(timeoutMs) })
      const text = await response.text()
      return (text === '' ? null : JSON.parse(text)) as T
    },
    async stream(path, signal) {
      const { body } = await ask(path, { headers: { accept: 'text/event-stream' }, signal })
      return body!
    },
  }
}

interface Problem {
  code?: string
  detail?: string
  title?: string
  errors?: { pointer: string; detail: string }[]
}

async function refusalOf(response: Response): Promise<ApiRefusal> {
  const text = await response.text().catch(() => '')
  const { code = '', detail, title, errors = [] } = problemIn(text)
  const details = errors.map((error) => `\n  ${error.pointer}: ${error.detail}`).join('')
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const words = `${response.status} ${title ?? response.statusText}${detail === undefined ? '' : `: ${detail}`}${details}`
  return new ApiRefusal(response.status, code, words, Number.isFinite(seconds) ? seconds * 1000 : null)
}

function problemIn(text: string): Problem {
  try {
    return JSON.parse(text) as Problem
  } catch {
    // The response is from a proxy on the way.
    return {}
  }
}

/** Whether a retry would give the same result. */
export function isFinal(error: unknown): error is ApiRefusal {
  return (
    error instanceof ApiRefusal && error.status >= 400 && error.status < 500 && ![408, 425, 429].includes(error.status)
  )
}

/** The error that ends a command. A refused request body means that the command was called wrongly. */
export function commandErrorOf(error: unknown): CommandError {
  if (error instanceof CommandError) return error
  if (error instanceof ApiRefusal) return new CommandError(error.message, error.status === 400 ? 2 : 1)
  return new CommandError(`the API cannot be reached: ${reasonOf(error)}`)
}

/** Why `fetch` failed: the message of the error's cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  // Both addresses of a name were tried.
  const inner = cause instanceof AggregateError ? cause.errors.at(-1) : cause
  if (!(inner instanceof Error)) return error.message
  return inner.message || ((inner as NodeJS.ErrnoException).code ?? error.message)
}
