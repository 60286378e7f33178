import { WebhookVerificationError } from './verification-error.ts'

/** Node's `request.headers`, a plain record in any case, WHATWG `Headers`, or pairs. */
export type GivenHeaders =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [name: string, value: string]>

export interface SignedHeaders {
  id: string
  timestamp: string
  /** Each as in the header: `v1,…`. */
  signatures: string[]
}

const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const

/** Reads the three headers of Standard Webhooks. Throws `header_missing` with their names, or `header_duplicated`. */
export function readHeaders(headers: GivenHeaders): SignedHeaders {
  const found = collect(headers)
  const missing = names.filter((name) => !found.get(name)?.some((value) => value !== ''))
  if (missing.length > 0) throw new WebhookVerificationError('header_missing', missingWords(missing, found, headers))
  for (const name of names)
    if (isDuplicated(name, found.get(name)!)) throw new WebhookVerificationError('header_duplicated', `It is ${name}.`)
  const [id, timestamp, signature] = names.map((name) => found.get(name)![0]!) as [string, string, string]
  return { id, timestamp, signatures: signature.split(' ').filter((one) => one !== '') }
}

function collect(headers: GivenHeaders): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [name, value] of pairs(headers)) {
    const key = name.toLowerCase()
    const values = Array.isArray(value) ? value : [value]
    const strings = values.filter((one): one is string => typeof one === 'string').map((one) => one.trim())
    if (strings.length > 0) found.set(key, [...(found.get(key) ?? []), ...strings])
  }
  return found
}

function pairs(headers: GivenHeaders): readonly (readonly [string, unknown])[] {
  if (typeof headers !== 'object' || headers === null) return []
  if (!(Symbol.iterator in headers)) return Object.entries(headers)
  // An element that is no pair of strings is no header, as in a flat list.
  return [...headers].filter((pair) => Array.isArray(pair) && typeof pair[0] === 'string')
}

/** Repeated fields come joined with a comma (RFC 9110 §5.3, as in Node), which no id, number or base64 contains. */
function isDuplicated(name: (typeof names)[number], values: readonly string[]): boolean {
  if (values.length > 1) return true
  const [value = ''] = values
  if (name === 'webhook-id') return /^(.+), ?\1$/.test(value)
  if (name === 'webhook-timestamp') return /^\d+(, ?\d+)+$/.test(value)
  return /,[A-Za-z0-9+/=]+,/.test(value)
}

function missingWords(missing: readonly string[], found: Map<string, string[]>, given: unknown): string {
  const list = `Missing: ${missing.join(', ')}.`
  if (isRequest(given)) return `${list} The whole request was given: give request.headers.`
  return found.size === 0 ? `${list} No header at all was found in what was given.` : list
}

function isRequest(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'headers' in given && typeof given.headers === 'object'
}
