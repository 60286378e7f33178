import { type Field, framesBody, isValueByte, parseField } from './header-fields.ts'

/** The head of a response (RFC 9112 §4, §5). */
export interface ResponseHead {
  version: '1.0' | '1.1'
  /** 100 to 999: some origins have statuses that HTTP does not have. */
  status: number
  /** In order; names in lower case, values without white space around, one character a byte (latin1). */
  fields: readonly Field[]
}

/** Of status line, fields and the blank line together. */
export const maxHeadBytes = 16 * 1024

const versions = { 'HTTP/1.1 ': '1.1', 'HTTP/1.0 ': '1.0' } as const
const versionBytes = 9
const errors = {
  version: 'The response is not HTTP/1.1.',
  status: 'The status line of the response is malformed.',
  statusRange: 'The status of the response is none of HTTP.',
  lineEnd: 'A line of the head ends without CR LF.',
  tooLong: `The head of the response is longer than ${maxHeadBytes} bytes.`,
  tab: 'There is a tab in a field that frames the body.',
  unfinished: 'The head of the response does not end with one blank line.',
}

/**
 * The index behind the blank line that ends the head at the beginning of the first `length` bytes, or -1 while it is not
 * there. The first `from` bytes have been looked at before.
 */
export function headEnd(bytes: Uint8Array, length: number, from: number): number {
  // `at` is where the last of the four bytes CR LF CR LF may be: any other byte there rules out the next three places too.
  let at = Math.max(from, 3)
  while (at < length) {
    const byte = bytes[at]
    if (byte === 10) {
      if (bytes[at - 1] === 13 && bytes[at - 2] === 10 && bytes[at - 3] === 13) return at + 1
      at += 2
    } else at += byte === 13 ? 1 : 4
  }
  return -1
}

/**
 * Why the first `length` bytes will never be a head, as far as that can be said before its end has come: something that
 * does not speak HTTP may say nothing more and keep the connection. Null while they may become one.
 */
export function unfinishedHeadError(bytes: Uint8Array, length: number, from: number): string | null {
  if (length >= maxHeadBytes) return errors.tooLong
  const start = String.fromCharCode(...bytes.subarray(0, Math.min(length, versionBytes)))
  if (!Object.keys(versions).some((version) => version.startsWith(start))) return errors.version
  // No byte of a head but the two together (RFC 9112 §2.2).
  for (let at = Math.max(from, 1); at < length; at++) {
    if ((bytes[at] === 10) !== (bytes[at - 1] === 13)) return errors.lineEnd
  }
  return null
}

/**
 * Reads a whole head with its blank line, one character a byte. The error is a sentence for the client and repeats nothing
 * of the response. Everything that recipients are known to understand in two ways is refused: this is a client, it may.
 */
export function parseHead(text: string): ResponseHead | { error: string } {
  if (text.length > maxHeadBytes) return { error: errors.tooLong }
  const version = versions[text.slice(0, versionBytes) as keyof typeof versions]
  if (version === undefined) return { error: errors.version }
  const status = digits(text, versionBytes, 3)
  let at = versionBytes + 3
  if (text.charCodeAt(at) === 32) while (isValueByte(text.charCodeAt(at))) at++
  if (status < 0 || !isLineEnd(text, at)) return { error: errors.status }
  if (status < 100) return { error: errors.statusRange }
  at += 2
  const fields: Field[] = []
  while (!isLineEnd(text, at)) {
    if (at >= text.length) return { error: errors.unfinished }
    const line = parseField(text, at)
    if ('error' in line) return line
    // White space to RFC 9110 §5.6.3, but known readers (llhttp is one) then take the body for unframed.
    if (framesBody(line.field) && text.slice(at, line.next).includes('\t')) return { error: errors.tab }
    fields.push(line.field)
    at = line.next
  }
  if (at + 2 !== text.length) return { error: errors.unfinished }
  return { version, status, fields }
}

/** A status line that has ended, with a final status of three digits, whatever version and reason it has. */
const finalStatusLine = /^HTTP\/\d(?:\.\d)? +([2-5]\d\d)(?:[ \t][^\n]*|\r?)\n/

/**
 * What can be relied on in a head that is refused or has broken off: its status, if it is a final one, and the fields that
 * are well formed. Null: there is no clear status line. How a body would end is never to be taken from it.
 */
export function readBrokenHead(text: string): Pick<ResponseHead, 'status' | 'fields'> | null {
  const line = finalStatusLine.exec(text)
  if (!line) return null
  const lines = text.slice(line[0].length).split(/\r?\n/)
  // Behind the last line end there is nothing, or half a line.
  const whole = lines.slice(0, -1)
  const blank = whole.indexOf('')
  const fields: Field[] = []
  for (const each of blank < 0 ? whole : whole.slice(0, blank)) {
    const read = parseField(`${each}\r\n`, 0)
    if ('field' in read) fields.push(read.field)
  }
  return { status: Number(line[1]), fields }
}

/** Repeated fields become one, joined with ", " (RFC 9110 §5.3). */
export function joinFields(fields: readonly Field[]): Record<string, string> {
  const joined = new Map<string, string>()
  for (const [name, value] of fields) {
    const before = joined.get(name)
    joined.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return Object.fromEntries(joined)
}

function isLineEnd(text: string, at: number): boolean {
  return text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10
}

/** The number that `count` digits make, or -1. */
function digits(text: string, from: number, count: number): number {
  let number = 0
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 48
    // Behind the end of the text this is NaN.
    if (!(digit >= 0 && digit <= 9)) return -1
    number = number * 10 + digit
  }
  return number
}
