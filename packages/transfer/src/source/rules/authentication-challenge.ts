import { isSameOrigin } from '../../egress/rules/redirect.ts'

/** An origin's request for a credential, in the form in which the delegate is asked. */
export interface Challenge {
  /** 401 or 407. */
  status: number
  /** With its port unless that is the scheme's default. */
  host: string
  /** Schemes in lower case, in the origin's order; empty when its header is missing or not understood. */
  schemes: string[]
  /** The realm of the first scheme that has one. */
  realm: string | null
}

const maxFieldLength = 8192
const maxSchemes = 8
const maxSchemeLength = 64
const maxRealmLength = 256

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const quoted = '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"'
const parameter = `(${token})[ \\t]*=[ \\t]*(${token}|${quoted})`
/** An element between commas: a scheme, perhaps with its first parameter or its one token68, or a further parameter. */
const element = /(?:[^",]|"(?:[^"\\]|\\.)*")+/y
const schemeElement = new RegExp(`^(${token})(?: +(?:${parameter}|[A-Za-z0-9\\-._~+/]+=*))?$`)
const parameterElement = new RegExp(`^${parameter}$`)

/**
 * The challenges in a WWW-Authenticate or Proxy-Authenticate field (RFC 9110 §11.6.1), several fields joined by commas.
 * Empty when the field does not follow the grammar. The result is bounded, whatever the origin sends.
 */
export function parseChallenges(field: string | undefined): { scheme: string; realm: string | null }[] {
  const found: { scheme: string; realm: string | null }[] = []
  for (const text of elements(field ?? '') ?? []) {
    const further = parameterElement.exec(text)
    const scheme = further ? null : schemeElement.exec(text)
    const [name, value] = further ? [further[1], further[2]] : [scheme?.[2], scheme?.[3]]
    if (scheme) found.push({ scheme: scheme[1]!.slice(0, maxSchemeLength).toLowerCase(), realm: null })
    const last = found.at(-1)
    if (!last || (!scheme && !further) || found.length > maxSchemes) return []
    if (name?.toLowerCase() === 'realm' && value !== undefined) last.realm ??= unquoted(value).slice(0, maxRealmLength)
  }
  return found
}

/** The elements between commas outside of quotes; null when a quote does not close or the field is too long. */
function elements(field: string): string[] | null {
  if (field.length > maxFieldLength) return null
  const found: string[] = []
  for (let at = 0; at < field.length; at++) {
    element.lastIndex = at
    const match = element.exec(field)
    // An empty element is allowed (RFC 9110 §5.6.1.2).
    if (!match) {
      if (field[at] !== ',') return null
      continue
    }
    const text = match[0].replace(/^[ \t]+|[ \t]+$/g, '')
    if (text !== '') found.push(text)
    at += match[0].length
    if (at < field.length && field[at] !== ',') return null
  }
  return found
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}

/** The challenge of a response with status 401 or 407. */
export function challengeOf(status: number, headers: Readonly<Record<string, string>>, host: string): Challenge {
  const found = parseChallenges(headers[status === 407 ? 'proxy-authenticate' : 'www-authenticate'])
  return {
    status,
    host,
    schemes: [...new Set(found.map(({ scheme }) => scheme))],
    realm: found.find(({ realm }) => realm !== null)?.realm ?? null,
  }
}

/**
 * The challenge to a request of `url`, as one of the host that was asked for, whatever redirects there were; null where there is none,
 * and after a redirect to another origin, which gets neither headers nor a credential. An upgrade to https gets both.
 */
export function challengeTo(
  url: string,
  response: {
    status: number
    headers: Readonly<Record<string, string>>
    /** All requests of the chain, in order. */
    transactions: readonly { url: string }[]
  },
): Challenge | null {
  const { status, headers, transactions } = response
  if (status !== 401 && status !== 407) return null
  const chain = [url, ...transactions.map((transaction) => transaction.url)].map((each) => new URL(each))
  const hasStayed = chain.every((each, n) => n === 0 || isSameOrigin(chain[n - 1]!, each))
  return hasStayed ? challengeOf(status, headers, chain[0]!.host) : null
}
