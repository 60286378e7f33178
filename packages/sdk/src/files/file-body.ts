import { readBody } from '../http/read-body.ts'
import type { Transport } from '../http/transport.ts'
import type { RequestOptions } from '../request-options.ts'

/** What a request for a file has brought. */
export interface FileBody {
  /** Whether it begins where it was asked to, and not with the first byte of the file. */
  isPart: boolean
  /** How many bytes come. NaN: it is not said, or a coding is taken off on the way. */
  bytes: number
  /** To be read to its end or left: both let go of the connection. Only the time spent waiting for a chunk counts for `timeoutMs`. */
  chunks: AsyncIterable<Uint8Array>
}

/** One attempt at a GET of a file. Throws a BackhaulError, or the signal's reason. */
export type OpenFile = (transport: Transport, path: string, options: RequestOptions) => Promise<FileBody>

/** By `fetch`, which every runtime has. */
export const openByFetch: OpenFile = async (transport, path, options) => fileBodyOf(await transport.open(path, options))

export function fileBodyOf({ response, deadline }: Awaited<ReturnType<Transport['open']>>): FileBody {
  const { status, headers, body } = response
  return {
    isPart: status === 206,
    bytes: headers.has('content-encoding') ? Number.NaN : Number(headers.get('content-length') ?? Number.NaN),
    chunks: readBody(body!, deadline),
  }
}
