import { type Cidr, classifyAddress, isInside } from './address.ts'
import { parseIp } from './ip.ts'

export interface UrlPolicy {
  /** The operator's open blocks (EGRESS_ALLOW_CIDRS). They open addresses, never names. */
  allowed: readonly Cidr[]
  /** For webhook endpoints: plain http only where the host is an address inside `allowed`. */
  httpsOnly?: boolean
}
/** As it will be requested: normalised, without a fragment. */
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

const maxUrlBytes = 8192
/** DNS: RFC 1035 §2.3.4. */
const maxNameLength = 253
const maxLabelLength = 63

/** What the WHATWG parser would silently drop or turn into something else. */
const rewritten = /[\p{Cc}\p{Z}\p{Cf}\\]/u
const shape = /^(https?):\/\/([^/?#]+)/i
const hostAndPort = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/

/** Names that never mean the public internet: RFC 6761, RFC 6762 and its appendix G, RFC 8375, ICANN's `.internal`, Kubernetes. */
const internalSuffixes = [
  ...['localhost', 'localdomain', 'local', 'internal', 'intranet', 'private', 'corp', 'home', 'lan', 'svc'],
  ...['home.arpa', 'cluster'],
]

/** The Fetch standard's bad ports (fetch.spec.whatwg.org/#port-blocking). */
const badPorts = new Set([
  ...[0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109],
  ...[
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
  ],
  ...[532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060],
  ...[5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
])

/**
 * The gate every URL passes before a name is resolved: what the string says, and what the name or address is. The raw text
 * must mean to every reader what it means to the parser, so anything the parser would tidy up is refused.
 */
export function checkUrl(raw: string, policy: UrlPolicy): CheckedUrl | UrlRefusal {
  const text = checkText(raw)
  if ('code' in text) return text
  const url = parseUrl(raw)
  if (url === null) return unsupported('The URL is not valid.')
  if (url.port !== '' && badPorts.has(Number(url.port))) {
    return unsupported('The port belongs to another protocol (Fetch standard, "bad port").')
  }
  const refusal = checkHost(text.host, url.hostname, policy.allowed)
  if (refusal !== null) return refusal
  if (policy.httpsOnly && url.protocol === 'http:' && !isInside(unbracketed(url.hostname), policy.allowed)) {
    return unsupported('The URL must use https.', 'Use an https URL.')
  }
  url.hash = ''
  return { url: url.href, origin: url.origin, host: url.host }
}

function checkText(raw: string): { host: string } | UrlRefusal {
  // Length in UTF-16 units first, so that a huge string is not encoded only to be measured.
  if (raw.length > maxUrlBytes || new TextEncoder().encode(raw).length > maxUrlBytes) {
    return unsupported(`The URL is longer than ${maxUrlBytes} bytes.`)
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
  return { host: host.toLowerCase() }
}

/** `written` is the raw host in lower case, `canonical` what the URL parser made of it. */
function checkHost(written: string, canonical: string, allowed: readonly Cidr[]): UrlRefusal | null {
  const literal = unbracketed(canonical)
  if (parseIp(literal) === null) return checkName(written, canonical)
  if (classifyAddress(literal, allowed) === 'denied') return denied('The address is not a public one.')
  if (!written.startsWith('[') && written !== canonical) {
    return unsupported('The IPv4 address is not written as four decimal numbers.', 'Write it in its canonical form.')
  }
  return null
}

function checkName(written: string, canonical: string): UrlRefusal | null {
  const name = canonical.replace(/\.$/, '')
  if (!name.includes('.')) return denied('The host is a name without a domain.')
  if (internalSuffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))) {
    return denied('The host name belongs to a private network.')
  }
  if (name !== canonical) return unsupported('The host name ends with a dot.', 'Leave the dot out.')
  const labels = name.split('.')
  const writtenLabels = written.split('.')
  const valid =
    name.length <= maxNameLength &&
    labels.every((label) => label.length <= maxLabelLength && /^[a-z0-9_-]+$/.test(label)) &&
    labels.every((label, index) => isSpelledAs(label, writtenLabels[index] ?? ''))
  return valid ? null : unsupported('The host is not a valid domain name.')
}

/** Plain labels stand for themselves; others must be true international ones, not look-alikes of plain ones (full-width digits). */
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

function denied(detail: string): UrlRefusal {
  return { code: 'destination_denied', detail }
}
