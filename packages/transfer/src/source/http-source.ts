import type { Dialled, EgressGuard } from '../egress/guard.ts'
import type { DialStep } from '../egress/route.ts'
import { type Hop, maxRedirects, nextHop, redirectStatuses } from '../egress/rules/redirect.ts'
import { withoutConditions } from '../egress/rules/request-headers.ts'
import { createConnectionPool } from '../http/connection-pool.ts'
import { type ByteConsumer, type HttpResponse, receiveResponse, sendHead } from '../http/exchange.ts'
import type { MinimumRate } from '../http/idle-timeout.ts'
import type { Transaction } from '../http/rules/transaction.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { AttemptFailure } from './rules/attempt-failure.ts'
import type { Source, SourceRequest, SourceResponse } from './source.ts'
import { type Attempt, startAttempt } from './source-attempt.ts'

export const userAgent = 'Backhaul/0.1'
/** A head that comes byte by byte resets the idle timer for ever, so it must be complete after this many idle timeouts. */
const headIdleTimeouts = 5
const idleConnections = { idleMs: 4_000, maxIdle: 128 }

export interface HttpSource extends Source {
  /** Closes the idle connections. */
  close(): Promise<void>
}

/**
 * The source behind the guard. A connection whose response was read to its end serves another request of the same scope to
 * the same origin. `now` (Unix ms) stamps the transactions.
 */
export function createHttpSource(
  guard: EgressGuard,
  { now = Date.now, minimumRate }: { now?: () => number; minimumRate?: MinimumRate } = {},
): HttpSource {
  const idle = createConnectionPool<Dialled>(idleConnections)
  return {
    async open(request) {
      const attempt = startAttempt(request, minimumRate)
      const transactions: Transaction[] = []
      try {
        return await followRedirects({ guard, idle, now, attempt, transactions }, request)
      } catch (error) {
        const reason: unknown = attempt.signal.aborted ? attempt.signal.reason : error
        attempt.end()
        throw reason instanceof TransferError ? new AttemptFailure(reason, { transactions }) : reason
      }
    },
    close: async () => idle.close(),
  }
}

interface RequestContext {
  guard: EgressGuard
  idle: ReturnType<typeof createConnectionPool<Dialled>>
  now: () => number
  attempt: Attempt
  transactions: Transaction[]
}

async function followRedirects(context: RequestContext, request: SourceRequest): Promise<SourceResponse> {
  const { guard, attempt, transactions } = context
  let hop: Hop = request
  for (;;) {
    const transaction = newTransaction(hop.url, request.range?.from ?? null)
    transactions.push(transaction)
    const { response, connection, letGo } = await ask(context, hop, request, transaction)
    if (!redirectStatuses.has(response.status)) {
      const { status, headers } = response
      const read = (consumer: ByteConsumer) =>
        readBody(response, attempt, consumer, {
          onBytes: (bytes) => {
            transaction.countOfResponseBodyBytesReceived += bytes
          },
          onEnd: () => {
            transaction.responseEnd = new Date(context.now()).toISOString()
            letGo()
          },
        })
      // Until the body is read the connection is paused, so silence is not the origin's.
      return {
        url: hop.url,
        status,
        headers,
        transactions,
        isLengthVerified: response.framing !== 'close',
        read,
        discard: () => attempt.end(),
      }
    }
    connection.destroy()
    transaction.responseEnd = new Date(context.now()).toISOString()
    if (transactions.length > maxRedirects) {
      throw new TransferError('httpTooManyRedirects', `There were more than ${maxRedirects} redirects.`)
    }
    const next = nextHop(hop, response.locations, guard.policy)
    if ('failure' in next) throw new TransferError(next.failure, next.detail, { status: response.status })
    hop = next
  }
}

interface Asked extends Pick<Dialled, 'connection'> {
  response: HttpResponse
  /** To be called when the response has been read. Keeps the connection if it can be reused. */
  letGo(): void
}

/** Sends one request, over a connection that was kept or a new one. */
async function ask(
  context: RequestContext,
  hop: Hop,
  request: SourceRequest,
  transaction: Transaction,
): Promise<Asked> {
  const { idle, guard, attempt } = context
  guard.check(hop.url)
  const place = `${request.connectionScope} ${new URL(hop.url).origin}`
  const kept = idle.take(place)
  if (kept) {
    // A server may close a connection just as it is used again; a GET is then asked once more (RFC 9112 §9.3.1).
    const before = kept.connection.bytesReceived()
    const asked = await askOver(context, kept, place, hop, request, transaction).catch((error: unknown) => {
      if (attempt.signal.aborted || kept.connection.bytesReceived() > before) throw error
      return null
    })
    if (asked) return asked
  }
  const onStep = (step: DialStep) => {
    transaction[step] = new Date(context.now()).toISOString()
    attempt.idle.reset()
  }
  const dialled = await guard.dial(hop.url, { signal: attempt.signal, onStep })
  return await askOver(context, dialled, place, hop, request, transaction)
}

async function askOver(
  { attempt, idle, now }: RequestContext,
  dialled: Dialled,
  place: string,
  hop: Hop,
  request: SourceRequest,
  transaction: Transaction,
): Promise<Asked> {
  const { connection, addressClass } = dialled
  const { signal } = attempt
  const { host, pathname, search } = new URL(hop.url)
  const onAbort = () => connection.destroy()
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  transaction.remoteAddressClass = addressClass
  attempt.idle.watch(connection)
  transaction.requestStart = new Date(now()).toISOString()
  sendHead(connection, {
    method: 'GET',
    target: `${pathname}${search}`,
    fields: [['Host', host], ...requestFields(hop, request)],
  })
  const limitMs = headIdleTimeouts * request.idleTimeoutMs
  const response = await attempt.within(limitMs, receiveResponse(connection, 'GET')).catch((error: unknown) => {
    signal.removeEventListener('abort', onAbort)
    connection.destroy()
    throw error
  })
  transaction.responseStart = new Date(now()).toISOString()
  transaction.status = response.status
  transaction.protocol = `http/${response.version}`
  return {
    response,
    connection,
    letGo() {
      signal.removeEventListener('abort', onAbort)
      if (response.isReusable()) idle.keep(place, dialled)
      else connection.destroy()
    },
  }
}

async function readBody(
  response: HttpResponse,
  attempt: Attempt,
  consumer: ByteConsumer,
  { onBytes, onEnd }: { onBytes(bytes: number): void; onEnd(): void },
): Promise<void> {
  try {
    attempt.signal.throwIfAborted()
    attempt.idle.reset()
    await response.read((bytes, release) => {
      onBytes(bytes.length)
      consumer(bytes, release)
    })
  } catch (error) {
    throw attempt.signal.aborted ? attempt.signal.reason : error
  } finally {
    onEnd()
    attempt.end()
  }
}

function requestFields({ headers }: Hop, { range }: SourceRequest): [string, string][] {
  const own: [string, string][] = [['Accept-Encoding', 'identity']]
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  if (!given.has('accept')) own.push(['Accept', '*/*'])
  if (!given.has('user-agent')) own.push(['User-Agent', userAgent])
  if (range) {
    own.push(['Range', `bytes=${range.from}-${range.last ?? ''}`])
    if (range.validator !== null) own.push(['If-Range', range.validator])
  }
  return [...own, ...Object.entries(withoutConditions(headers))]
}

function newTransaction(url: string, resumedFrom: number | null): Transaction {
  const { origin, pathname } = new URL(url)
  return {
    url: `${origin}${pathname}`,
    status: null,
    protocol: 'http/1.1',
    remoteAddressClass: null,
    domainLookupStart: null,
    domainLookupEnd: null,
    connectStart: null,
    secureConnectionStart: null,
    connectEnd: null,
    requestStart: null,
    responseStart: null,
    responseEnd: null,
    countOfResponseBodyBytesReceived: 0,
    resumedFrom,
  }
}
