import type { WebhookAnswer, WebhookRequest, WebhookSender } from '../app/ports.ts'
import { parseRetryAfter } from '../domain/retry-after.ts'
import { TransferFault } from '../domain/task-error.ts'
import { checkUrl } from '../domain/url.ts'
import type { EgressGuard } from './egress-guard.ts'
import { exchange, userAgent } from './source-http.ts'

/** POSTs behind the guard. Redirects are answers like any other; nothing is decompressed. `now` (Unix ms) reads Retry-After dates. */
export function createWebhookSender(guard: EgressGuard, now: () => number = Date.now): WebhookSender {
  return {
    async post(request) {
      request.signal.throwIfAborted()
      const checked = checkUrl(request.url, { allowed: guard.allowed, httpsOnly: true })
      if ('code' in checked) return noAnswer(`${checked.code}: ${checked.detail}`)
      const controller = new AbortController()
      const onAbort = () => controller.abort(request.signal.reason)
      request.signal.addEventListener('abort', onAbort, { once: true })
      const timer = setTimeout(() => controller.abort(timedOut()), request.timeoutMs)
      try {
        return await send(guard, { ...request, url: checked.url, signal: controller.signal }, now)
      } catch (error) {
        const reason: unknown = controller.signal.aborted ? controller.signal.reason : error
        if (request.signal.aborted || !(reason instanceof TransferFault)) throw reason
        return noAnswer(`${reason.fault}: ${reason.message}`)
      } finally {
        clearTimeout(timer)
        request.signal.removeEventListener('abort', onAbort)
      }
    },
  }
}

async function send(guard: EgressGuard, request: WebhookRequest, now: () => number): Promise<WebhookAnswer> {
  const { url, body, headers, signal, maxAnswerBytes } = request
  const dialled = await guard.dial(url, { signal })
  try {
    const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
    const fields: [string, string][] = [
      ['Accept-Encoding', 'identity'],
      ['Content-Length', String(Buffer.byteLength(body))],
      ...Object.entries(headers),
    ]
    if (!given.has('user-agent')) fields.push(['User-Agent', userAgent])
    const answer = await exchange(dialled, { method: 'POST', url, fields, body }, signal)
    const read = await readAtMost(answer.body, maxAnswerBytes)
    return {
      status: answer.status,
      error: null,
      body: read.toString('utf8'),
      retryAfterSeconds: parseRetryAfter(answer.headers['retry-after'], now()),
    }
  } finally {
    dialled.socket.destroy()
  }
}

/** Reads no further once it has enough: leaving the loop drops the connection. */
async function readAtMost(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= maxBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maxBytes)
}

function timedOut(): TransferFault {
  return new TransferFault('timedOut', 'The endpoint did not answer in time.')
}

function noAnswer(error: string): WebhookAnswer {
  return { status: null, error, body: '', retryAfterSeconds: null }
}
