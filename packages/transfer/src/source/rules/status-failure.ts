import type { ResponseNote } from '../../http/rules/response-note.ts'
import type { TransferErrorName } from '../../http/rules/transfer-error.ts'

/** Apple's name for an HTTP error status (the mapping its own loaders use). */
export function statusFailure(status: number): TransferErrorName {
  if (status === 401 || status === 407) return 'userAuthenticationRequired'
  if (status === 403) return 'noPermissionsToReadFile'
  if (status === 404 || status === 410) return 'fileDoesNotExist'
  return 'badServerResponse'
}

/** Whether a status comes with a file. 202 only promises one; 206 depends on the part (see `totalOfWholePart`). */
export function isOfFile(status: number): boolean {
  return status >= 200 && status < 300 && status !== 202
}

/** What the origin did, for people: a sentence without its end. */
export function statusDetail(status: number): string {
  const answered = `the origin answered ${status}`
  if (status === 202) return `${answered}: the file is not ready yet`
  if (status === 206) return `${answered}: it sent a part that was not asked for`
  if (status === 304) return `${answered} (not modified) to a request without a condition`
  if (status >= 300 && status < 400) return `${answered}, and does not say where the file is`
  if (status >= 600) return `${answered}, which is no status of HTTP`
  return answered
}

/** What is odd about a 2xx status where a file was asked for; null: nothing. */
export function statusNote(status: number): ResponseNote | null {
  if (status === 204 || status === 205)
    return { code: 'no_content', detail: `the origin answered ${status}: there is no content, and the file is empty` }
  if (status < 200 || status >= 300 || status === 200 || status === 206) return null
  return { code: 'unexpected_status', detail: `the origin answered ${status}, which is not the status of a file` }
}

const passingErrors: ReadonlySet<string> = new Set(['RequestTimeout', 'SlowDown'])

/**
 * The code in the body of a 400 of S3 that passes with time (a RequestTimeout is a 400 there); null: there is none. `body` is the
 * beginning of the body, as text.
 */
export function passingErrorCode(body: string): string | null {
  const code = /<Code>\s*(\w{1,64})\s*<\/Code>/.exec(body)?.[1]
  return code !== undefined && passingErrors.has(code) ? code : null
}
