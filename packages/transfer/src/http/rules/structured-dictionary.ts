const key = '[a-z*][a-z0-9_.*\\-]*'
const bytes = ':([A-Za-z0-9+/=]*):'
const bareItem = [
  '-?\\d{1,15}(?:\\.\\d{1,3})?',
  '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\["\\\\])*"',
  "[A-Za-z*][!#$%&'*+\\-.^_`|~0-9A-Za-z:/]*",
  ':[A-Za-z0-9+/=]*:',
  '\\?[01]',
  '@-?\\d{1,15}',
  '%"(?:[\\x20\\x21\\x23\\x24\\x26-\\x7e]|%[0-9a-f]{2})*"',
].join('|')
const parameters = `(?:; *${key}(?:=(?:${bareItem}))?)*`
const item = `(?:${bareItem})${parameters}`
const innerList = `\\( *(?:${item}(?: +${item})* *)?\\)${parameters}`
const member = new RegExp(
  `(${key})(?:=(?:${bytes}${parameters}|${item}|${innerList})|${parameters})(?:[ \\t]*(,)[ \\t]*|$)`,
  'y',
)

/**
 * The byte sequences among the members of a dictionary (RFC 9651 §3.2, §3.3.5), still in base64, in their order. A key that comes
 * twice is there twice: the RFC takes the last one, the caller may want to know. Null: not a dictionary, so nothing in it counts.
 */
export function dictionaryBytes(field: string): { key: string; base64: string }[] | null {
  const found: { key: string; base64: string }[] = []
  for (let at = 0, more = field !== ''; more; at = member.lastIndex) {
    member.lastIndex = at
    const match = member.exec(field)
    if (!match) return null
    if (match[2] !== undefined) found.push({ key: match[1]!, base64: match[2] })
    more = match[3] !== undefined
  }
  return found
}
