import { decodeBody } from '../bytes/decode-body.ts'
import { type ResponseNote, withNote } from '../http/rules/response-note.ts'
import type { TaskResponse } from '../http/rules/transaction.ts'
import { codingsOf, contentEncodingOf } from '../source/rules/content-coding.ts'
import type { SourceResponse } from '../source/source.ts'
import type { DownloadRequest } from './download-request.ts'

/** How the body of a response is stored. */
interface CodedBody {
  body: SourceResponse
  /** The bytes of the file are not those of the response: its length and digests do not count for them. */
  isDecoded: boolean
  /** The file's bytes are in a coding. */
  isCoded: boolean
  /** As it is shown; null: none. */
  contentEncoding: string | null
  note: ResponseNote | null
}

/** No coding is ever asked for. One that comes all the same is decoded when the client wants that, and noted otherwise. Throws TransferError. */
export function codedBody(
  { contentDecoding }: Pick<DownloadRequest, 'contentDecoding'>,
  response: SourceResponse,
): CodedBody {
  const isEmpty = response.headers['content-length'] === '0' || response.status === 204 || response.status === 205
  const codings = isEmpty ? [] : codingsOf(response.headers['content-encoding'])
  if (codings.length === 0)
    return { body: response, isDecoded: false, isCoded: false, contentEncoding: null, note: null }
  if (contentDecoding === 'decode')
    return { body: decodeBody(response, codings), isDecoded: true, isCoded: false, contentEncoding: null, note: null }
  const contentEncoding = contentEncodingOf(codings)
  return {
    body: response,
    isDecoded: false,
    isCoded: true,
    contentEncoding,
    note: {
      code: 'content_encoded',
      detail: `The origin sent the content coding ${contentEncoding ?? 'of a name that is none'}; it is stored as it came.`,
    },
  }
}

/** The response's facts with its coding. Bytes in a coding look like nothing. */
export function withCoding(facts: TaskResponse, { isCoded, contentEncoding, note }: CodedBody): TaskResponse {
  if (!isCoded) return facts
  return { ...facts, contentEncoding, sniffed: null, ...(note && { notes: withNote(facts.notes ?? [], note) }) }
}
