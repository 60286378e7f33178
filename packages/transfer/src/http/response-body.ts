import type { Connection } from './connection.ts'
import { exchangeError } from './network-errors.ts'
import type { BodyFraming } from './rules/body-framing.ts'
import { ChunkedError, createChunkedDecoder } from './rules/chunked-body.ts'
import { chunkedLimits } from './rules/chunked-limits.ts'
import type { Tolerance } from './rules/find-head.ts'
import type { Oddity } from './rules/oddity.ts'
import { TransferError } from './rules/transfer-error.ts'

/** Takes a body's bytes. Each chunk is the consumer's until it calls `release`, once. */
export type ByteConsumer = (bytes: Uint8Array, release: () => void) => void

interface ResponseBody {
  isWhole(): boolean
  /** To be called once. Throws TransferError. */
  read(consumer: ByteConsumer): Promise<void>
}

/** The body behind a head. `first` are the bytes that came with the head. What is odd about the body is added to `oddities`. */
export function createBody(
  connection: Connection,
  framing: BodyFraming,
  first: { rest: Buffer; release: () => void },
  reading: { tolerance: Tolerance; oddities: Set<Oddity> },
): ResponseBody {
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
        const { take, isWholeAtEnd } = createTaker(framing, consumer, reading)
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
          if (error === null && isWholeAtEnd()) finish(false)
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

interface Taker {
  /** Returns null until the body is complete, then how many bytes of the last chunk belong to it. */
  take(chunk: Buffer, release: () => void): number | null
  /** Whether the body is complete because the connection has ended. */
  isWholeAtEnd(): boolean
}

/** Finds the body's bytes in the chunks. */
function createTaker(
  framing: BodyFraming,
  consumer: ByteConsumer,
  { tolerance, oddities }: { tolerance: Tolerance; oddities: Set<Oddity> },
): Taker {
  if (framing.kind === 'close') return takeToEnd(framing.bytes ?? null, consumer)
  if (framing.kind !== 'chunked') return takeLength(framing, consumer)
  const decoder = createChunkedDecoder(chunkedLimits, { isStrict: tolerance === 'strict' })
  const note = () => {
    for (const oddity of decoder.oddities) oddities.add(oddity)
  }
  return {
    take(chunk, release) {
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
        if (decoder.done) note()
        return decoder.done ? used : null
      } finally {
        releaseOne()
      }
    },
    isWholeAtEnd() {
      const isWhole = decoder.endsWhole()
      note()
      return isWhole
    },
  }
}

function takeLength(framing: BodyFraming & { kind: 'length' | 'none' }, consumer: ByteConsumer): Taker {
  let left = framing.kind === 'length' ? framing.bytes : 0
  return {
    take(chunk, release) {
      const used = Math.min(left, chunk.length)
      // Before the last bytes are handed on: a consumer that has all of them no longer minds how the body ends.
      if (framing.kind === 'length' && framing.isDisputed && used < chunk.length) {
        release()
        throw unreadable(longer)
      }
      left -= used
      if (used > 0) consumer(chunk.subarray(0, used), release)
      else release()
      return left === 0 ? used : null
    },
    isWholeAtEnd: () => false,
  }
}

/** `bytes`: a length that the body must have all the same, if any. */
function takeToEnd(bytes: number | null, consumer: ByteConsumer): Taker {
  let taken = 0
  return {
    take(chunk, release) {
      taken += chunk.length
      if (bytes !== null && taken > bytes) {
        release()
        throw unreadable(longer)
      }
      consumer(chunk, release)
      return null
    },
    isWholeAtEnd: () => bytes === null || taken === bytes,
  }
}

const longer = 'The body is longer than the Content-Length, which is in doubt.'

export function lost(): TransferError {
  return new TransferError('networkConnectionLost', 'The connection was lost.')
}

export function unreadable(detail: string): TransferError {
  return new TransferError('cannotParseResponse', detail)
}
