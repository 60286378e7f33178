import type { Expected } from '../bytes/rules/expected.ts'

const defaultIdleTimeoutMs = 60_000

/** The URL, the object to store it as, and the conditions of a download. */
export interface DownloadRequest {
  url: string
  headers: Record<string, string>
  /** A connection is reused only for requests of the same scope. */
  connectionScope: string
  /**
   * The object's key if this attempt begins the download anew. Where an earlier attempt may still be writing, each attempt needs
   * a key of its own.
   */
  key: string
  /** After this time without a byte the attempt fails with timedOut. */
  idleTimeoutMs: number
  /** Whether an error status fails the download, or its body is the file. */
  statusPolicy: 'fail' | 'deliver'
  /** What an attempt does with stored parts that no validator identifies: begin anew, or fetch them again and compare. */
  resumeWithoutValidator: 'never' | 'compare'
  /** Whether a body in a content coding is stored as it is, or decoded. */
  contentDecoding: 'keep' | 'decode'
  expected: Expected | null
  /** A hard limit on the file's size; null: none. */
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
