import type { ResponseNote } from './response-note.ts'
import type { Sniffed } from './sniff.ts'

/** One request and its response (Apple: URLSessionTaskTransactionMetrics). Times are RFC 3339; null where the step did not happen. */
export interface Transaction {
  /** Without its query, which may hold credentials. */
  url: string
  status: number | null
  protocol: string
  /** 'public' or 'private' (allowed by the operator): the class of the peer's address, never the address. */
  remoteAddressClass: 'public' | 'private' | null
  domainLookupStart: string | null
  domainLookupEnd: string | null
  connectStart: string | null
  secureConnectionStart: string | null
  connectEnd: string | null
  requestStart: string | null
  responseStart: string | null
  responseEnd: string | null
  countOfResponseBodyBytesReceived: number
  /** The offset this request resumed from; null for a whole request. */
  resumedFrom: number | null
  /** What was odd about the response, for the timeline. Absent: nothing. */
  notes?: readonly ResponseNote[]
}

/** What the origin said of the resource. */
export interface TaskResponse {
  status: number
  mimeType: string | null
  suggestedFilename: string
  etag: string | null
  lastModified: string | null
  /** False: the body ended with its connection, by nothing else (RFC 9112 §6.3). Absent: true. */
  lengthVerified?: boolean
  /** The content coding of the stored bytes, in lower case (RFC 9110 §8.4). Absent or null: none. */
  contentEncoding?: string | null
  /** What its first bytes look like. Null: they tell nothing. Absent: nobody has looked yet. */
  sniffed?: Sniffed | null
  /** What was odd about it. Absent: nothing. */
  notes?: readonly ResponseNote[]
}
