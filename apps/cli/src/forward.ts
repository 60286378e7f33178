import { reasonOf } from './api.ts'

/** A delivery as it comes over the connection. */
export interface Delivery {
  deliveryId: string
  eventId: string
  attempt: number
  headers: Record<string, string>
  /** The exact text that is signed. */
  body: string
}
/** `status` null: there was no whole answer, and `error` says why. */
export interface ForwardedAnswer {
  status: number | null
  error?: string
  headers?: Record<string, string>
  body?: string
}

/** The service gives an exchange 20 s; ours is to be back before. */
const patienceMs = 18_000
/** As much as the service keeps. */
const maxAnswerBytes = 16_384
const maxErrorLength = 500

/** POSTs a delivery as it came. Redirects are answers like any other, as they are for the service. */
export async function forward({ headers, body }: Delivery, target: string): Promise<ForwardedAnswer> {
  const signal = AbortSignal.timeout(patienceMs)
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: { ...headers, 'accept-encoding': 'identity' },
      body,
      redirect: 'manual',
      signal,
    })
    const text = await readAtMost(response, maxAnswerBytes)
    return { status: response.status, headers: sendable(response.headers), body: plain(text) }
  } catch (error) {
    const reason = signal.aborted ? `no answer in ${patienceMs / 1000} s` : reasonOf(error)
    return { status: null, error: plain(reason).slice(0, maxErrorLength) }
  }
}

async function readAtMost(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.length
    // Leaving the loop closes the connection.
    if (bytes >= maxBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8')
}

/** A cookie is nothing that the service has use for. */
function sendable(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name !== 'set-cookie').map(([name, value]) => [name, plain(value)]),
  )
}

/** JSON texts that the service takes have no NUL. */
function plain(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed()
}
