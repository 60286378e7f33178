import { keepsAlive } from '#transfer/http/rules/body-framing.ts'
import { ChunkedError, createChunkedDecoder } from '#transfer/http/rules/chunked-body.ts'
import { chunkedLimits } from '#transfer/http/rules/chunked-limits.ts'
import { createHeadFinder, type Tolerance } from '#transfer/http/rules/find-head.ts'
import type { Oddity } from '#transfer/http/rules/oddity.ts'
import type { ReadHead } from './llhttp.ts'

/**
 * What our parser makes of a response with the informational responses before it: `whole`, still to go on, or refused. `bytesRead`
 * is where the last message that it accepted ends.
 */
export interface ParsedResponse {
  result: 'whole' | 'unfinishedHead' | 'unfinishedBody' | 'refused'
  heads: ReadHead[]
  body: Buffer
  bytesRead: number
  endsWithConnection: boolean
  error: string | null
  oddities: Set<Oddity>
}

/** All bytes are there; the connection has not ended. */
export function parseResponse(bytes: Buffer, tolerance: Tolerance): ParsedResponse {
  const response: ParsedResponse = {
    result: 'refused',
    heads: [],
    body: Buffer.alloc(0),
    bytesRead: 0,
    endsWithConnection: false,
    error: null,
    oddities: new Set(),
  }
  const refused = (error: string) => ({ ...response, error })
  const note = (oddities: ReadonlySet<Oddity>) => {
    for (const oddity of oddities) response.oddities.add(oddity)
  }
  for (;;) {
    const rest = bytes.subarray(response.bytesRead)
    const found = createHeadFinder('GET', tolerance)(rest)
    if (found === null) return { ...response, result: 'unfinishedHead' }
    if ('error' in found) return refused(found.error)
    const { head, framing, end } = found
    if (head.status === 101) return refused('The caller refuses a 101.')
    note(found.oddities)
    const { version, status } = head
    const fields = head.fields.map(([name, value]): [string, string] => [name, value])
    response.heads.push({ version, status, fields, keepsAlive: keepsAlive(head, framing) })
    response.bytesRead += end
    const behind = rest.subarray(end)
    if (status < 200) continue
    if (framing.kind === 'none') return { ...response, result: 'whole' }
    if (framing.kind === 'close') {
      if (framing.bytes !== undefined && framing.bytes !== behind.length) return refused('The length is another.')
      return { ...response, result: 'whole', body: behind, bytesRead: bytes.length, endsWithConnection: true }
    }
    if (framing.kind === 'length') {
      if (framing.isDisputed && behind.length > framing.bytes) return refused('The length is disputed.')
      const body = behind.subarray(0, framing.bytes)
      const result = body.length === framing.bytes ? 'whole' : 'unfinishedBody'
      return { ...response, result, body, bytesRead: response.bytesRead + body.length }
    }
    const decoder = createChunkedDecoder(chunkedLimits, { isStrict: tolerance === 'strict' })
    const runs: Uint8Array[] = []
    try {
      response.bytesRead += decoder.push(behind, (run) => runs.push(run))
    } catch (error) {
      if (!(error instanceof ChunkedError)) throw error
      return refused(error.message)
    }
    note(decoder.oddities)
    return { ...response, result: decoder.done ? 'whole' : 'unfinishedBody', body: Buffer.concat(runs) }
  }
}
