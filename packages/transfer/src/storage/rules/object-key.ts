/** S3 limits the bytes of a key, file systems those of a segment. Both implementations keep both limits, so that a key fits either. */
const maxKeyBytes = 1024
const maxSegmentBytes = 255

/**
 * Whether a key can name an object in every kind of storage: a relative path of plain segments.
 * Nothing that passes can leave the place it is joined to: no `.` or `..`, no empty segment, no leading slash,
 * no backslash (a separator on Windows), no control character, no lone surrogate.
 */
export function isObjectKey(key: string): boolean {
  if (!key.isWellFormed() || /[\p{Cc}\\]/u.test(key) || utf8Bytes(key) > maxKeyBytes) return false
  return key.split('/').every((part) => !['', '.', '..'].includes(part) && utf8Bytes(part) <= maxSegmentBytes)
}

/** The rule in words, for clients. */
export const objectKeyRule =
  'A key is a relative path: no empty, "." or ".." segment, no backslash, no control character, 1,024 bytes at most.'

function utf8Bytes(text: string): number {
  return encodeURIComponent(text).replace(/%../g, '.').length
}
