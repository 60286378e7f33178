/** A name in lower case, and a value without the white space around it; latin1, one character a byte. */
export type Field = readonly [name: string, value: string]

const tokenBit = 1
const valueBit = 2
const hexBit = 4
const classes = classify()

/** RFC 9110 §5.6.2. */
export function isToken(code: number): boolean {
  return ((classes[code] ?? 0) & tokenBit) !== 0
}

/** RFC 9110 §5.5: what may stand in a field's value, in a reason phrase and, escaped, in a quoted string; no control but the tab. */
export function isValueByte(code: number): boolean {
  return ((classes[code] ?? 0) & valueBit) !== 0
}

export function isHexDigit(code: number): boolean {
  return ((classes[code] ?? 0) & hexBit) !== 0
}

export function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** Unlike trim(), which takes a byte of 0xA0 for white space, and without a second look at any character. */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

/** Reads the field line that begins at `from`; `next` is the index behind its CRLF. RFC 9112 §5, without everything that it merely tolerates. */
export function parseField(text: string, from: number): { field: Field; next: number } | { error: string } {
  let colon = from
  while (isToken(text.charCodeAt(colon))) colon++
  const behindName = text.charCodeAt(colon)
  if (behindName !== 58) {
    // A blank here folds a line into the one before (§5.2) or hides the name from others (§5.1).
    if (isBlank(behindName)) return { error: colon === from ? errors.folded : errors.blankBeforeColon }
    return { error: errors.name }
  }
  if (colon === from) return { error: errors.name }
  let start = colon + 1
  while (isBlank(text.charCodeAt(start))) start++
  let end = start
  while (isValueByte(text.charCodeAt(end))) end++
  if (text.charCodeAt(end) !== 13 || text.charCodeAt(end + 1) !== 10) return { error: errors.value }
  const next = end + 2
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return { field: [text.slice(from, colon).toLowerCase(), text.slice(start, end)], next }
}

/** Whether the field says where a body ends (RFC 9112 §6). */
export function framesBody([name]: Field): boolean {
  return name === 'content-length' || name === 'transfer-encoding'
}

/** The values of all fields with a name (in lower case), in order. */
export function valuesOf(fields: readonly Field[], name: string): string[] {
  const values: string[] = []
  for (const [other, value] of fields) if (other === name) values.push(value)
  return values
}

const errors = {
  folded: 'A line of fields begins with white space.',
  blankBeforeColon: 'There is white space between the name of a field and its colon.',
  name: 'The name of a field is not a token.',
  value: 'The value of a field has a control character, or its line does not end with CR LF.',
}

function classify(): Uint8Array {
  const table = new Uint8Array(256)
  for (let code = 0; code < 256; code++) {
    const char = String.fromCharCode(code)
    if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char)) table[code]! |= tokenBit
    if (/[\t\x20-\x7e\x80-\xff]/.test(char)) table[code]! |= valueBit
    if (/[0-9A-Fa-f]/.test(char)) table[code]! |= hexBit
  }
  return table
}
