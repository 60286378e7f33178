import { userAgent } from '@backhaul/transfer'
import type { Dialled, DialStep, EgressGuard } from '@backhaul/transfer/egress'
import { EgressProxyError } from '@backhaul/transfer/egress'
import { BrokenHead, createConnectionPool, type HttpResponse, receiveResponse, sendHead } from '@backhaul/transfer/http'
import { checkUrl, parseRetryAfter, refusalText, TransferError } from '@backhaul/transfer/rules'
import { readDeliveryOrder } from '../rules/receiver-directive.ts'
import { bodyTooLong } from '../rules/retry-schedule.ts'
import type { WebhookRequest, WebhookResponse, WebhookSender } from '../webhook-sender.ts'

/** Deliveries to one receiver are far apart: a connection is rarely used again after this time. */
const idleConnections = { idleMs: 4_000, maxIdle: 64 }

/** Of HTTP. Origins have higher ones; from a receiver they say nothing. */
const maxStatus = 599

interface HttpWebhookSender extends WebhookSender {
  /** Closes idle connections. */
  close(): Promise<void>
}

/**
 * POSTs behind the guard. Redirects are responses like any other; nothing is decompressed. The status line decides: an
 * error in the rest of the response is noted, and is no reason to send the event again, because the receiver has taken
 * it. A connection whose response was read whole is kept for the next event to the same URL. `now` (Unix ms) reads
 * Retry-After dates.
 */
export function createWebhookSender(guard: EgressGuard, now: () => number = Date.now): HttpWebhookSender {
  const idle = createConnectionPool<Dialled>(idleConnections)
  return {
    async post(request) {
      request.signal.throwIfAborted()
      const checked = checkUrl(request.url, { ...guard.policy, httpsOnly: true })
      if ('code' in checked) return noResponse(`${checked.code}: ${refusalText(checked)}`)
      const controller = new AbortController()
      const onAbort = () => controller.abort(request.signal.reason)
      request.signal.addEventListener('abort', onAbort, { once: true })
      const timer = setTimeout(() => controller.abort(timedOut()), request.timeoutMs)
      let isResolving = false
      const onStep = (step: DialStep) => {
        isResolving = step === 'domainLookupStart'
      }
      try {
        const exchange = { ...request, url: checked.url, signal: controller.signal }
        const { status, headers, body, note } = await send(guard, idle, exchange, onStep)
        // The body that was asked for has not come, and the receiver is not to blame.
        if (note !== null && request.bodyTimeoutMs === undefined) request.signal.throwIfAborted()
        const retryAfterSeconds = parseRetryAfter(headers['retry-after'], now())
        const order = readDeliveryOrder(headers['webhook-delivery'])
        const text = body.toString('utf8')
        const told = { status, error: null, headers, body: text, retryAfterSeconds }
        return { ...told, ...(note !== null && { note }), ...(order && { order }) }
      } catch (error) {
        const reason: unknown = controller.signal.aborted ? controller.signal.reason : error
        if (request.signal.aborted) throw reason
        if (reason instanceof EgressProxyError) return { ...noResponse(reason.message), isInternalError: true }
        if (reason instanceof TransferError) {
          const none = noResponse(`${reason.failure}: ${reason.message}`)
          // No name server has said that the name does not exist: they, or the way to them, are away.
          const isUnnamed = reason.failure === 'dnsLookupFailed' || (isResolving && controller.signal.aborted)
          return isUnnamed ? { ...none, isInternalError: true } : none
        }
        throw reason
      } finally {
        clearTimeout(timer)
        request.signal.removeEventListener('abort', onAbort)
      }
    },
    close: async () => idle.close(),
  }
}

type Idle = ReturnType<typeof createConnectionPool<Dialled>>

async function send(guard: EgressGuard, idle: Idle, request: WebhookRequest, onStep: (step: DialStep) => void) {
  const kept = idle.take(request.url)
  if (kept) {
    // A receiver may close a connection just as it is used again. Should it have taken the event after all, it gets it twice,
    // with the same webhook-id.
    const before = kept.connection.bytesReceived()
    const sent = await sendOver(kept, idle, request).catch((error: unknown) => {
      if (request.signal.aborted || kept.connection.bytesReceived() > before) throw error
      return null
    })
    if (sent) return sent
  }
  return await sendOver(await guard.dial(request.url, { signal: request.signal, onStep }), idle, request)
}

/** `note`: why the body is not whole, or what is odd about the response. */
type Told = Pick<HttpResponse, 'status' | 'headers'> & { body: Buffer; note: string | null }

async function sendOver(dialled: Dialled, idle: Idle, request: WebhookRequest): Promise<Told> {
  const { url, headers, body, signal } = request
  const { connection } = dialled
  const onAbort = () => connection.destroy()
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  let mayKeep = false
  try {
    const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
    const { host, pathname, search } = new URL(url)
    const fields: [string, string][] = [
      ['Host', host],
      ['Accept-Encoding', 'identity'],
      ['Content-Length', String(Buffer.byteLength(body))],
      ...Object.entries(headers),
    ]
    if (!given.has('user-agent')) fields.push(['User-Agent', userAgent])
    connection.socket.cork()
    sendHead(connection, { method: 'POST', target: `${pathname}${search}`, fields })
    connection.socket.write(body)
    connection.socket.uncork()
    const response = await receiveResponse(connection, 'POST')
    if (response.status > maxStatus) throw new TransferError('cannotParseResponse', 'The status is none of HTTP.')
    const { body: text, note } = await readBody(response, request)
    mayKeep = response.isReusable()
    // As of a malformed one, only the status of an odd response counts.
    return {
      status: response.status,
      headers: response.headers,
      body: text,
      note: note ?? response.note()?.detail ?? null,
    }
  } catch (error) {
    if (!(error instanceof BrokenHead)) throw error
    return { ...error.known, body: Buffer.alloc(0), note: signal.aborted ? headTooSlow : headNote(error) }
  } finally {
    signal.removeEventListener('abort', onAbort)
    if (mayKeep) idle.keep(url, dialled)
    else connection.destroy()
  }
}

/**
 * Reads as much of the body as may be kept and comes in time. The connection is closed when that is not all of it: the
 * rest is not worth a slot or the receiver's work.
 */
async function readBody(
  response: HttpResponse,
  { maxResponseBytes, bodyTimeoutMs, signal }: WebhookRequest,
): Promise<Pick<Told, 'body' | 'note'>> {
  const chunks: Buffer[] = []
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  const note = await new Promise<string | null>((resolve) => {
    if (bodyTimeoutMs !== undefined) timer = setTimeout(() => resolve(tooSlow), bodyTimeoutMs)
    response
      .read((chunk, release) => {
        if (bytes < maxResponseBytes) chunks.push(Buffer.from(chunk))
        bytes += chunk.length
        release()
        if (bytes > maxResponseBytes) resolve(bodyTooLong(maxResponseBytes))
      })
      .then(
        () => resolve(null),
        (error: Error) => resolve(signal.aborted ? tooSlow : `The body broke off: ${error.message}`),
      )
  })
  clearTimeout(timer)
  return { body: Buffer.concat(chunks).subarray(0, maxResponseBytes), note }
}

const tooSlow = 'The body did not end in time.'
const headTooSlow = 'The head of the answer did not end in time.'

function headNote({ failure, message }: BrokenHead): string {
  const what = failure === 'cannotParseResponse' ? 'is malformed' : 'broke off'
  return `The head of the answer ${what}: ${message}`
}

function timedOut(): TransferError {
  return new TransferError('timedOut', 'The endpoint did not answer in time.')
}

function noResponse(error: string): WebhookResponse {
  return { status: null, error, body: '', retryAfterSeconds: null }
}
