import type { TransferErrorName } from '../../http/rules/transfer-error.ts'
import type { EgressPolicy } from './egress-policy.ts'
import { checkUrl, refusalText } from './url-policy.ts'

/** One request on the way to the resource. */
export interface Hop {
  url: string
  /** The tenant's headers; empty for good once a redirect has led to another scheme, host or port. */
  headers: Readonly<Record<string, string>>
}
export interface RefusedHop {
  failure: Extract<TransferErrorName, 'redirectToNonExistentLocation' | 'destination_denied'>
  detail: string
}

/** RFC 9110 §15.4: the statuses that send a GET on to Location. */
export const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
export const maxRedirects = 10

const absolute = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i

/** The next hop of a redirect, from its Location fields as they came (one character per byte). */
export function nextHop(from: Hop, locations: readonly string[], policy: EgressPolicy): Hop | RefusedHop {
  const [location, ...others] = new Set(locations)
  if (location === undefined || location === '' || others.length > 0) return unusable
  const encoded = encodeLoose(location)
  if (!URL.canParse(encoded, from.url)) return unusable
  // An absolute Location is checked as it is written. A relative one has the host of a URL that was checked before.
  const written = absolute.test(encoded) ? withScheme(encoded, from.url) : new URL(encoded, from.url).href
  const checked = checkUrl(/[\\\t]/.test(location) ? location : written, policy)
  if ('code' in checked) {
    const detail = `The redirect leads to a URL that is not allowed. ${refusalText(checked)}`
    return { failure: 'destination_denied', detail }
  }
  return { url: checked.url, headers: new URL(from.url).origin === checked.origin ? from.headers : {} }
}

const unusable: RefusedHop = {
  failure: 'redirectToNonExistentLocation',
  detail: 'The origin redirects without saying where to.',
}

/** Spaces and bytes above ASCII are not allowed in a URL but common in Location; browsers encode them. */
function encodeLoose(location: string): string {
  return location.replace(/[ \x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
}

function withScheme(location: string, base: string): string {
  return location.startsWith('//') ? `${new URL(base).protocol}${location}` : location
}
