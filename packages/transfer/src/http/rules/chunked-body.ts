import { framesBody, isHexDigit, isToken, isValueByte, parseField } from './header-fields.ts'

export interface ChunkedLimits {
  maxChunkBytes: number
  /** Digits of a chunk's size, leading zeros included. */
  maxSizeDigits: number
  /** Bytes of the extensions of one chunk, from the first semicolon to before the CR. */
  maxExtensionBytes: number
  /** Bytes of the extensions of all chunks. */
  maxExtensionBytesInAll: number
  /** Bytes of sizes, extensions and line ends: a fixed number, and some for each byte of the body. A body must not be mere framing. */
  maxOverheadBytes: number
  maxOverheadPerBodyByte: number
  /** Bytes of all trailer fields with their line ends. */
  maxTrailerBytes: number
}

export const chunkedLimits: Readonly<ChunkedLimits> = {
  maxChunkBytes: 2 ** 40,
  maxSizeDigits: 16,
  maxExtensionBytes: 256,
  maxExtensionBytesInAll: 16 * 1024,
  maxOverheadBytes: 64 * 1024,
  maxOverheadPerBodyByte: 16,
  maxTrailerBytes: 16 * 1024,
}

/** The message is a sentence for the client and repeats nothing of the response. */
export class ChunkedError extends Error {}

/** Takes the chunks out of a chunked body (RFC 9112 §7.1) as its bytes come. */
export interface ChunkedDecoder {
  /**
   * Takes the next bytes. Calls `onData` with every run of body bytes, as a view of `bytes`, also with those before an error.
   * Returns how many bytes belong to the body and its framing: fewer than all only when it is done.
   * Throws ChunkedError, then and at every later call.
   */
  push(bytes: Uint8Array, onData: (data: Uint8Array) => void): number
  /** Whether the last chunk, the trailers and the final CR LF have been read. */
  readonly done: boolean
}

/** The element of the framing that the next byte is part of. */
type Place =
  | 'size'
  | 'extensionName'
  | 'extensionValue'
  | 'quoted'
  | 'escaped'
  | 'behindQuoted'
  | 'sizeEnd'
  | 'data'
  | 'dataCr'
  | 'dataLf'
  | 'trailer'
  | 'done'

const errors = {
  size: 'The size of a chunk is malformed.',
  tooLarge: 'The size of a chunk is beyond every file.',
  extension: 'The extension of a chunk is malformed.',
  extensionBytes: 'The extensions of the chunks are too long.',
  lineEnd: 'A line of the chunked framing does not end with CR LF.',
  dataEnd: 'A chunk is longer than its size says.',
  overhead: 'The chunks are mostly framing.',
  framingTrailer: 'The trailer of the chunked body has a field that frames a body.',
  trailerBytes: 'The trailer of the chunked body is too long.',
}

export function createChunkedDecoder(limits: Readonly<ChunkedLimits> = chunkedLimits): ChunkedDecoder {
  let place: Place = 'size'
  let size = 0
  let sizeDigits = 0
  /** Bytes of the chunk's data that are still to come. */
  let bytesLeft = 0
  /** Length so far of the name or value within an extension. */
  let wordBytes = 0
  let extensionBytes = 0
  let extensionBytesInAll = 0
  let overheadBytes = 0
  let bodyBytes = 0
  let trailerBytes = 0
  let trailerLine = ''
  let error: ChunkedError | null = null

  function push(bytes: Uint8Array, onData: (data: Uint8Array) => void): number {
    if (error !== null) throw error
    let at = 0
    while (at < bytes.length && place !== 'done') {
      if (place === 'data') {
        const run = Math.min(bytesLeft, bytes.length - at)
        const data = bytes.subarray(at, at + run)
        at += run
        bytesLeft -= run
        if (bytesLeft === 0) place = 'dataCr'
        onData(data)
      } else place = step(bytes[at++]!)
    }
    return at
  }

  /** Takes one byte of the framing and says what the next one is part of. */
  function step(byte: number): Place {
    switch (place) {
      case 'size':
        if (isHexDigit(byte)) return takeSizeDigit(byte)
        return sizeDigits === 0 ? refuse(errors.size) : endSizeOrExtension(byte, errors.size)
      case 'extensionName':
        if (isToken(byte)) return takeExtensionByte(place)
        if (wordBytes === 0) return refuse(errors.extension)
        return byte === 61 ? beginWord('extensionValue') : endSizeOrExtension(byte, errors.extension)
      case 'extensionValue':
        if (isToken(byte)) return takeExtensionByte(place)
        if (wordBytes > 0) return endSizeOrExtension(byte, errors.extension)
        return byte === 34 ? beginWord('quoted') : refuse(errors.extension)
      case 'quoted':
        if (byte === 34) return beginWord('behindQuoted')
        if (byte === 92) return beginWord('escaped')
        return isValueByte(byte) ? takeExtensionByte(place) : refuse(errors.extension)
      case 'escaped':
        return isValueByte(byte) ? beginWord('quoted') : refuse(errors.extension)
      case 'behindQuoted':
        return endSizeOrExtension(byte, errors.extension)
      case 'sizeEnd':
        return byte === 10 ? beginChunk() : refuse(errors.lineEnd)
      case 'dataCr':
        return byte === 13 ? 'dataLf' : refuse(errors.dataEnd)
      case 'dataLf':
        return byte === 10 ? endChunk() : refuse(errors.lineEnd)
      case 'trailer':
        return takeTrailerByte(byte)
      case 'data':
      case 'done':
        return place
    }
  }

  function takeSizeDigit(byte: number): Place {
    size = size * 16 + (byte <= 57 ? byte - 48 : (byte | 32) - 87)
    return ++sizeDigits > limits.maxSizeDigits || size > limits.maxChunkBytes ? refuse(errors.tooLarge) : 'size'
  }

  /** The bytes that may follow a size or an extension. White space is refused, because recipients differ in skipping it (RFC 9112 §7.1.1). */
  function endSizeOrExtension(byte: number, otherwise: string): Place {
    if (byte === 13) return 'sizeEnd'
    return byte === 59 ? beginWord('extensionName') : refuse(byte === 10 ? errors.lineEnd : otherwise)
  }

  function beginWord(next: Place): Place {
    countExtensionByte()
    wordBytes = 0
    return next
  }

  function takeExtensionByte(same: Place): Place {
    countExtensionByte()
    wordBytes++
    return same
  }

  function countExtensionByte(): void {
    extensionBytes++
    extensionBytesInAll++
    if (extensionBytes > limits.maxExtensionBytes || extensionBytesInAll > limits.maxExtensionBytesInAll) {
      refuse(errors.extensionBytes)
    }
  }

  function beginChunk(): Place {
    // The size, the extensions, and two line ends.
    overheadBytes += sizeDigits + extensionBytes + 4
    if (overheadBytes > limits.maxOverheadBytes + limits.maxOverheadPerBodyByte * bodyBytes) refuse(errors.overhead)
    bodyBytes += size
    bytesLeft = size
    return size === 0 ? 'trailer' : 'data'
  }

  function endChunk(): Place {
    size = 0
    sizeDigits = 0
    extensionBytes = 0
    return 'size'
  }

  /** Trailers are read like fields and dropped: they must not change what the head said, least of all the framing (RFC 9110 §6.5.1). */
  function takeTrailerByte(byte: number): Place {
    if (++trailerBytes > limits.maxTrailerBytes) return refuse(errors.trailerBytes)
    trailerLine += String.fromCharCode(byte)
    if (byte !== 10) return 'trailer'
    if (trailerLine === '\r\n') return 'done'
    const line = parseField(trailerLine, 0)
    if ('error' in line) return refuse(line.error)
    if (framesBody(line.field)) return refuse(errors.framingTrailer)
    trailerLine = ''
    return 'trailer'
  }

  function refuse(reason: string): never {
    error = new ChunkedError(reason)
    throw error
  }

  return {
    push,
    get done() {
      return place === 'done'
    },
  }
}
