import { classifyAddress, isInside, loopback } from './address-class.ts'
import { isAllowedHost } from './allowed-hosts.ts'
import { classifyDestination, type EgressPolicy, openings } from './egress-policy.ts'
import { isDomainName, isInternalName, isLocalhost } from './host-name.ts'
import { parseIp } from './ip.ts'
import { maxLocationBytes } from './location.ts'
import { portOf, portRefusal } from './port-policy.ts'

export interface UrlPolicy extends EgressPolicy {
  /** For webhook endpoints: plain http only where the host is an address in `allowed`, or a name in `hosts`. */
  httpsOnly?: boolean
}
/** The URL that will be requested: normalised, without a fragment. */
export interface CheckedUrl {
  url: string
  origin: string
  /** With its port unless it is the scheme's. */
  host: string
}
export interface UrlRefusal {
  code: 'unsupported_url' | 'destination_denied'
  /** Never names an address. */
  detail: string
  fix?: string
}

/** Of a URL that a client gives. */
const maxUrlBytes = 8192
/** Of a URL that is requested: the longest Location, each byte of it encoded, behind an origin. */
export const maxDialledBytes = 4 * maxLocationBytes
/** In UTF-16: two units for each character that a name (RFC 1035 §2.3.4) can have. The parser's time for a longer international one grows with its square. */
const maxWrittenName = 2 * 253

/** Characters that the WHATWG parser would silently drop or replace. */
const rewritten = /[\p{Cc}\p{Z}\p{Cf}\\]/u
const shape = /^(https?):\/\/([^/?#]+)/i
const hostAndPort = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/

/**
 * Checks every URL before a name is resolved: its string, and its name or address. The raw text must mean the same to every reader
 * as to the parser, so a URL that the parser would change is refused.
 */
export function checkUrl(raw: string, policy: UrlPolicy, maxBytes = maxUrlBytes): CheckedUrl | UrlRefusal {
  const text = checkText(raw, maxBytes)
  if ('code' in text) return text
  const url = parseUrl(raw)
  if (url === null) return unsupported('The URL is not valid.')
  const port = portOf(url)
  const refusal = checkPort(port, policy) ?? checkHost(text.host, url.hostname, port, policy)
  if (refusal !== null) return refusal
  if (policy.httpsOnly && url.protocol === 'http:' && !isOpened(unbracketed(url.hostname), policy)) {
    return unsupported('The URL must use https.', `Use an https URL. ${openings.http}`)
  }
  if (raw.includes('#')) url.hash = ''
  return { url: url.href, origin: url.origin, host: url.host }
}

export const ownRefusal: UrlRefusal = {
  code: 'destination_denied',
  detail: 'The host is this service itself, or a server of its own.',
  fix: 'Use another one: no setting opens it.',
}

/** The refusal and its fix in one text. */
export function refusalText({ detail, fix }: UrlRefusal): string {
  return fix === undefined ? detail : `${detail} ${fix}`
}

function checkText(raw: string, maxBytes: number): { host: string } | UrlRefusal {
  if (Buffer.byteLength(raw) > maxBytes) {
    return unsupported(`The URL is longer than ${maxBytes} bytes.`)
  }
  if (!raw.isWellFormed() || rewritten.test(raw)) {
    return unsupported(
      'The URL has a space, a backslash, a control or an invisible character in it.',
      'Percent-encode it.',
    )
  }
  const authority = shape.exec(raw)?.[2]
  if (authority === undefined) return unsupported('Only absolute http and https URLs can be used.')
  if (authority.includes('@')) {
    return unsupported('The URL carries a user name or password.', 'Send an Authorization header instead.')
  }
  const host = hostAndPort.exec(authority)?.[1]
  if (host === undefined || host === '') return unsupported('The host or port of the URL is not valid.')
  if (host.length > maxWrittenName) return unsupported('The host is not a valid domain name.')
  return { host: host.toLowerCase() }
}

function checkPort(port: number, { ports = new Set() }: UrlPolicy): UrlRefusal | null {
  const refused = portRefusal(port, ports)
  if (refused === 'otherProtocol')
    return unsupported('The port belongs to another protocol (Fetch standard, "bad port").', openings.port)
  return refused === 'server' ? denied('The port is one that databases and their like have.', openings.port) : null
}

/** `written` is the raw host in lower case, `canonical` what the URL parser made of it. */
function checkHost(written: string, canonical: string, port: number, policy: UrlPolicy): UrlRefusal | null {
  const host = unbracketed(canonical)
  const refusal = parseIp(host) === null ? checkName(written, host, policy) : checkAddress(host, port, policy)
  if (refusal !== null) return refusal
  if (parseIp(host) !== null && !written.startsWith('[') && written !== canonical) {
    return unsupported('The IPv4 address is not written as four decimal numbers.', 'Write it in its canonical form.')
  }
  return policy.isOwn?.(host, port) ? ownRefusal : null
}

function checkAddress(address: string, port: number, policy: UrlPolicy): UrlRefusal | null {
  if (classifyDestination({ host: address, address, port }, policy) !== 'denied') return null
  if (classifyAddress(address, []) === 'public') return denied('The operator has closed this address.', openings.closed)
  const fix = isInside(address, loopback) && policy.httpsOnly ? openings.listen : 'Use a public address.'
  return denied('The address is not a public one.', `${fix} ${openings.address}`)
}

function checkName(
  written: string,
  canonical: string,
  { hosts = [], httpsOnly = false }: UrlPolicy,
): UrlRefusal | null {
  const name = canonical.replace(/\.$/, '')
  if (!isAllowedHost(name, hosts)) {
    const fix = isLocalhost(name) && httpsOnly ? openings.listen : 'Use a public name.'
    if (isInternalName(name)) return denied('The host name belongs to a private network.', `${fix} ${openings.name}`)
    if (!name.includes('.')) return denied('The host is a name without a domain.', `${fix} ${openings.name}`)
  }
  if (name !== canonical) return unsupported('The host name ends with a dot.', 'Leave the dot out.')
  const writtenLabels = written.split('.')
  const isValid =
    isDomainName(name) && name.split('.').every((label, index) => isSpelledAs(label, writtenLabels[index] ?? ''))
  return isValid ? null : unsupported('The host is not a valid domain name.')
}

/** Whether the operator has opened this very host, so that plain http is their decision too. */
function isOpened(host: string, { allowed, hosts = [] }: UrlPolicy): boolean {
  return isInside(host, allowed) || isAllowedHost(host, hosts)
}

/** A plain label must be written plainly. Others must be true international ones, not look-alikes of plain ones (full-width digits). */
function isSpelledAs(label: string, written: string): boolean {
  return label === written || (label.startsWith('xn--') && /[^\p{ASCII}]/u.test(written))
}

function parseUrl(raw: string): URL | null {
  try {
    return new URL(raw)
  } catch {
    return null
  }
}

function unbracketed(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

function unsupported(detail: string, fix?: string): UrlRefusal {
  return { code: 'unsupported_url', detail, ...(fix === undefined ? {} : { fix }) }
}

function denied(detail: string, fix?: string): UrlRefusal {
  return { code: 'destination_denied', detail, ...(fix === undefined ? {} : { fix }) }
}
