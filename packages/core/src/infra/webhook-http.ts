import type { WebhookAnswer, WebhookRequest, WebhookSender } from '../app/ports.ts'
import { parseRetryAfter } from '../domain/retry-after.ts'
import { TransferFault } from '../domain/task-error.ts'
import { checkUrl } from '../domain/url.ts'
import type { EgressGuard } from './egress-guard.ts'
import { EgressProxyError } from './egress-proxy-error.ts'
import { type HttpAnswer, receiveAnswer, sendHead } from './http-exchange.ts'
import { userAgent } from './source-http.ts'

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
        if (request.signal.aborted) throw reason
        if (reason instanceof TransferFault) return noAnswer(`${reason.fault}: ${reason.message}`)
        // Our own trouble, but the next attempt is due in its time all the same: there are ten over three days.
        if (reason instanceof EgressProxyError) return noAnswer(reason.message)
        throw reason
      } finally {
        clearTimeout(timer)
        request.signal.removeEventListener('abort', onAbort)
      }
    },
  }
}

async function send(guard: EgressGuard, request: WebhookRequest, now: () => number): Promise<WebhookAnswer> {
  const { url, body, headers, signal, maxAnswerBytes } = request
  const { connection } = await guard.dial(url, { signal })
  const onAbort = () => connection.destroy()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
    const { host, pathname, search } = new URL(url)
    const fields: [string, string][] = [
      ['Host', host],
      ['Connection', 'close'],
      ['Accept-Encoding', 'identity'],
      ['Content-Length', String(Buffer.byteLength(body))],
      ...Object.entries(headers),
    ]
    if (!given.has('user-agent')) fields.push(['User-Agent', userAgent])
    sendHead(connection, { method: 'POST', target: `${pathname}${search}`, fields })
    connection.socket.write(body)
    const answer = await receiveAnswer(connection, 'POST')
    const read = await readAtMost(answer, maxAnswerBytes)
    return {
      status: answer.status,
      error: null,
      body: read.toString('utf8'),
      retryAfterSeconds: parseRetryAfter(answer.headers['retry-after'], now()),
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    connection.destroy()
  }
}

/** Waits for no more than it may keep: the connection is closed then. */
async function readAtMost(answer: HttpAnswer, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  await new Promise<void>((resolve, reject) => {
    answer
      .read((chunk, release) => {
        if (bytes < maxBytes) chunks.push(Buffer.from(chunk))
        bytes += chunk.length
        release()
        if (bytes >= maxBytes) resolve()
      })
      .then(resolve, reject)
  })
  return Buffer.concat(chunks).subarray(0, maxBytes)
}

function timedOut(): TransferFault {
  return new TransferFault('timedOut', 'The endpoint did not answer in time.')
}

function noAnswer(error: string): WebhookAnswer {
  return { status: null, error, body: '', retryAfterSeconds: null }
}
