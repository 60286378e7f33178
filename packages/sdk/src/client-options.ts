import type { BackhaulError } from './errors.ts'

/** How a client reaches the service. */
export interface ClientOptions {
  /**
   * `bh_…`, or an operator's token for `admin`. A function is asked before each attempt. Default: `BACKHAUL_API_KEY`.
   * `null`: none is sent, because the cookie of a browser, or a proxy, says who asks.
   */
  apiKey?: string | (() => string | Promise<string>) | null | undefined
  /** Where the service is, without `/v1`. Default: `BACKHAUL_URL`, or `http://127.0.0.1:8080`. In a browser, a path to your proxy does. */
  baseUrl?: string | undefined
  /** Instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined
  /** How often a call is repeated after network faults, 429 and 503. Default: 3. */
  maxRetries?: number | undefined
  /** For each attempt, in milliseconds. Default: 60,000. */
  timeoutMs?: number | undefined
  /** Called before a call is repeated, with what went wrong and the delay in milliseconds. */
  onRetry?: ((why: { error: BackhaulError; delayMs: number }) => void) | undefined
}

export interface Settings {
  /** Null: none is sent. */
  apiKey: (() => string | Promise<string>) | null
  baseUrl: string
  fetch: typeof globalThis.fetch
  /** Whether that is the global one. */
  usesGlobalFetch: boolean
  maxRetries: number
  timeoutMs: number
  onRetry: ClientOptions['onRetry']
}

/** Throws a TypeError that says what is wrong with them, and shows neither a key nor a password. */
export function settingsOf(options: ClientOptions): Settings {
  const { BACKHAUL_API_KEY, BACKHAUL_URL } =
    (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env ?? {}
  const { apiKey = BACKHAUL_API_KEY, baseUrl = BACKHAUL_URL || 'http://127.0.0.1:8080' } = options
  if (!apiKey && apiKey !== null) throw new TypeError('the API key is missing: give apiKey, or set BACKHAUL_API_KEY')
  // Only a browser, or a fetch of yours, can complete a path.
  const takesPaths = options.fetch !== undefined || 'location' in globalThis
  return {
    apiKey: apiKey === null ? null : keyOf(apiKey),
    baseUrl: checkedAddress(baseUrl, takesPaths),
    // Browsers refuse to call it as a method of something else.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    usesGlobalFetch: !options.fetch,
    maxRetries: options.maxRetries ?? 3,
    timeoutMs: options.timeoutMs ?? 60_000,
    onRetry: options.onRetry,
  }
}

function keyOf(given: string | (() => string | Promise<string>)): () => string | Promise<string> {
  if (typeof given === 'function') return async () => checkedKey(await given())
  const key = checkedKey(given)
  return () => key
}

/** The line break at the end of a file is no part of the key in it. Whatever else fetch refuses, it would show in its error. */
function checkedKey(given: string): string {
  const key = String(given ?? '').trim()
  if (!/^[\x21-\x7e]+$/.test(key)) throw new TypeError('the API key is empty, or has characters that keys never have')
  return key
}

/** Without slashes at its end. */
function checkedAddress(text: string, takesPaths: boolean): string {
  const isPath = takesPaths && /^\/(?!\/)/.test(text)
  let url: URL | undefined
  try {
    url = new URL(isPath ? `http://path${text}` : text)
  } catch {}
  const shown = text.replace(/\/\/.*@/s, '//…@')
  if (!url || !/^https?:$/.test(url.protocol)) throw new TypeError(`baseUrl is no http or https URL: ${shown}`)
  if (url.username || url.password || url.search || url.hash)
    throw new TypeError(`baseUrl may have no user, password, query or fragment: ${shown}`)
  return (isPath ? '' : url.origin) + url.pathname.replace(/\/+$/, '')
}
