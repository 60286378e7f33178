import type { Dialled, EgressGuard } from '../egress/guard.ts'
import type { DialStep } from '../egress/route.ts'
import { deniedRedirect, type Hop, isRedirect, maxRedirects, nextHop } from '../egress/rules/redirect.ts'
import { createConnectionPool } from '../http/connection-pool.ts'
import { type HttpResponse, receiveResponse, sendHead } from '../http/exchange.ts'
import type { MinimumRate } from '../http/idle-timeout.ts'
import type { ByteConsumer } from '../http/response-body.ts'
import { type ResponseNote, withNote } from '../http/rules/response-note.ts'
import type { Transaction } from '../http/rules/transaction.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { type ChainCookies, createChainCookies } from './chain-cookies.ts'
import { AttemptFailure } from './rules/attempt-failure.ts'
import { newTransaction } from './rules/new-transaction.ts'
import { requestFields } from './rules/request-fields.ts'
import { userAgent as ownUserAgent } from './rules/user-agent.ts'
import type { Source, SourceRequest, SourceResponse } from './source.ts'
import { type Attempt, startAttempt } from './source-attempt.ts'

/** A head that comes byte by byte resets the idle timer for ever, so it must be complete after this many idle timeouts. */
const headIdleTimeouts = 5
const idleConnections = { idleMs: 4_000, maxIdle: 128 }

export interface HttpSourceOptions {
  /** Unix ms, stamps the transactions. */
  now?: () => number
  minimumRate?: MinimumRate
  /** Sent where a request brings no User-Agent; null or absent: Backhaul and its version. */
  userAgent?: string | null
}

export interface HttpSource extends Source {
  /** Closes the idle connections. */
  close(): Promise<void>
}

/**
 * The source behind the guard. A connection whose response was read to its end serves another request of the same scope to
 * the same origin.
 */
export function createHttpSource(
  guard: EgressGuard,
  { now = Date.now, minimumRate, userAgent: wantedUserAgent }: HttpSourceOptions = {},
): HttpSource {
  const idle = createConnectionPool<Dialled>(idleConnections)
  const userAgent = wantedUserAgent ?? ownUserAgent
  return {
    async open(request) {
      const attempt = startAttempt(request, minimumRate)
      const transactions: Transaction[] = []
      try {
        const cookies = createChainCookies()
        return await followRedirects({ guard, idle, now, userAgent, attempt, transactions, cookies }, request)
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
  userAgent: string
  attempt: Attempt
  transactions: Transaction[]
  cookies: ChainCookies
}

async function followRedirects(context: RequestContext, request: SourceRequest): Promise<SourceResponse> {
  const { guard, attempt, transactions, cookies } = context
  let hop: Hop = request
  let notes: readonly ResponseNote[] = []
  for (;;) {
    const transaction = newTransaction(hop.url, request.range?.from ?? null)
    transactions.push(transaction)
    const { response, connection, letGo } = await ask(context, hop, request, transaction).catch((error: unknown) => {
      const isDenied = error instanceof TransferError && error.failure === 'destination_denied'
      // Its name has led to a closed address. Without this the task's own host would seem to be meant.
      throw isDenied && hop !== request ? new TransferError(error.failure, deniedRedirect(error.message)) : error
    })
    if (!isRedirect(response.status, response.locations)) {
      const { status, headers } = response
      const read = (consumer: ByteConsumer) =>
        readBody(response, attempt, consumer, {
          onBytes: (bytes) => {
            transaction.countOfResponseBodyBytesReceived += bytes
          },
          onEnd: () => {
            noteOddities(transaction, response)
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
        ...(notes.length > 0 && { notes }),
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
    if (next.note) {
      transaction.notes = withNote(transaction.notes ?? [], next.note)
      notes = withNote(notes, next.note)
    }
    await cookies.take(hop.url, response.setCookies)
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
  { attempt, idle, now, userAgent, cookies }: RequestContext,
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
  connection.setPace(request.pace ?? null)
  transaction.requestStart = new Date(now()).toISOString()
  const fields = requestFields({ hop, range: request.range, userAgent, cookies: cookies.fieldFor(hop.url) })
  sendHead(connection, { method: 'GET', target: `${pathname}${search}`, fields: [['Host', host], ...fields] })
  const limitMs = headIdleTimeouts * request.idleTimeoutMs
  const response = await attempt.within(limitMs, receiveResponse(connection, 'GET')).catch((error: unknown) => {
    signal.removeEventListener('abort', onAbort)
    connection.destroy()
    throw error
  })
  // The head has a time limit of its own, so it is counted and never held back.
  connection.keepPace()
  transaction.responseStart = new Date(now()).toISOString()
  transaction.status = response.status
  transaction.protocol = `http/${response.version}`
  noteOddities(transaction, response)
  return {
    response,
    connection,
    letGo() {
      signal.removeEventListener('abort', onAbort)
      connection.setPace(null)
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

/** To be called again when the body has been read, because its framing may be odd too. */
function noteOddities(transaction: Transaction, response: HttpResponse): void {
  const note = response.note()
  if (note)
    transaction.notes = withNote(
      (transaction.notes ?? []).filter(({ code }) => code !== note.code),
      note,
    )
}
