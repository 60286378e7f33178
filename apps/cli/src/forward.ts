import { reasonOf } from './api.ts'

/** A delivery as it comes over the connection. */
export interface IncomingDelivery {
  deliveryId: string
  eventId: string
  attempt: number
  headers: Record<string, string>
  /** The exact text that is signed. */
  body: string
}
/** `status` null: there was no response, and `error` says why. `note`: why the body of one that there was is not whole. */
export interface ForwardedResponse {
  status: number | null
  error?: string
  note?: string
  headers?: Record<string, string>
  body?: string
}

/** The service gives an exchange 20 s; ours is to be back before. */
const timeoutMs = 18_000
/** As much as the service keeps. */
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
    // The status is the response, whatever becomes of the body.
    return broken === null ? told : { ...told, note: `The body broke off: ${why(broken, 'it did not end in time')}` }
  } catch (error) {
    return { status: null, error: why(error, `no answer in ${timeoutMs / 1000} s`) }
  }
}

/** A little more than the service keeps, so that it sees that there was more. */
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
