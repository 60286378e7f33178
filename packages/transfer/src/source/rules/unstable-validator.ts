import type { ResponseNote } from '../../http/rules/response-note.ts'
import { parseContentRange, strongValidator } from './range-resume.ts'

/** What a response says of the version that it is of. */
export interface SaidVersion {
  etag: string | null
  lastModified: string | null
  /** Length of the whole resource. */
  total: number | null
}

export const validatorUnstable: ResponseNote = {
  code: 'validator_unstable',
  detail: 'The entity tag changes while size and Last-Modified stay, so it does not identify a version.',
}

/**
 * Whether a later response has another tag although nothing else says that the resource has changed. Servers behind one name that
 * count tags each for itself do so, and scripts that make one up. Such a tag identifies no version.
 */
export function isTagUnstable(begun: SaidVersion, later: SaidVersion): boolean {
  return (
    strongValidator(begun.etag ?? undefined) !== null &&
    strongValidator(later.etag ?? undefined) !== null &&
    begun.etag !== later.etag &&
    begun.lastModified !== null &&
    begun.lastModified === later.lastModified &&
    begun.total !== null &&
    begun.total === later.total
  )
}

/** What a 200 or a 206 says. */
export function saidVersion(status: number, headers: Readonly<Record<string, string>>): SaidVersion {
  const length = headers['content-length']
  const whole = status === 200 && length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null
  const total = status === 206 ? (parseContentRange(headers['content-range'])?.total ?? null) : whole
  return { etag: headers.etag ?? null, lastModified: headers['last-modified'] ?? null, total }
}
