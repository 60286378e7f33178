import { isUtf8 } from 'node:buffer'
import { AppError, taskLimits } from '@backhaul/core'
import { pointerTo } from './json-pointer.ts'

/**
 * Limits for every body, whatever its schema allows. Each step that reads a body takes time for each of its values,
 * so they are counted before it is parsed.
 */
export const jsonLimits = {
  /** Nesting of arrays and objects. */
  depth: 16,
  /** Items of one array, or members of one object. */
  entries: taskLimits.batch,
  /** Values in total. */
  values: 65_536,
}

/** The text of a body. RFC 8259 §8.1: JSON is UTF-8, and a byte order mark may be ignored. Throws `invalid_request`. */
export function decodeText(body: Buffer): string {
  if (!isUtf8(body)) throw refusal([], 'The body is not UTF-8.', 'encoding')
  const text = body.toString()
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

/** An array or object that is not closed yet. */
interface Container {
  /** Null in an array. */
  names: Set<string> | null
  /** The name of the member that is being read. */
  name: string
  index: number
  atName: boolean
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Refuses what is beyond {@link jsonLimits}, and an object that has a name twice: readers disagree on which one counts
 * (RFC 8259 §4), so a check and the code that it protects could see different values. Text that is not JSON may pass.
 */
export function inspectJson(json: string): void {
  const open: Container[] = []
  let top: Container | undefined
  let values = 1
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case quote: {
        const end = endOfString(json, at)
        if (top?.atName) readName(json.slice(at, end + 1), top, open)
        at = end
        break
      }
      case openArray:
      case openObject: {
        const isObject = json.charCodeAt(at) === openObject
        top = { names: isObject ? new Set() : null, name: '', index: 0, atName: isObject }
        open.push(top)
        values += 1
        if (open.length > jsonLimits.depth)
          throw refusal(
            open.slice(0, -1),
            `Arrays and objects lie in each other more than ${jsonLimits.depth} deep.`,
            'maxDepth',
          )
        break
      }
      case closeArray:
      case closeObject:
        open.pop()
        top = open.at(-1)
        break
      case comma:
        values += 1
        if (top !== undefined) next(top, open)
        break
    }
    if (values > jsonLimits.values)
      throw refusal([], `The body has more than ${jsonLimits.values} values. Send it in parts.`, 'maxValues')
  }
}

function next(top: Container, open: readonly Container[]): void {
  top.index += 1
  top.atName = top.names !== null
  if (top.index < jsonLimits.entries) return
  const [what, code] = top.names === null ? ['items', 'maxItems'] : ['members', 'maxProperties']
  throw refusal(open.slice(0, -1), `There are more than ${jsonLimits.entries} ${what}.`, code!)
}

/** The index of the closing quote of the string that begins at `at`. */
function endOfString(json: string, at: number): number {
  let end = at
  do {
    end = json.indexOf('"', end + 1)
    if (end === -1) return json.length
  } while (isEscaped(json, end))
  return end
}

/** True after an odd number of backslashes. */
function isEscaped(json: string, at: number): boolean {
  let first = at
  while (json.charCodeAt(first - 1) === backslash) first -= 1
  return (at - first) % 2 === 1
}

function readName(quoted: string, top: Container, open: readonly Container[]): void {
  top.name = quoted.includes('\\') ? unescaped(quoted) : quoted.slice(1, -1)
  top.atName = false
  if (top.names?.has(top.name)) throw refusal(open, 'The name occurs twice in its object.', 'duplicate')
  top.names?.add(top.name)
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted
  }
}

function refusal(open: readonly Container[], detail: string, code: string): AppError {
  const pointer = pointerTo(open.map(({ names, name, index }) => (names ? name : String(index))))
  return new AppError('invalid_request', detail, { errors: [{ pointer, code, detail }] })
}
