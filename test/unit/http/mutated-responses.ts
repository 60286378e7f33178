import { randomFrom } from '#support/builders/random-verbs.ts'
import { suspectBytes, suspectLineEnds, suspectLines, suspectWords } from './suspect-framing.ts'

/** A valid response (with informational responses before it, and a next one behind it), and what a reader must make of it. */
interface MadeResponse {
  bytes: Buffer
  status: number
  /** Of the final response; names in lower case. */
  fields: [string, string][]
  body: Buffer
  /** Where the response ends. */
  length: number
}

const tokenChars = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
const valueChars = ` \t!"#,;:=\\/()<>@[]{}?${tokenChars}\x80\x85\xa0\xc3\xff`
const names = ['ETag', 'Content-Type', 'Location', 'Set-Cookie', 'Upgrade', 'Trailer', 'Content-Lengthy', 'TE', 'C']
const options = ['close', 'keep-alive', 'Keep-Alive, Upgrade', 'foo,CLOSE', 'upgrade', 'x', '', 'close\t, x', 'closed']
const framingName = /^(content-length|transfer-encoding):/i

export function createResponses(seed: number) {
  const random = randomFrom(seed)
  const below = (end: number) => Math.floor(random() * end)
  const chance = (share: number) => random() < share
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!
  const text = (chars: string, least: number, most: number) =>
    Array.from({ length: least + below(most - least + 1) }, () => chars[below(chars.length)]).join('')
  const blanks = () => (chance(0.7) ? ' ' : text(' \t', 0, 3))
  const value = () => text(valueChars, 0, 12).replace(/^[ \t]+|[ \t]+$/g, '')
  const bytesOf = (latin1: string) => Buffer.from(latin1, 'latin1')
  const anyCase = (word: string) => (chance(0.2) ? word.toUpperCase() : chance(0.2) ? word.toLowerCase() : word)

  const field = (): [string, string] => [chance(0.5) ? pick(names) : text(tokenChars, 1, 6), value()]
  const fieldsOfAll = (most: number) =>
    Array.from({ length: below(most + 1) }, field).filter(
      // Chance may write what says how the response is framed.
      ([name]) => !/^(content-length|transfer-encoding|(proxy-)?connection)$/i.test(name),
    )
  const lines = (fields: readonly [string, string][]) =>
    fields
      .map(([name, words]) => `${name}:${blanks()}${words}${chance(0.2) ? text(' \t', 0, 2) : ''}`)
      // The one thing that is valid and refused.
      .map((line) => (framingName.test(line) ? line.replaceAll('\t', ' ') : line))
      .map((line) => `${line}\r\n`)
      .join('')
  const reason = () => (chance(0.1) ? '' : ` ${pick(['OK', '', 'Not Found', 'a\tb', ' ', 'f\xfcr', value()])}`)

  function chunked(body: Buffer): string {
    let framed = ''
    for (let at = 0; at < body.length; ) {
      const size = 1 + below(Math.min(body.length - at, 20))
      framed += `${chunkSize(size)}${extensions()}\r\n${body.toString('latin1', at, at + size)}\r\n`
      at += size
    }
    return `${framed}${'0'.repeat(1 + below(3))}${extensions()}\r\n${chance(0.3) ? lines(fieldsOfAll(3)) : ''}\r\n`
  }
  const chunkSize = (size: number) =>
    '0'.repeat(chance(0.2) ? below(15) : 0) + (chance(0.5) ? size.toString(16) : size.toString(16).toUpperCase())
  const extensions = () => (chance(0.7) ? '' : Array.from({ length: 1 + below(2) }, extension).join(''))
  function extension(): string {
    const name = `;${text(tokenChars, 1, 5)}`
    if (chance(0.3)) return name
    if (chance(0.5)) return `${name}=${text(tokenChars, 1, 5)}`
    const words = value().replace(/["\\]/g, (char) => `\\${char}`)
    return `${name}="${words}${chance(0.2) ? '\\a\\\t' : ''}"`
  }

  function make(): MadeResponse {
    let before = ''
    while (chance(0.1)) before += `HTTP/1.1 ${pick([100, 102, 103, 150])}${reason()}\r\n${lines(fieldsOfAll(2))}\r\n`
    const version = chance(0.85) ? '1.1' : '1.0'
    const status = chance(0.7) ? 200 : pick([201, 204, 205, 206, 226, 301, 304, 404, 416, 503, 599, 600, 999])
    const isEmpty = [204, 205, 304].includes(status)
    const fields = fieldsOfAll(chance(0.03) ? 70 : 6)
    let body = bytesOf(chance(0.5) ? text(valueChars, 0, 40) : text('\r\n01a;:\0', 0, 40))
    let framed: string
    const framing = isEmpty ? 'none' : pick(['length', 'length', 'chunked', 'chunked', 'close'])
    if (framing === 'chunked' && version === '1.1') {
      fields.splice(below(fields.length + 1), 0, [anyCase('Transfer-Encoding'), anyCase('chunked')])
      framed = chunked(body)
    } else if (framing === 'none') {
      body = Buffer.alloc(0)
      framed = ''
    } else {
      framed = body.toString('latin1')
      if (framing !== 'close') fields.splice(below(fields.length + 1), 0, [anyCase('Content-Length'), `${body.length}`])
    }
    if (chance(0.3)) fields.splice(below(fields.length + 1), 0, [anyCase('Connection'), pick(options)])
    const response = `${before}HTTP/${version} ${status}${reason()}\r\n${lines(fields)}\r\n${framed}`
    const behind =
      framing === 'close' || chance(0.7) ? '' : pick(['HTTP/1.1 200 OK\r\n\r\n', 'GET / HTTP/1.1\r\n', '\r\n', 'x'])
    return {
      bytes: bytesOf(response + behind),
      status,
      fields: fields.map(([name, words]) => [name.toLowerCase(), words]),
      body,
      length: response.length,
    }
  }

  /** The bytes with a few small changes, most of them where lines and words end. */
  function mutate(bytes: Buffer): Buffer {
    let changed = bytes.toString('latin1')
    for (let changes = 1 + below(3); changes > 0; changes--) changed = change(changed)
    return bytesOf(chance(0.1) ? changed.slice(0, place(changed)) : changed)
  }
  function change(from: string): string {
    const at = place(from)
    const cut = (start: number, end: number, insert: string) => from.slice(0, start) + insert + from.slice(end)
    const lineStart = () => from.lastIndexOf('\n', at - 1) + 1
    switch (below(10)) {
      case 0:
        return cut(at, at + 1, pick(suspectBytes))
      case 1:
        return cut(at, at, pick(suspectBytes))
      case 2:
        return cut(at, at + 1 + (chance(0.3) ? below(5) : 0), '')
      case 3:
        return cut(at, at, pick(suspectWords))
      case 4:
      case 5:
        return cut(lineStart(), lineStart(), `${pick(suspectLines)}\r\n`)
      case 6: {
        const end = from.indexOf('\n', at) + 1
        const line = from.slice(lineStart(), end)
        return chance(0.5) ? cut(lineStart(), lineStart(), line) : cut(lineStart(), lineStart() + line.length, '')
      }
      case 7: {
        const end = from.indexOf('\r\n', at)
        return end < 0 ? from : cut(end, end + 2, pick(suspectLineEnds))
      }
      case 8:
        return cut(at, at + 1, String.fromCharCode(below(256)))
      default: {
        const end = Math.min(from.length, at + below(12))
        return cut(at, at, from.slice(at, end))
      }
    }
  }
  function place(from: string): number {
    if (chance(0.4)) return below(from.length + 1)
    // Near a line end, a colon, or the beginning.
    const near = from.indexOf(pick(['\r\n', '\r\n', ':', '\r\n\r\n', ';', ' ']), below(from.length + 1))
    return Math.max(0, Math.min(from.length, near + below(5) - 1))
  }

  return { make, mutate, chance, below }
}
