import { type ChunkedLimits, chunkedLimits } from './chunked-limits.ts'
import { framesBody, isBlank, isHexDigit, isToken, isValueByte, parseField } from './header-fields.ts'
import type { Oddity } from './oddity.ts'

/** The message is a sentence for the client and repeats nothing of the response. */
export class ChunkedError extends Error {}

/** Takes the chunks out of a chunked body (RFC 9112 §7.1) as its bytes come. */
interface ChunkedDecoder {
  /**
   * Takes the next bytes. Calls `onData` with every run of body bytes, as a view of `bytes`, also with those before an error.
   * Returns how many bytes belong to the body and its framing: fewer than all only when it is done.
   * Throws ChunkedError, then and at every later call.
   */
  push(bytes: Uint8Array, onData: (data: Uint8Array) => void): number
  /** Whether the last chunk, the trailers and the final CR LF have been read. */
  readonly done: boolean
  /**
   * The connection has ended before the body was done. Whether the body is whole all the same: its last chunk has come, and what is
   * missing is an end that some servers never send.
   */
  endsWhole(): boolean
  /** What was read although it is malformed. */
  readonly oddities: ReadonlySet<Oddity>
}

/** The element of the framing that the next byte is part of. */
type Place =
  | 'size'
  | 'extensionName'
  | 'extensionValue'
  | 'quoted'
  | 'escaped'
  | 'behindQuoted'
  /** An extension that is none. Its line goes on to the next LF. */
  | 'skipped'
  | 'blank'
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

/**
 * `isStrict`: everything that recipients are known to read in two ways is refused. Otherwise blanks behind a size, lines that end in
 * LF, malformed extensions and trailers, and a missing end are read as curl and browsers do; never a size that is malformed.
 */
export function createChunkedDecoder(
  limits: Readonly<ChunkedLimits> = chunkedLimits,
  { isStrict = false }: { isStrict?: boolean } = {},
): ChunkedDecoder {
  const oddities = new Set<Oddity>()
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
      case 'blank':
        if (isBlank(byte)) return takeExtensionByte(place)
        return endSizeOrExtension(byte, errors.size)
      case 'extensionName':
        if (isToken(byte)) return takeExtensionByte(place)
        if (wordBytes === 0) return skip(byte, errors.extension)
        return byte === 61 ? beginWord('extensionValue') : endSizeOrExtension(byte, errors.extension)
      case 'extensionValue':
        if (isToken(byte)) return takeExtensionByte(place)
        if (wordBytes > 0) return endSizeOrExtension(byte, errors.extension)
        return byte === 34 ? beginWord('quoted') : skip(byte, errors.extension)
      case 'quoted':
        if (byte === 34) return beginWord('behindQuoted')
        if (byte === 92) return beginWord('escaped')
        return isValueByte(byte) ? takeExtensionByte(place) : skip(byte, errors.extension)
      case 'escaped':
        return isValueByte(byte) ? beginWord('quoted') : skip(byte, errors.extension)
      case 'behindQuoted':
        return endSizeOrExtension(byte, errors.extension)
      case 'skipped':
        return skip(byte, errors.extension)
      case 'sizeEnd':
        return byte === 10 ? beginChunk() : refuse(errors.lineEnd)
      case 'dataCr':
        if (byte === 13) return 'dataLf'
        return byte === 10 && tolerate('chunkLines') ? endChunk() : refuse(errors.dataEnd)
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

  /** The bytes that may follow a size or an extension. Recipients differ in skipping white space there (RFC 9112 §7.1.1). */
  function endSizeOrExtension(byte: number, otherwise: string): Place {
    if (byte === 13) return 'sizeEnd'
    if (byte === 59) return beginWord('extensionName')
    if (byte === 10) return tolerate('chunkLines') ? beginChunk() : refuse(errors.lineEnd)
    if (otherwise !== errors.size) return skip(byte, otherwise)
    return isBlank(byte) && tolerate('chunkLines') ? takeExtensionByte('blank') : refuse(otherwise)
  }

  /** Takes a byte of an extension that is malformed. Whatever it holds, its line ends with LF for everyone who reads on. */
  function skip(byte: number, otherwise: string): Place {
    if (!tolerate('chunkLines')) return refuse(otherwise)
    return byte === 10 ? beginChunk() : takeExtensionByte('skipped')
  }

  /** Whether what is odd may be read; it is then noted. */
  function tolerate(oddity: Oddity): boolean {
    if (!isStrict) oddities.add(oddity)
    return !isStrict
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
    const line = trailerLine
    trailerLine = ''
    if (line === '\r\n' || (line === '\n' && tolerate('trailer'))) return 'done'
    const problem = trailerError(line)
    return problem === null || tolerate('trailer') ? 'trailer' : refuse(problem)
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
    endsWhole: () => place === 'trailer' && tolerate('chunkEnd'),
    oddities,
  }
}

function trailerError(line: string): string | null {
  const read = parseField(line, 0)
  if ('error' in read) return read.error
  return framesBody(read.field) ? errors.framingTrailer : null
}
