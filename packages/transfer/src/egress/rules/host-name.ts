/**
 * A host in the form that tasks have: in lower case, international names in their ASCII form, the port unless it is that of https.
 * Null: the text cannot be the host of a URL.
 */
export function hostName(text: string): string | null {
  if (/[/?#@\\\s\p{Cc}]/u.test(text) || !URL.canParse(`https://${text}`)) return null
  return new URL(`https://${text}`).host
}

/** The limit of DNS: RFC 1035 §2.3.4. */
const maxNameLength = 253
/** Letters, digits, hyphens in between (RFC 1123 §2.1), and the underscore that real names have. */
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/** Whether `text` is a domain name of one label or more, in lower case and in its ASCII form. */
export function isDomainName(text: string): boolean {
  return text.length <= maxNameLength && text.split('.').every((part) => label.test(part))
}

/**
 * Names that never mean the public internet: RFC 6761, RFC 6762 and its appendix G, RFC 7686, RFC 8375, ICANN's `.internal`,
 * Kubernetes.
 */
const internalSuffixes = [
  ...['localhost', 'localdomain', 'local', 'internal', 'intranet', 'private', 'corp', 'home', 'lan', 'svc', 'onion'],
  ...['home.arpa', 'cluster'],
]

export function isInternalName(name: string): boolean {
  return internalSuffixes.some((suffix) => isWithin(name, suffix))
}

/** RFC 6761 §6.3. */
export function isLocalhost(name: string): boolean {
  return isWithin(name, 'localhost')
}

function isWithin(name: string, suffix: string): boolean {
  return name === suffix || name.endsWith(`.${suffix}`)
}
