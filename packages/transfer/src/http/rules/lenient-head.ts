import { type Field, framesBody, isBlank, isToken, isValueByte, trimBlanks } from './header-fields.ts'
import type { Oddity } from './oddity.ts'
import { maxHeadBytes, type ResponseHead } from './response-head.ts'
import { isUsedField } from './used-fields.ts'

/** As much as browsers read. */
export const maxLenientHeadBytes = 256 * 1024
/** Of a longer value nobody makes use, and it must not get into a request, a row or an event; but a target may be long. */
const maxValueLength = 16 * 1024

/** Of the empty lines before a head. */
const maxBytesBefore = 64

const LF = 10
const CR = 13
const errors = {
  version: 'The response is not HTTP/1.1.',
  status: 'The status line of the response is malformed.',
  statusRange: 'The status of the response is none of HTTP.',
  tooLong: `The head of the response is longer than ${maxLenientHeadBytes} bytes.`,
  // Readers differ in taking these lines for the end of the head.
  lineStart: 'A line of the head begins with a control character.',
  twoCr: 'The head of the response has two CR in a row.',
  blank: 'A line of the head has nothing but white space.',
  nul: 'A field of the head that is used has a NUL in its value.',
  framing: 'A malformed line of the head may frame the body.',
}

/** Where the head begins: empty lines before it are skipped. */
function headStart(bytes: Uint8Array, length: number): number {
  let at = 0
  while (at < Math.min(length, maxBytesBefore)) {
    if (bytes[at] === LF) at += 1
    else if (bytes[at] === CR && bytes[at + 1] === LF && at + 1 < length) at += 2
    else break
  }
  return at
}

/**
 * The index behind the blank line that ends the head, where lines may end in LF alone; -1 while it is not there. A line that begins
 * with CR ends the head too, because it does for some readers. The first `from` bytes have been looked at before.
 */
export function lenientHeadEnd(bytes: Uint8Array, length: number, from: number): number {
  for (let at = Math.max(from - 2, headStart(bytes, length)); at < length; at++) {
    if (bytes[at] !== LF) continue
    if (bytes[at + 1] === LF && at + 1 < length) return at + 2
    if (bytes[at + 1] === CR && at + 2 < length) return at + 3
  }
  return -1
}

/**
 * Why the first `length` bytes will never be a head; null while they may become one. The first `from` bytes have been looked at before.
 * Two CR end a head whose lines end in CR: such a server sends no LF, and may say nothing more and keep the connection.
 */
export function unfinishedLenientError(bytes: Uint8Array, length: number, from: number): string | null {
  if (length >= maxLenientHeadBytes) return errors.tooLong
  for (let at = Math.max(from, 1); at < length; at++) if (bytes[at] === CR && bytes[at - 1] === CR) return errors.twoCr
  const at = headStart(bytes, length)
  if (at === length || (at + 1 === length && bytes[at] === CR)) return null
  const start = String.fromCharCode(...bytes.subarray(at, Math.min(length, at + 'HTTP/1.1 '.length)))
  const full = start.toUpperCase() + 'HTTP/1.1 '.slice(start.length)
  return /^HTTP\/1\.\d $/.test(full) ? null : errors.version
}

/** In lower case too, with more spaces than one, and with any minor version and reason. */
const statusLine = /^HTTP\/1\.(\d) +(\d{3})(?!\d)/i
/** A field that frames the body, for a reader who splits lines and words in another way. */
const framingInside = /(?:^|[^\w-])(?:content-length|transfer-encoding)[^!-~]*:/i

/**
 * Reads a whole head as browsers and curl do: what is malformed is skipped, unless it could say how the body is framed. The error is
 * a sentence for the client and repeats nothing of the response.
 */
export function parseLenientHead(text: string): { head: ResponseHead; oddities: Set<Oddity> } | { error: string } {
  if (text.length > maxLenientHeadBytes) return { error: errors.tooLong }
  const oddities = new Set<Oddity>()
  const start = /^(?:\r?\n)*/.exec(text)![0].length
  if (start > 0) oddities.add('linesBefore')
  if (text.length > maxHeadBytes) oddities.add('long')
  const lines = text.slice(start).split('\n')
  // Behind the last line end there is nothing, or a line that ends the head only for some.
  if (lines.pop() !== '') return { error: errors.lineStart }
  if (lines.some((line) => !line.endsWith('\r'))) oddities.add('lineEnds')
  if (lines.some((line) => beginsWithControl(line) && line !== '\r')) return { error: errors.lineStart }
  if (lines.some((line) => line.includes('\r\r'))) return { error: errors.twoCr }
  if (lines.some((line) => isBlank(line.charCodeAt(0)) && isEvery(line, isWhite))) return { error: errors.blank }
  const [first = '', ...rest] = lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  const status = statusOf(first)
  if (typeof status === 'string') return { error: status }
  if (!/^HTTP\/1\.[01] [1-5]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?$/.test(first)) oddities.add('statusLine')
  const fields = readFields(rest.slice(0, -1), oddities)
  if (fields === null) return { error: errors.framing }
  if (fields.some(([, value]) => value.includes('\0'))) return { error: errors.nul }
  if (fields.some(([, value]) => !isEvery(value, isValueByte))) oddities.add('control')
  return { head: { version: /^.{7}0/.test(first) ? '1.0' : '1.1', status, fields }, oddities }
}

function statusOf(line: string): number | string {
  if (!/^HTTP\/1\.\d /i.test(line)) return errors.version
  const status = statusLine.exec(line)?.[2]
  if (status === undefined || framingInside.test(line)) return errors.status
  return Number(status) < 100 ? errors.statusRange : Number(status)
}

/** The fields that are well formed, and the used ones with controls in their value; null: one that is not, or is too long to be read, may frame the body. */
function readFields(lines: readonly string[], oddities: Set<Oddity>): Field[] | null {
  const found: { name: string; values: string[]; isSkipped: boolean }[] = []
  for (const line of lines) {
    if (isBlank(line.charCodeAt(0))) {
      const last = found.at(-1)
      if (framingInside.test(line) || (last && framesBody([last.name, '']))) return null
      oddities.add('folded')
      last?.values.push(trimBlanks(line))
      if (last && !isUsedField(last.name) && !isEvery(line, isValueByte)) last.isSkipped = true
      continue
    }
    const read = readField(line)
    if (read === 'framing') return null
    if (read === null) oddities.add('malformed')
    else if (framesBody(read) && line.includes('\t')) oddities.add('tab')
    const [name, value] = read ?? ['', '']
    found.push({ name, values: [value], isSkipped: read === null })
  }
  const fields = found
    .filter(({ isSkipped }) => !isSkipped)
    .map(({ name, values }): Field => [name, trimBlanks(values.join(' '))])
  const isShort = ([name, value]: Field) => value.length <= maxValueLength || name === 'location'
  return fields.some((field) => framesBody(field) && !isShort(field)) ? null : fields.filter(isShort)
}

/** Null: no field. 'framing': no field, but somebody could take it for one that frames the body. */
function readField(line: string): Field | 'framing' | null {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(colon, 0))
  const field: Field = [name.toLowerCase(), trimBlanks(line.slice(colon + 1))]
  if (name !== '' && isEvery(name, isToken) && isEvery(line, isValueByte)) return field
  const tokens = [...name].filter((char) => isToken(char.charCodeAt(0))).join('')
  if (framesBody([tokens.toLowerCase(), '']) || framingInside.test(line)) return 'framing'
  return isUsedField(field[0]) ? field : null
}

function beginsWithControl(line: string): boolean {
  return line !== '' && !isValueByte(line.charCodeAt(0))
}

function isWhite(code: number): boolean {
  return isBlank(code) || code === CR
}

function isEvery(text: string, is: (code: number) => boolean): boolean {
  for (let at = 0; at < text.length; at++) if (!is(text.charCodeAt(at))) return false
  return true
}
