/**
 * The Content-Disposition of a download (RFC 6266): always `attachment`, so that no browser ever renders a tenant's bytes.
 * `filename` may be any text; what comes out is printable ASCII, fit for a header as it is.
 */
export function contentDisposition(filename: string): string {
  const name = asOneSegment(filename)
  // RFC 6266 appendix D: some readers decode %-escapes or mistake the backslash, so the plain form has neither.
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  return plain === name
    ? `attachment; filename="${plain}"`
    : `attachment; filename="${plain}"; filename*=UTF-8''${extendedValue(name)}`
}

/** A name is one path segment without control characters (RFC 6266 §4.3); an empty one gets a name. */
function asOneSegment(filename: string): string {
  const name = filename
    .toWellFormed()
    .replace(/[\p{Cc}/\\]/gu, '_')
    .trim()
  return name === '' || name === '.' || name === '..' ? 'download' : name
}

/** RFC 8187 §3.2.1: everything but attr-char is %-escaped; encodeURIComponent leaves `'()*` alone. */
function extendedValue(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
