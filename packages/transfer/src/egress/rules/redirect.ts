import type { ResponseNote } from '../../http/rules/response-note.ts'
import type { TransferErrorName } from '../../http/rules/transfer-error.ts'
import type { EgressPolicy } from './egress-policy.ts'
import { cleanLocation, maxLocationBytes, withoutUserInformation } from './location.ts'
import { portOf } from './port-policy.ts'
import { checkUrl, maxDialledBytes, refusalText } from './url-policy.ts'

/** One request on the way to the resource. */
export interface Hop {
  url: string
  /** The tenant's headers; once a redirect has led to another origin, only those that go along to any. */
  headers: Readonly<Record<string, string>>
}
interface NextHop extends Hop {
  /** What was odd about the redirect. */
  note?: ResponseNote
}
export interface RefusedHop {
  failure: Extract<TransferErrorName, 'redirectToNonExistentLocation' | 'destination_denied'>
  /** Says what is wrong with the target, and never names an address. */
  detail: string
}

/** RFC 9110 §15.4: the statuses that send a GET on to Location. */
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** A 300 may come with a choice and nothing to follow; it sends on only if it has a Location. */
export function isRedirect(status: number, locations: readonly string[]): boolean {
  return redirectStatuses.has(status) || (status === 300 && locations.length > 0)
}

export const maxRedirects = 10

/** They say who asks, and for what. All others may be credentials, or mean something to the first origin alone. */
const goAlong = new Set(['user-agent', 'accept', 'accept-language'])
/** A cleaned Location with a host. The scheme of the base, without one, is no more than a relative reference (URL standard). */
const absolute = /^(https?:)?\/\//i

/**
 * The next hop of a redirect, from its Location fields as they came (one character per byte). The URL that is checked is the one
 * that will be requested. Headers that were dropped stay dropped, also on the way back to the first origin: another one has chosen
 * that request.
 */
export function nextHop(from: Hop, locations: readonly string[], policy: EgressPolicy): NextHop | RefusedHop {
  const [location, ...others] = new Set(locations)
  if (location === undefined || location === '') return leadsNowhere('The origin redirects without saying where to.')
  if (others.length > 0) return leadsNowhere('The origin redirects to several places at once.')
  if (location.length > maxLocationBytes) return denied(`It is longer than ${maxLocationBytes} bytes.`)
  const base = new URL(from.url)
  const cleaned = cleanLocation(location, base)
  const parsed = URL.parse(cleaned, from.url)
  if (parsed === null) return leadsNowhere('The origin redirects to what is not a valid URL.')
  if (!/^https?:$/.test(parsed.protocol)) return denied('Its scheme is neither http nor https.')

  const drops = (parsed.username !== '' || parsed.password !== '') && parsed.hostname === base.hostname
  const target = drops ? withoutUserInformation(cleaned) : cleaned
  // An absolute Location is checked as it is written. A relative one has the host of a URL that was checked before.
  const scheme = absolute.exec(target)
  const written = scheme === null ? new URL(target, base).href : scheme[1] ? target : `${base.protocol}${target}`
  const checked = checkUrl(written, policy, maxDialledBytes)
  if ('code' in checked) return denied(refusalText(checked))
  const to = new URL(checked.url)
  const headers = isSameOrigin(base, to) ? from.headers : thoseThatGoAlong(from.headers)
  return { url: checked.url, headers, ...(drops ? { note: credentialsDropped } : {}) }
}

/** An upgrade from http to https on the same host is the same origin, at the default ports or at one and the same. */
export function isSameOrigin(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true
  if (from.hostname !== to.hostname || to.protocol !== 'https:') return false
  return from.port === to.port || portOf(from) === portOf(to)
}

function thoseThatGoAlong(headers: Hop['headers']): Hop['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => goAlong.has(name.toLowerCase())))
}

const credentialsDropped: ResponseNote = {
  code: 'redirect_credentials_dropped',
  detail: 'A redirect had a user name or password in its target; they were left out.',
}

function leadsNowhere(detail: string): RefusedHop {
  return { failure: 'redirectToNonExistentLocation', detail }
}

function denied(reason: string): RefusedHop {
  return { failure: 'destination_denied', detail: deniedRedirect(reason) }
}

/** The sentences for a client whose task was redirected to where it may not go. */
export function deniedRedirect(reason: string): string {
  return `The redirect leads to a URL that is not allowed. ${reason}`
}
