import { type BodyFraming, bodyFraming, type HttpMethod } from './body-framing.ts'
import { valuesOf } from './header-fields.ts'
import { lenientFraming } from './lenient-framing.ts'
import { lenientHeadEnd, parseLenientHead, unfinishedLenientError } from './lenient-head.ts'
import type { Oddity } from './oddity.ts'
import { headEnd, parseHead, type ResponseHead, unfinishedHeadError } from './response-head.ts'

/** 'lenient': what is odd is read as curl and browsers do, as long as the length of the body is not in doubt. */
export type Tolerance = 'strict' | 'lenient'

export interface FramedHead {
  head: ResponseHead
  framing: BodyFraming
  oddities: ReadonlySet<Oddity>
}

/**
 * Looks for the head at the beginning of bytes that come little by little. Each call brings all bytes of the one before and more;
 * what was looked at is not looked at again. Null: the head has not ended. `end` is the index behind it.
 */
type HeadFinder = (bytes: Uint8Array) => (FramedHead & { end: number }) | { error: string } | null

const none: ReadonlySet<Oddity> = new Set()
const repeatedType: ReadonlySet<Oddity> = new Set(['repeatedType'])

/** Reads strictly at first, so that a head without oddities costs no more than that. */
export function createHeadFinder(method: HttpMethod, tolerance: Tolerance): HeadFinder {
  const mayTolerate = tolerance === 'lenient'
  let isStrict = true
  let seen = 0
  const findStrictly: HeadFinder = (bytes) => {
    const end = headEnd(bytes, bytes.length, seen)
    if (end < 0) {
      const error = unfinishedHeadError(bytes, bytes.length, seen)
      seen = Math.max(0, bytes.length - 3)
      return error === null ? null : { error }
    }
    const head = parseHead(latin1(bytes, end))
    if ('error' in head) return head
    const framing = bodyFraming(head, method)
    if ('error' in framing) return framing
    return { head, framing, oddities: valuesOf(head.fields, 'content-type').length > 1 ? repeatedType : none, end }
  }
  const findLeniently: HeadFinder = (bytes) => {
    const end = lenientHeadEnd(bytes, bytes.length, seen)
    if (end < 0) {
      const error = unfinishedLenientError(bytes, bytes.length, seen)
      seen = bytes.length
      return error === null ? null : { error }
    }
    const read = parseLenientHead(latin1(bytes, end))
    if ('error' in read) return read
    const framed = lenientFraming(read.head, method)
    if ('error' in framed) return framed
    const { framing } = framed
    const oddities = new Set([...read.oddities, ...framed.oddities])
    if (valuesOf(read.head.fields, 'content-type').length > 1) oddities.add('repeatedType')
    return { head: framedBy(read.head, framing), framing, oddities, end }
  }
  return (bytes) => {
    if (isStrict) {
      const found = findStrictly(bytes)
      if (found === null || !('error' in found) || !mayTolerate) return found
      isStrict = false
      seen = 0
    }
    return findLeniently(bytes)
  }
}

/** The head with no other fields about the framing than those that count. */
function framedBy({ fields, ...head }: ResponseHead, framing: BodyFraming): ResponseHead {
  const others = fields.filter(([name]) => name !== 'content-length' && name !== 'transfer-encoding')
  if (framing.kind === 'length') others.push(['content-length', `${framing.bytes}`])
  if (framing.kind === 'chunked') others.push(['transfer-encoding', 'chunked'])
  return { ...head, fields: others }
}

function latin1(bytes: Uint8Array, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1')
}
