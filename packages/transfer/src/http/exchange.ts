import type { Connection } from './connection.ts'
import { exchangeError } from './network-errors.ts'
import { type BodyFraming, bodyFraming, type HttpMethod, keepsAlive } from './rules/body-framing.ts'
import { ChunkedError, createChunkedDecoder } from './rules/chunked-body.ts'
import { valuesOf } from './rules/header-fields.ts'
import {
  headEnd,
  joinFields,
  maxHeadBytes,
  parseHead,
  type ResponseHead,
  readBrokenHead,
  unfinishedHeadError,
} from './rules/response-head.ts'
import { TransferError } from './rules/transfer-error.ts'

export interface HttpRequest {
  method: HttpMethod
  /** Path and query, or for CONNECT address and port. */
  target: string
  /** All fields, Host included. */
  fields: readonly (readonly [name: string, value: string])[]
}

/** Takes a body's bytes. Each chunk is the consumer's until it calls `release`, once. */
export type ByteConsumer = (bytes: Uint8Array, release: () => void) => void

export interface HttpResponse {
  status: number
  version: '1.0' | '1.1'
  /** Names are in lower case; repeated fields are joined with ", ". */
  headers: Record<string, string>
  /** All Location fields, kept apart because several of them are a contradiction and not a list. */
  locations: readonly string[]
  /** All Set-Cookie fields, which cannot be joined (RFC 6265 §3). */
  setCookies: readonly string[]
  framing: BodyFraming['kind']
  /**
   * Delivers the body as it comes; to be called once. Until then the connection is paused. Resolves when the body is complete
   * by its own framing. Throws TransferError.
   */
  read(consumer: ByteConsumer): Promise<void>
  /** The body has been read, and another request may go over the connection. */
  isReusable(): boolean
}

const maxInformationalResponses = 16

/** A response head that is refused or broke off, but whose status is known. The connection is closed. */
export class BrokenHead extends TransferError {
  readonly known: Pick<HttpResponse, 'status' | 'headers'>
  constructor({ failure, message }: TransferError, known: BrokenHead['known']) {
    super(failure, message)
    this.known = known
  }
}

/** Writes the head of a request. The body, if there is one, goes over the connection's socket. */
export function sendHead({ socket }: Connection, { method, target, fields }: HttpRequest): void {
  let head = `${method} ${target} HTTP/1.1\r\n`
  for (const [name, value] of fields) head += `${name}: ${value}\r\n`
  socket.write(`${head}\r\n`, 'latin1')
}

/**
 * Receives the next response on a connection; informational (1xx) responses are skipped. Throws TransferError when the response
 * is not plainly HTTP or the connection is lost, BrokenHead when the status was clear all the same. The connection is then of
 * no use, and the caller that opened it closes it.
 */
export function receiveResponse(connection: Connection, method: HttpRequest['method']): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let held: Buffer | null = null
    let informationalResponses = 0
    const fail = (error: unknown, seen: Buffer | null) => {
      connection.setReader(null)
      const known = seen && readBrokenHead(seen.toString('latin1', 0, Math.min(seen.length, maxHeadBytes)))
      connection.destroy()
      const failure = exchangeError(error)
      reject(known ? new BrokenHead(failure, { status: known.status, headers: joinFields(known.fields) }) : failure)
    }
    connection.setReader({
      bytes(chunk, release) {
        let rest = chunk
        if (held) {
          rest = Buffer.concat([held, chunk])
          release()
          release = () => {}
        }
        const from = held ? Math.max(0, held.length - 3) : 0
        held = null
        const refuse = (error: string) => {
          fail(unreadable(error), rest)
          release()
        }
        for (let seen = from; ; seen = 0) {
          const end = headEnd(rest, rest.length, seen)
          if (end < 0) {
            const error = unfinishedHeadError(rest, rest.length, seen)
            if (error !== null) return refuse(error)
            // A copy, because the buffer will be read into again.
            held = Buffer.from(rest)
            return release()
          }
          const head = parseHead(rest.toString('latin1', 0, end))
          if ('error' in head) return refuse(head.error)
          // Checked for informational responses too: one that claims a body can be understood in two ways.
          const framing = bodyFraming(head, method)
          if ('error' in framing) return refuse(framing.error)
          if (head.status >= 200) return respond(head, framing, rest.subarray(end), release)
          if (head.status === 101) return refuse('The origin switches to a protocol that nobody asked for.')
          rest = rest.subarray(end)
          if (++informationalResponses > maxInformationalResponses)
            return refuse('There are too many informational responses.')
          if (rest.length === 0) return release()
        }
      },
      end: (error) => fail(error ?? lost(), held),
    })
    const respond = (head: ResponseHead, framing: BodyFraming, rest: Buffer, release: () => void) => {
      connection.pause()
      const body = createBody(connection, framing, { rest, release })
      resolve({
        status: head.status,
        version: head.version,
        headers: joinFields(head.fields),
        locations: valuesOf(head.fields, 'location'),
        setCookies: valuesOf(head.fields, 'set-cookie'),
        framing: framing.kind,
        read: body.read,
        isReusable: () => body.isWhole() && keepsAlive(head, framing),
      })
    }
  })
}

/** The body behind a head. `first` are the bytes that came with the head. */
function createBody(connection: Connection, framing: BodyFraming, first: { rest: Buffer; release: () => void }) {
  let whole = false
  // There is no reader yet and the connection is paused, but it can still end. Then the buffer goes back to its owner.
  connection.setReader({
    bytes: (_, release) => {
      release()
      connection.destroy()
    },
    end() {
      const { release } = first
      first = { rest: Buffer.from(first.rest), release: () => {} }
      release()
    },
  })
  return {
    isWhole: () => whole,
    read: (consumer: ByteConsumer) =>
      new Promise<void>((resolve, reject) => {
        const take = createTaker(framing, consumer)
        let settled = false
        const settle = (how: () => void) => {
          settled = true
          connection.setReader(null)
          how()
        }
        const fail = (error: unknown) => {
          if (settled) return
          connection.destroy()
          settle(() => reject(error instanceof ChunkedError ? unreadable(error.message) : exchangeError(error)))
        }
        const finish = (excess: boolean) => {
          whole = !excess && framing.kind !== 'close'
          if (!whole) connection.destroy()
          settle(resolve)
          // Reading goes on, to notice an end of the connection or bytes that were not asked for.
          connection.resume()
        }
        const bytes = (chunk: Buffer, release: () => void) => {
          try {
            const used = take(chunk, release)
            if (used !== null) finish(used < chunk.length)
          } catch (error) {
            fail(error)
          }
        }
        const end = (error: Error | null) => {
          if (framing.kind === 'close' && error === null) finish(false)
          else fail(error ?? lost())
        }
        // A short body may have come with the head, and even the end of the connection.
        if (framing.kind === 'none' || first.rest.length > 0 || (framing.kind === 'length' && framing.bytes === 0))
          bytes(first.rest, first.release)
        else first.release()
        if (settled) return
        connection.setReader({ bytes, end })
        connection.resume()
      }),
  }
}

/** Finds the body's bytes in the chunks. Returns null until the body is complete, then how many bytes of the last chunk belong to it. */
function createTaker(
  framing: BodyFraming,
  consumer: ByteConsumer,
): (chunk: Buffer, release: () => void) => number | null {
  if (framing.kind === 'close')
    return (chunk, release) => {
      consumer(chunk, release)
      return null
    }
  if (framing.kind === 'chunked') {
    const decoder = createChunkedDecoder()
    return (chunk, release) => {
      let pending = 1
      const releaseOne = () => {
        pending -= 1
        if (pending === 0) release()
      }
      try {
        const used = decoder.push(chunk, (data) => {
          pending += 1
          consumer(data, releaseOne)
        })
        return decoder.done ? used : null
      } finally {
        releaseOne()
      }
    }
  }
  let left = framing.kind === 'length' ? framing.bytes : 0
  return (chunk, release) => {
    const used = Math.min(left, chunk.length)
    left -= used
    if (used > 0) consumer(chunk.subarray(0, used), release)
    else release()
    return left === 0 ? used : null
  }
}

function lost(): TransferError {
  return new TransferError('networkConnectionLost', 'The connection was lost.')
}

function unreadable(detail: string): TransferError {
  return new TransferError('cannotParseResponse', detail)
}
