import type { Hop } from '../../egress/rules/redirect.ts'
import { withoutConditions } from '../../egress/rules/request-headers.ts'

interface Wanted {
  hop: Hop
  /** `last` included; absent: to the end. */
  range?: { from: number; last?: number; validator: string | null } | undefined
  /** Where the tenant gives none. */
  userAgent: string
  /** The cookies that the chain of redirects has set for this URL; may be empty. */
  cookies: string
}

/** The fields of a GET besides Host. The tenant's replace the service's own. */
export function requestFields({ hop, range, userAgent, cookies }: Wanted): [string, string][] {
  const own: [string, string][] = [['Accept-Encoding', 'identity']]
  const given = Object.entries(withoutConditions(hop.headers))
  const has = (wanted: string) => given.some(([name]) => name.toLowerCase() === wanted)
  if (!has('accept')) own.push(['Accept', '*/*'])
  if (!has('user-agent')) own.push(['User-Agent', userAgent])
  if (range) {
    own.push(['Range', `bytes=${range.from}-${range.last ?? ''}`])
    if (range.validator !== null) own.push(['If-Range', range.validator])
  }
  if (cookies === '') return [...own, ...given]
  if (!has('cookie')) return [...own, ...given, ['Cookie', cookies]]
  return [
    ...own,
    ...given.map(([name, value]): [string, string] => [
      name,
      name.toLowerCase() === 'cookie' ? joinedCookies(value, cookies) : value,
    ]),
  ]
}

/** Of one name, the cookie that the origin has set since counts. */
function joinedCookies(given: string, set: string): string {
  const names = new Set(pairsOf(set).map(nameOf))
  return [...pairsOf(given).filter((pair) => !names.has(nameOf(pair))), set].join('; ')
}

function pairsOf(field: string): string[] {
  return field
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
}

function nameOf(pair: string): string {
  return pair.split('=', 1)[0]!.trim()
}
