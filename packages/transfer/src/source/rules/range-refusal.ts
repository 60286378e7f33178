/* What follows when a request for a range gets something that is neither the range nor plainly the whole resource. */

/** A response as a resource: where it was found, and what it is. */
export interface FoundResource {
  /** After redirects. */
  url: string
  mimeType: string | null
}

/** How a request for a range was refused. */
export type RangeRefusal =
  /** By a status. */
  | { by: 'status'; status: number }
  /** The connection was lost, nothing came, or no valid HTTP. */
  | { by: 'noResponse' }
  /** With a 200 that may be another resource. */
  | { by: 'doubtfulWhole'; isSameType: boolean }

/**
 * Whether a status refuses the `If-Range` of a request. No condition is meant to have that effect (RFC 9110 §13.1.5), so the
 * range may be granted without it.
 */
export function refusesIfRange(status: number): boolean {
  return status === 400 || status === 412
}

/**
 * Whether a 200 to a request for a range may not be the resource at all: a request without `Range` has led elsewhere, or to
 * another media type. Login pages and error pages come like this, and so do new versions.
 */
export function isDoubtfulWhole(found: FoundResource, begun: FoundResource): boolean {
  return found.url !== begun.url || found.mimeType !== begun.mimeType
}

/** Statuses below 500 that pass: too slow, too many, another connection, too early. */
const passing: ReadonlySet<number> = new Set([408, 420, 421, 425, 430])

/**
 * Whether the same request may be granted a moment later. Then stored parts are not thrown away for one refusal. A page of
 * another type and most statuses of the client's side come again.
 */
export function mayPass(refusal: RangeRefusal): boolean {
  if (refusal.by === 'noResponse') return true
  if (refusal.by === 'doubtfulWhole') return refusal.isSameType
  const { status } = refusal
  return passing.has(status) || (status >= 500 && status !== 501 && status !== 505)
}
