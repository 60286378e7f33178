import type { Connection } from './connection.ts'
import { createHeldBytes } from './held-bytes.ts'
import { exchangeError } from './network-errors.ts'
import { type ByteConsumer, createBody, lost, unreadable } from './response-body.ts'
import { type BodyFraming, type HttpMethod, keepsAlive } from './rules/body-framing.ts'
import { createHeadFinder, type FramedHead, type Tolerance } from './rules/find-head.ts'
import { valuesOf } from './rules/header-fields.ts'
import { maxLenientHeadBytes } from './rules/lenient-head.ts'
import { type Oddity, oddityNote } from './rules/oddity.ts'
import { joinFields, readBrokenHead } from './rules/response-head.ts'
import type { ResponseNote } from './rules/response-note.ts'
import { TransferError } from './rules/transfer-error.ts'

interface HttpRequest {
  method: HttpMethod
  /** Path and query, or for CONNECT address and port. */
  target: string
  /** All fields, Host included. */
  fields: readonly (readonly [name: string, value: string])[]
}

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
  /** What was odd about it so far; null: nothing. Its body may still be. */
  note(): ResponseNote | null
  /** The body has been read, nothing was odd, and another request may go over the connection. */
  isReusable(): boolean
}

const maxInformationalResponses = 16
const endedInHead = 'The connection ended within the head of the response.'

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
 * Receives the next response on a connection; informational (1xx) responses are skipped. What is odd is read as browsers do, unless
 * `tolerance` says otherwise; such a connection is not used again. Throws TransferError when the response is not HTTP, is ambiguous
 * about its length or the connection is lost, BrokenHead when the status was clear all the same. The connection is then of no use,
 * and the caller that opened it closes it.
 */
export function receiveResponse(
  connection: Connection,
  method: HttpRequest['method'],
  tolerance: Tolerance = 'lenient',
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const held = createHeldBytes()
    const oddities = new Set<Oddity>()
    let findHead = createHeadFinder(method, tolerance)
    let informationalResponses = 0
    const fail = (error: unknown, seen: Buffer) => {
      connection.setReader(null)
      const known = readBrokenHead(seen.toString('latin1', 0, Math.min(seen.length, maxLenientHeadBytes)))
      connection.destroy()
      const failure = exchangeError(error)
      reject(known ? new BrokenHead(failure, { status: known.status, headers: joinFields(known.fields) }) : failure)
    }
    connection.setReader({
      bytes(chunk, release) {
        const isHeld = !held.isEmpty()
        let rest = chunk
        if (isHeld) {
          held.append(chunk)
          rest = held.bytes()
          release()
          release = () => {}
        }
        const refuse = (error: string) => {
          fail(unreadable(error), rest)
          release()
        }
        for (;;) {
          const found = findHead(rest)
          if (found === null) {
            // A copy, because the buffer will be read into again.
            if (!isHeld) held.append(rest)
            return release()
          }
          if ('error' in found) return refuse(found.error)
          const { status } = found.head
          for (const oddity of found.oddities) oddities.add(oddity)
          if (status >= 200) return respond(found, rest.subarray(found.end), release)
          if (status === 101) return refuse('The origin switches to a protocol that nobody asked for.')
          rest = rest.subarray(found.end)
          if (isHeld) held.drop(found.end)
          findHead = createHeadFinder(method, tolerance)
          if (++informationalResponses > maxInformationalResponses)
            return refuse('There are too many informational responses.')
          if (rest.length === 0) return release()
        }
      },
      // An origin that closes within a head by design would be asked for ever if that was a lost connection.
      end: (error) => fail(error ?? (held.isEmpty() ? lost() : unreadable(endedInHead)), held.bytes()),
    })
    const respond = ({ head, framing }: FramedHead, rest: Buffer, release: () => void) => {
      connection.pause()
      const body = createBody(connection, framing, { rest, release }, { tolerance, oddities })
      resolve({
        status: head.status,
        version: head.version,
        headers: joinFields(head.fields),
        locations: valuesOf(head.fields, 'location'),
        setCookies: valuesOf(head.fields, 'set-cookie'),
        framing: framing.kind,
        read: body.read,
        note: () => oddityNote(oddities),
        isReusable: () => body.isWhole() && oddities.size === 0 && keepsAlive(head, framing),
      })
    }
  })
}
