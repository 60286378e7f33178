/**
 * How many bytes a Location may have. Signed links are long, and those that carry a policy or a token longer still; the limit for
 * URLs that clients give is lower.
 */
export const maxLocationBytes = 64 * 1024

const referenceParts = /^([^?#]*)(\?[^#]*)?/
const slashesBehindScheme = /^(https?:)?(\/*)/i
const pathBehindAuthority = /^((?:[a-z][a-z0-9+.-]*:)?\/\/[^/]*)?(.*)$/is
const userInformation = /^((?:[a-z][a-z0-9+.-]*:)?\/\/)[^/?#]*@/i

/**
 * A Location (one character a byte) as the URL standard reads it, written so that every reader agrees: without white space around, tabs
 * and fragment, backslashes as slashes, two slashes before a host, and everything that is no printable ASCII encoded in path and query.
 * The host is left as it is, so that its spelling can be checked. Bytes that are no UTF-8 are encoded one by one. A backslash in the
 * query, which the standard leaves, is encoded, because no URL of ours has one. `base` is the URL that it is relative to.
 */
export function cleanLocation(location: string, base: URL): string {
  const [, before = '', query = ''] = referenceParts.exec(stripped(decoded(location))) ?? []
  const slashed = withTwoSlashes(before.replaceAll('\\', '/'), base)
  const [, authority = '', path = ''] = pathBehindAuthority.exec(slashed) ?? []
  return authority + `${path}${query}`.replace(/[^\x21-\x7e]|\\/gu, encodeURIComponent)
}

/** A host follows two slashes or more, or another scheme than the base's and any number of them. */
function withTwoSlashes(text: string, base: URL): string {
  const [start, scheme = '', slashes = ''] = slashesBehindScheme.exec(text) ?? ['']
  const isOther = scheme !== '' && scheme.toLowerCase() !== base.protocol
  return isOther || slashes.length >= 2 ? `${scheme}//${text.slice(start.length)}` : text
}

/** A cleaned Location without user information. */
export function withoutUserInformation(cleaned: string): string {
  return cleaned.replace(userInformation, '$1')
}

/** Loops, because a pattern for the end would take a time that grows with the square of the spaces inside. */
function stripped(text: string): string {
  const kept = text.replace(/[\t\r\n]/g, '')
  let [from, to] = [0, kept.length]
  while (from < to && kept.charCodeAt(from) <= 32) from++
  while (to > from && kept.charCodeAt(to - 1) <= 32) to--
  return kept.slice(from, to)
}

function decoded(bytes: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return bytes.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
  }
}
