import type { Expected } from './rules/expected.ts'

const defaultIdleTimeoutMs = 60_000

/** What is downloaded, where to, and what must hold for it. */
export interface DownloadRequest {
  url: string
  headers: Record<string, string>
  /** Connections are used again for requests of the same scope only. */
  connectionScope: string
  /**
   * The object's key when this attempt begins the download anew. One of its own for each attempt, where an earlier one may
   * still be writing.
   */
  key: string
  /** No byte for so long: timedOut. */
  idleTimeoutMs: number
  /** Whether an error status fails the download, or its body is the file. */
  statusPolicy: 'fail' | 'deliver'
  /** What an attempt does with stored parts that no validator identifies: begin anew, or fetch them again and compare. */
  resumeWithoutValidator: 'never' | 'compare'
  /** Whether a body in a content coding is stored as it is, or decoded. */
  contentDecoding: 'keep' | 'decode'
  expected: Expected | null
  /** A hard limit; null: none. */
  maximumBytes: number | null
}

/** A request with defaults: no headers, no limits, one scope, 60 s without a byte, and an error status fails it. */
export function requestFor(given: Pick<DownloadRequest, 'url' | 'key'> & Partial<DownloadRequest>): DownloadRequest {
  return {
    headers: {},
    connectionScope: '',
    idleTimeoutMs: defaultIdleTimeoutMs,
    statusPolicy: 'fail',
    resumeWithoutValidator: 'never',
    contentDecoding: 'keep',
    expected: null,
    maximumBytes: null,
    ...given,
  }
}
