import { reasonOf } from './reason-of.ts'

/** A delivery as received over the connection. */
export interface IncomingDelivery {
  deliveryId: string
  eventId: string
  attempt: number
  headers: Record<string, string>
  /** The exact signed text. */
  body: string
}
/** `status` is null when there was no response, and `error` says why. `note` says why the body of a response is incomplete. */
export interface ForwardedResponse {
  status: number | null
  error?: string
  note?: string
  headers?: Record<string, string>
  body?: string
}

/** Shorter than the 20 s that the service waits, so that the response is back in time. */
const timeoutMs = 18_000
/** The service keeps as many bytes. */
const maxResponseBytes = 16_384
const maxErrorLength = 500

/** POSTs a delivery as it came. Redirects are responses like any other, as they are for the service. */
export async function forward({ headers, body }: IncomingDelivery, target: string): Promise<ForwardedResponse> {
  const signal = AbortSignal.timeout(timeoutMs)
  const why = (error: unknown, late: string) => plain(signal.aborted ? late : reasonOf(error)).slice(0, maxErrorLength)
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: { ...headers, 'accept-encoding': 'identity' },
      body,
      redirect: 'manual',
      signal,
    })
    const { body: text, broken } = await readBeginning(response)
    const told = { status: response.status, headers: sendable(response.headers), body: plain(text) }
    // The status decides, even if reading the body fails.
    return broken === null ? told : { ...told, note: `The body broke off: ${why(broken, 'it did not end in time')}` }
  } catch (error) {
    return { status: null, error: why(error, `no answer in ${timeoutMs / 1000} s`) }
  }
}

/** A little more than the service keeps, so that it notices a longer body. */
async function readBeginning(response: Response): Promise<{ body: string; broken: unknown }> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  let broken: unknown = null
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      bytes += chunk.length
      // Leaving the loop closes the connection.
      if (bytes > maxResponseBytes) break
    }
  } catch (error) {
    broken = error
  }
  return {
    body: Buffer.concat(chunks)
      .subarray(0, maxResponseBytes + 1)
      .toString('utf8'),
    broken,
  }
}

/** The service has no use for cookies. */
function sendable(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name !== 'set-cookie').map(([name, value]) => [name, plain(value)]),
  )
}

/** Removes NUL, which the service refuses in JSON texts. */
function plain(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed()
}
