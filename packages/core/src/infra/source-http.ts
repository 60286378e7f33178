import { type IncomingMessage, request as startRequest } from 'node:http'
import type { Source, SourceRequest, SourceResponse } from '../app/ports.ts'
import type { Transaction } from '../domain/metrics.ts'
import { type Hop, maxRedirects, nextHop, redirectStatuses } from '../domain/redirect.ts'
import { TransferFault } from '../domain/task-error.ts'
import type { Dialled, DialStep, EgressGuard } from './egress-guard.ts'
import { exchangeFault } from './network-fault.ts'
import { type Attempt, startAttempt } from './source-attempt.ts'

export const userAgent = 'Backhaul/0.1'
const maxHeadBytes = 16 * 1024
const maxInterimAnswers = 16
/** A head that drips in resets the idle timer for ever: after so many idle timeouts it must be whole. */
const headIdleTimeouts = 5
/** RFC 9110 §15.3.5, §15.3.6, §15.4.5: these answers have no content, whatever they say. */
const emptyStatuses = new Set([204, 205, 304])

/** The source behind the guard: one connection for every hop, never used again. `now` (Unix ms) stamps the transactions. */
export function createHttpSource(guard: EgressGuard, now: () => number = Date.now): Source {
  return {
    async open(request) {
      const attempt = startAttempt(request)
      const transactions: Transaction[] = []
      try {
        return await followRedirects(guard, request, attempt, transactions, now)
      } catch (error) {
        const reason: unknown = attempt.signal.aborted ? attempt.signal.reason : error
        if (reason instanceof TransferFault) reason.transactions = transactions
        attempt.end()
        throw reason
      }
    },
  }
}

async function followRedirects(
  guard: EgressGuard,
  request: SourceRequest,
  attempt: Attempt,
  transactions: Transaction[],
  now: () => number,
): Promise<SourceResponse> {
  let hop: Hop = request
  for (;;) {
    const transaction = newTransaction(hop.url, request.resume?.from ?? null)
    transactions.push(transaction)
    const onStep = (step: DialStep | 'requestStart' | 'responseStart' | 'responseEnd') => {
      transaction[step] = new Date(now()).toISOString()
      attempt.idle.reset()
    }
    const dialled = await guard.dial(hop.url, { signal: attempt.signal, onStep })
    transaction.remoteAddressClass = dialled.addressClass
    attempt.idle.watch(dialled.bytesReceived)
    onStep('requestStart')
    const get: HttpRequest = { method: 'GET', url: hop.url, fields: requestFields(hop, request.resume) }
    const answer = await attempt.within(
      headIdleTimeouts * request.idleTimeoutMs,
      exchange(dialled, get, attempt.signal),
    )
    onStep('responseStart')
    transaction.status = answer.status
    transaction.protocol = `http/${answer.httpVersion}`
    if (!redirectStatuses.has(answer.status)) {
      const body = readBody(answer, attempt, transaction, () => onStep('responseEnd'))
      attempt.idle.pause()
      const { status, headers } = answer
      return { url: hop.url, status, headers, transactions, body, discard: () => attempt.end() }
    }
    dialled.socket.destroy()
    onStep('responseEnd')
    if (transactions.length > maxRedirects) {
      throw new TransferFault('httpTooManyRedirects', `There were more than ${maxRedirects} redirects.`)
    }
    const next = nextHop(hop, answer.locations, guard.allowed)
    if ('fault' in next) throw new TransferFault(next.fault, next.detail, { status: answer.status })
    hop = next
  }
}

async function* readBody({ body }: HttpAnswer, attempt: Attempt, transaction: Transaction, onEnd: () => void) {
  try {
    attempt.idle.resume()
    for await (const chunk of body) {
      // While the consumer works, silence is ours and not the origin's.
      attempt.idle.pause()
      transaction.countOfResponseBodyBytesReceived += chunk.length
      yield chunk
      attempt.idle.resume()
    }
  } finally {
    onEnd()
    attempt.end()
  }
}

function requestFields({ headers }: Hop, resume: SourceRequest['resume']): [string, string][] {
  const own: [string, string][] = [['Accept-Encoding', 'identity']]
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  if (!given.has('accept')) own.push(['Accept', '*/*'])
  if (!given.has('user-agent')) own.push(['User-Agent', userAgent])
  if (resume !== undefined) own.push(['Range', `bytes=${resume.from}-`], ['If-Range', resume.validator])
  return [...own, ...Object.entries(headers)]
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

export interface HttpRequest {
  method: 'GET' | 'POST'
  url: string
  /** All fields but Host and Connection. */
  fields: readonly (readonly [string, string])[]
  body?: string
}
export interface HttpAnswer {
  status: number
  httpVersion: string
  /** Lower-case names; repeated fields joined with ", ". */
  headers: Record<string, string>
  /** Every Location field: several are no list but a contradiction. */
  locations: readonly string[]
  /** Ends only when the body is whole; leaving it drops the connection. Throws TransferFault or the signal's reason. */
  body: AsyncIterable<Buffer>
}

/**
 * One request and the head of its answer on a dialled connection, which is closed after the body. Throws TransferFault;
 * an abort breaks the connection at any time, also during the body.
 */
export function exchange(dialled: Dialled, { method, url, fields, body }: HttpRequest, signal: AbortSignal) {
  return new Promise<HttpAnswer>((resolve, reject) => {
    const { host, pathname, search } = new URL(url)
    let failure: unknown
    let interimAnswers = 0
    const fail = (error: unknown) => {
      failure ??= error
      reject(exchangeFault(error))
    }
    const request = startRequest({
      // With a connection of our own there is no agent: no reuse, no proxy.
      createConnection: () => dialled.socket,
      method,
      path: `${pathname}${search}`,
      setHost: false,
      headers: ['Host', host, 'Connection', 'close', ...fields.flat()],
      maxHeaderSize: maxHeadBytes,
      insecureHTTPParser: false,
      signal,
    })
    request.on('error', fail)
    request.on('information', () => {
      if (++interimAnswers > maxInterimAnswers) fail(unreadable('There are too many interim answers.'))
    })
    request.on('upgrade', () => fail(unreadable('The origin switches to a protocol that nobody asked for.')))
    // Node would drop those beyond 2,000 in silence; the head's size is limit enough.
    request.maxHeadersCount = 0
    request.on('response', (message) => {
      // Errors are taken where the body is read; an unread one must not be uncaught.
      message.on('error', () => {})
      if (!isPlainlyFramed(message)) return fail(unreadable('The framing of the answer is not understood.'))
      if (headBytes(message) > maxHeadBytes) return fail(unreadable('The head of the answer is too long.'))
      resolve({
        status: message.statusCode ?? 0,
        httpVersion: message.httpVersion,
        headers: joinFields(message.rawHeaders),
        locations: message.headersDistinct.location ?? [],
        body: wholeBody(message, signal, () => failure),
      })
    })
    request.end(body)
  }).catch((error: unknown) => {
    dialled.socket.destroy()
    throw error
  })
}

/** `failure` is what really went wrong when the message itself only knows that it was aborted. */
async function* wholeBody(message: IncomingMessage, signal: AbortSignal, failure: () => unknown) {
  const { 'content-length': length, 'transfer-encoding': coding } = message.headers
  try {
    signal.throwIfAborted()
    if (emptyStatuses.has(message.statusCode ?? 0)) return
    for await (const chunk of message as AsyncIterable<Buffer>) yield chunk
    signal.throwIfAborted()
    // A body that ends with the connection (RFC 9112 §6.3) looks complete to Node however the connection ended.
    const endedBadly = length === undefined && coding === undefined && failure() !== undefined
    if (!message.complete || endedBadly) throw new TransferFault('networkConnectionLost', 'The connection was lost.')
  } catch (error) {
    throw signal.aborted ? signal.reason : exchangeFault(failure() ?? error)
  } finally {
    message.destroy()
  }
}

/** RFC 9112 §6.1: codings other than chunked, or any in HTTP/1.0, make the length ambiguous. llhttp refuses the other ambiguities. */
function isPlainlyFramed({ headersDistinct, httpVersion }: IncomingMessage): boolean {
  const codings = headersDistinct['transfer-encoding']?.join(', ').toLowerCase()
  return codings === undefined ? httpVersion.startsWith('1.') : httpVersion === '1.1' && codings === 'chunked'
}

/** llhttp's own limit counts names and values only. */
function headBytes({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((bytes, text) => bytes + text.length + 2, 0)
}

function joinFields(rawFields: readonly string[]): Record<string, string> {
  const joined = new Map<string, string>()
  for (let index = 0; index + 1 < rawFields.length; index += 2) {
    const name = (rawFields[index] ?? '').toLowerCase()
    const value = rawFields[index + 1] ?? ''
    const before = joined.get(name)
    joined.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return Object.fromEntries(joined)
}

function unreadable(detail: string): TransferFault {
  return new TransferFault('cannotParseResponse', detail)
}
