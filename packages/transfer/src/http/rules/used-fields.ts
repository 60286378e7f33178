/**
 * The fields by which a download goes: what its bytes are, where they are and when to ask for them again. One of them is never passed
 * over for a control character in its value, as others are, because the bytes would then be taken for something else. A name that
 * is suggested (Content-Disposition) decides nothing about them: the URL has one too.
 */
const used: ReadonlySet<string> = new Set([
  ...['content-encoding', 'content-type', 'content-range', 'accept-ranges'],
  ...['etag', 'last-modified', 'date', 'location', 'retry-after', 'set-cookie'],
])

/** `name` is in lower case. */
export function isUsedField(name: string): boolean {
  return used.has(name)
}
