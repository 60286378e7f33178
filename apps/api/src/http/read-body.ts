import type { Readable } from 'node:stream'
import { AppError } from '@backhaul/core'

/**
 * Node delivers each chunk (RFC 9112 §7.1) separately, even a single byte, and each costs microseconds and memory of its
 * own. The largest body has this many in chunks of 256 bytes.
 */
const maxPieces = 16_384

/** Reads the bytes of a body. Throws `body_too_large` or `invalid_request` without reading the rest. */
export function readBody(payload: Readable, maxBytes: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const pieces: Buffer[] = []
  let bytes = 0
  const take = (piece: Buffer) => {
    bytes += piece.length
    if (pieces.push(piece) > maxPieces)
      refuse(new AppError('invalid_request', `The body comes in more than ${maxPieces} pieces. Send larger ones.`))
    else if (bytes > maxBytes) refuse(new AppError('body_too_large', 'The body is longer than this call takes.'))
  }
  const refuse = (refusal: AppError) => {
    payload.off('data', take).pause()
    reject(refusal)
  }
  payload.on('data', take)
  payload.on('end', () => resolve(Buffer.concat(pieces, bytes)))
  payload.on('error', () => reject(new AppError('invalid_request', 'The request could not be read.')))
  return promise
}
