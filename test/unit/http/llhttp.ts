import { createRequire } from 'node:module'

/** Node's own parser, which has no public door and no types. */
interface NodeParser {
  initialize(type: number, resource: object, maxHeaderBytes: number, lenientFlags: number): void
  execute(bytes: Buffer): number | Error
  finish(): undefined | Error
  close(): void
  [callback: number]: unknown
}
interface NodeParserClass {
  new (): NodeParser
  RESPONSE: number
  kOnHeaders: number
  kOnHeadersComplete: number
  kOnBody: number
  kOnMessageComplete: number
  kLenientNone: number
  kLenientHeaders: number
  kLenientChunkedLength: number
  kLenientKeepAlive: number
  kLenientTransferEncoding: number
  kLenientVersion: number
  kLenientDataAfterClose: number
  kLenientOptionalCRBeforeLF: number
  kLenientSpacesAfterChunkSize: number
}
const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as { HTTPParser: NodeParserClass }

/** What our lenient parser reads too, but for a CR alone for a line end and a chunk without an end. */
export const lenientFlags =
  HTTPParser.kLenientHeaders |
  HTTPParser.kLenientChunkedLength |
  HTTPParser.kLenientKeepAlive |
  HTTPParser.kLenientTransferEncoding |
  HTTPParser.kLenientVersion |
  HTTPParser.kLenientDataAfterClose |
  HTTPParser.kLenientOptionalCRBeforeLF |
  HTTPParser.kLenientSpacesAfterChunkSize

export interface ReadHead {
  version: string
  status: number
  /** Names in lower case. */
  fields: [string, string][]
  keepsAlive: boolean
}
export interface ReadResponses {
  heads: ReadHead[]
  /** Of all messages together. */
  body: Buffer
  /** How many messages have ended. */
  ended: number
  /** llhttp's own word, such as HPE_INVALID_HEADER_TOKEN. */
  error: string | null
}

/** One connection as llhttp reads it, as strictly as Node lets it or with its lenient flags; `ended` counts after each push. */
export function createLlhttp(flags = HTTPParser.kLenientNone): {
  read: ReadResponses
  push(bytes: Buffer): void
  end(): void
  close(): void
} {
  const read: ReadResponses = { heads: [], body: Buffer.alloc(0), ended: 0, error: null }
  const parser = new HTTPParser()
  // Heads of any size: what is compared is what they mean.
  parser.initialize(HTTPParser.RESPONSE, {}, 1024 * 1024, flags)
  let pairs: string[] = []
  let inTrailer = false
  // Past 32 fields llhttp tells them in batches, and trailers in the same way.
  parser[HTTPParser.kOnHeaders] = (some: string[]) => {
    if (!inTrailer) pairs.push(...some)
  }
  parser[HTTPParser.kOnHeadersComplete] = (
    major: number,
    minor: number,
    some: string[] | undefined,
    _method: unknown,
    _url: unknown,
    status: number,
    _reason: unknown,
    _upgrade: boolean,
    keepsAlive: boolean,
  ) => {
    pairs.push(...(some ?? []))
    const fields = pairs.flatMap((name, n): [string, string][] =>
      n % 2 === 0 ? [[name.toLowerCase(), pairs[n + 1] ?? '']] : [],
    )
    read.heads.push({ version: `${major}.${minor}`, status, fields, keepsAlive })
    pairs = []
    inTrailer = true
    return 0
  }
  parser[HTTPParser.kOnBody] = (bytes: Buffer) => {
    read.body = Buffer.concat([read.body, bytes])
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    read.ended++
    inTrailer = false
  }
  const note = (result: unknown) => {
    if (result instanceof Error) read.error ??= 'code' in result ? String(result.code) : result.message
  }
  return {
    read,
    push: (bytes) => {
      if (read.error === null && bytes.length > 0) note(parser.execute(bytes))
    },
    end: () => {
      if (read.error === null) note(parser.finish())
    },
    close: () => parser.close(),
  }
}
