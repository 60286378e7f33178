import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { batchSize, createSpanBatches, mostWaiting } from './span-batches.ts'

export interface SpanSender {
  /** A span in the collector's language. */
  add(span: string): void
  /** Sends what is left, or gives up after `withinMs`. Nothing is sent behind it. */
  close(withinMs: number): Promise<void>
}

export interface SenderSettings {
  url: string
  headers: Record<string, string>
  /** How long a span waits for others at most. */
  delayMs: number
  /** What a request has around its spans. */
  around: { before: string; after: string }
  /** Called with the reason why spans are lost. */
  onLost(why: string): void
}

const timeoutMs = 10_000
/** Pauses before a batch is sent again that the collector could not take; then it is lost. */
const pausesMs = [1_000, 2_000, 4_000]
/** The specification of OTLP/HTTP; 0: there was no answer. */
const mayTryAgain = [0, 429, 502, 503, 504]

/** Sends spans in batches, one request at a time. Spans beyond those that may wait are lost. */
export function createSpanSender({ url, headers, delayMs, around, onLost }: SenderSettings): SpanSender {
  const isTls = url.startsWith('https:')
  const agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 })
  const closing = new AbortController()
  const batches = createSpanBatches(around)
  let lost = 0
  let timer: NodeJS.Timeout | null = null
  let sending: Promise<void> | null = null

  /** Until less than a batch is left; `all`: until nothing is. */
  async function sendWaiting(all: boolean): Promise<void> {
    for (let batch = batches.take(all); batch !== null; batch = batches.take(all)) {
      const why = await deliver(batch.body)
      if (why !== null) onLost(`${batch.spans} spans: ${why}`)
      if (lost > 0) onLost(`${lost} spans: more than ${mostWaiting} were waiting`)
      lost = 0
    }
  }

  function start(all: boolean): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    sending = sendWaiting(all).finally(() => {
      sending = null
      if (batches.waiting() > 0) schedule()
    })
  }

  function schedule(): void {
    if (batches.waiting() >= batchSize) start(false)
    else timer ??= setTimeout(start, delayMs, true).unref()
  }

  /** Returns why the collector has not taken it; null: it has. */
  async function deliver(body: Buffer): Promise<string | null> {
    for (let attempt = 0; ; attempt++) {
      const { status, why } = await post(body)
      if (status >= 200 && status < 300) return null
      const pauseMs = pausesMs[attempt]
      if (pauseMs === undefined || !mayTryAgain.includes(status) || closing.signal.aborted) return why
      await sleep(pauseMs, undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
  }

  function post(body: Buffer): Promise<{ status: number; why: string }> {
    return new Promise((resolve) => {
      const failed = (error: Error) => resolve({ status: 0, why: error.message || error.name })
      const options = {
        method: 'POST',
        agent,
        timeout: timeoutMs,
        headers: { ...headers, 'content-type': 'application/json', 'content-length': body.byteLength },
      }
      const request = (isTls ? httpsRequest : httpRequest)(url, options, (response) => {
        const status = response.statusCode!
        response.on('error', failed).on('end', () => resolve({ status, why: `the collector answered ${status}` }))
        response.resume()
      })
      request.on('error', failed).on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)))
      request.end(body)
    })
  }

  return {
    add(span) {
      if (closing.signal.aborted) return
      if (!batches.add(span)) lost += 1
      else if (sending === null) schedule()
    },
    async close(withinMs) {
      closing.abort()
      if (timer !== null) clearTimeout(timer)
      const late = sleep(withinMs, undefined, { ref: false })
      const sent = (async () => {
        await sending
        await sendWaiting(true)
      })()
      await Promise.race([sent, late])
      agent.destroy()
    },
  }
}
