import { bodyFraming, keepsAlive } from '#transfer/http/rules/body-framing.ts'
import { ChunkedError, createChunkedDecoder } from '#transfer/http/rules/chunked-body.ts'
import { headEnd, parseHead } from '#transfer/http/rules/response-head.ts'
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
}

export function parseResponse(bytes: Buffer): ParsedResponse {
  const response: ParsedResponse = {
    result: 'refused',
    heads: [],
    body: Buffer.alloc(0),
    bytesRead: 0,
    endsWithConnection: false,
    error: null,
  }
  const refused = (error: string) => ({ ...response, error })
  for (;;) {
    const rest = bytes.subarray(response.bytesRead)
    const end = headEnd(rest, rest.length, 0)
    if (end < 0) return { ...response, result: 'unfinishedHead' }
    const head = parseHead(rest.toString('latin1', 0, end))
    if ('error' in head) return refused(head.error)
    const framing = bodyFraming(head, 'GET')
    if ('error' in framing) return refused(framing.error)
    if (head.status === 101) return refused('The caller refuses a 101.')
    const { version, status } = head
    const fields = head.fields.map(([name, value]): [string, string] => [name, value])
    response.heads.push({ version, status, fields, keepsAlive: keepsAlive(head, framing) })
    response.bytesRead += end
    const behind = rest.subarray(end)
    if (status < 200) continue
    if (framing.kind === 'none') return { ...response, result: 'whole' }
    if (framing.kind === 'close') {
      return { ...response, result: 'whole', body: behind, bytesRead: bytes.length, endsWithConnection: true }
    }
    if (framing.kind === 'length') {
      const body = behind.subarray(0, framing.bytes)
      const result = body.length === framing.bytes ? 'whole' : 'unfinishedBody'
      return { ...response, result, body, bytesRead: response.bytesRead + body.length }
    }
    const decoder = createChunkedDecoder()
    const runs: Uint8Array[] = []
    try {
      response.bytesRead += decoder.push(behind, (run) => runs.push(run))
    } catch (error) {
      if (!(error instanceof ChunkedError)) throw error
      return refused(error.message)
    }
    return { ...response, result: decoder.done ? 'whole' : 'unfinishedBody', body: Buffer.concat(runs) }
  }
}
