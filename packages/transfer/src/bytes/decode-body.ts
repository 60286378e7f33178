import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'
import { TransferError } from '../http/rules/transfer-error.ts'
import { contentEncodingOf, type DecodableCoding, isDecodable } from '../source/rules/content-coding.ts'
import type { SourceResponse } from '../source/source.ts'
import { chunksOf } from './body-chunks.ts'
import { createZstdFrameFinder } from './rules/zstd-frames.ts'

type Decoder = Transform & { readonly bytesWritten: number }

/** As many as curl decodes. */
const maxCodings = 5
/** Beyond the first MiB no honest body grows so much: gzip cannot. */
const maxRatio = 1_000
const ratioFromBytes = 1024 * 1024
const chunkSize = 64 * 1024
/** RFC 9659: 8 MiB are enough for HTTP, and a body must not choose how much memory it takes. */
const zstdWindowLog = 23

/**
 * The response with its body decoded as it comes. `codings` are in the order in which they were applied. Only a few chunks are in memory at
 * a time. Reading throws cannotDecodeContentData for a corrupt or truncated body, dataLengthExceedsMaximum for one that grows out of proportion.
 * Throws cannotDecodeContentData at once for a coding that is not known.
 */
export function decodeBody(response: SourceResponse, codings: readonly string[]): SourceResponse {
  const known = codings.filter(isDecodable)
  const unknown = codings.find((coding) => !isDecodable(coding))
  if (unknown !== undefined)
    throw undecodable(
      `the origin sent a content coding that cannot be decoded (${contentEncodingOf([unknown]) ?? 'not a name'})`,
    )
  if (known.length > maxCodings) throw undecodable(`the origin sent ${known.length} content codings`)
  return {
    ...response,
    async read(consumer) {
      const input: Input = { bytes: 0, failure: null }
      let decoded: AsyncIterable<Uint8Array> = received(response, input)
      for (const coding of known.toReversed()) decoded = bounded(decode(coding, decoded), input)
      try {
        for await (const bytes of decoded) await new Promise<void>((resolve) => consumer(bytes, resolve))
      } catch (error) {
        if (input.failure) throw input.failure.error
        throw isOfZlib(error) ? undecodable(reason(error), error) : error
      }
    },
  }
}

/** What has come from the origin so far, and its failure. */
interface Input {
  bytes: number
  failure: { error: unknown } | null
}

/** Copies, because a decoder keeps its input for a while. */
async function* received(response: SourceResponse, input: Input): AsyncGenerator<Uint8Array> {
  try {
    for await (const { bytes, release } of chunksOf(response)) {
      input.bytes += bytes.byteLength
      const copy = Buffer.from(bytes)
      release()
      yield copy
    }
  } catch (error) {
    input.failure = { error }
    throw error
  }
}

async function* bounded(decoded: AsyncIterable<Uint8Array>, input: Input): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of decoded) {
    bytes += chunk.byteLength
    if (bytes > ratioFromBytes && bytes > maxRatio * input.bytes)
      throw new TransferError(
        'dataLengthExceedsMaximum',
        `the body decodes to more than ${maxRatio} times its size, as only a decompression bomb does`,
      )
    yield chunk
  }
}

/** An empty body is empty in every coding. */
async function* decode(coding: DecodableCoding, encoded: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = encoded[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done) return
  const decoder = decoders[coding](first.value)
  let given = 0
  const all = async function* () {
    yield first.value
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  const counted = async function* () {
    for await (const bytes of coding === 'zstd' ? inFrames(all()) : all()) {
      given += bytes.byteLength
      yield bytes
    }
  }
  const work = pipeline(Readable.from(counted()), decoder, { end: true })
  // A failure destroys the decoder too, which then throws it.
  work.catch(() => {})
  yield* decoder as AsyncIterable<Uint8Array>
  // Node's decoders end quietly where their data does. That of gzip refuses what follows, except for zeros.
  if (coding !== 'gzip' && decoder.bytesWritten < given)
    throw undecodable('the body goes on behind the end of its content coding')
}

/** Node's decoder drops what follows a frame in the same chunk, and takes up the next chunk as the next frame. */
async function* inFrames(encoded: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frameEnds = createZstdFrameFinder()
  for await (const bytes of encoded) {
    let from = 0
    for (const end of frameEnds(bytes)) {
      yield bytes.subarray(from, end)
      from = end
    }
    if (from < bytes.byteLength) yield bytes.subarray(from)
  }
}

const decoders: Record<DecodableCoding, (first: Uint8Array) => Decoder> = {
  gzip: () => createGunzip({ chunkSize }),
  // RFC 9110 §8.4.1.2 means zlib's format; some servers send the bare one. The low half of zlib's first byte is 8.
  deflate: (first) => (((first[0] ?? 0) & 0x0f) === 8 ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize })),
  br: () => createBrotliDecompress({ chunkSize }),
  zstd: () => createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLog } }),
}

/** What zlib, Brotli and zstd say of a body in Node's spelling ("ERR__ERROR_FORMAT_PADDING_1"). That memory is short is ours. */
const codeOfBody = /^(?:Z_(?!MEM_|STREAM_)|ERR_(?:_|BROTLI_DECODER_)ERROR_(?!ALLOC)|ZSTD_error_(?!memory_))/

function isOfZlib(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && codeOfBody.test(String(error.code))
}

function reason({ code }: { code: string }): string {
  if (code === 'Z_BUF_ERROR') return 'the body ended in the middle of its content coding'
  return 'the body is not in the content coding that the origin names'
}

function undecodable(detail: string, cause?: unknown): TransferError {
  return new TransferError('cannotDecodeContentData', detail, { cause })
}
