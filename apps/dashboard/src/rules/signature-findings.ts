import type { Endpoint } from '@backhaul/sdk'

/** Of an endpoint: enough to tell whether a secret is one of its own. */
export type KnownEndpoint = Pick<Endpoint, 'id' | 'url' | 'secretHint' | 'olderSecrets'>

/** As the service writes it (endpoints/rules/signature.ts). */
export const secretHint = (secret: string) => `${secret.slice(0, 6)}…${secret.slice(-4)}`

export function endpointOfSecret(secret: string, endpoints: readonly KnownEndpoint[]): KnownEndpoint | null {
  const hint = secretHint(secret)
  return (
    endpoints.find((each) => each.secretHint === hint || each.olderSecrets.some((older) => older.hint === hint)) ?? null
  )
}

export interface Mismatch {
  body: string
  id: string
  secret: string
  /** Null: they are not known here. */
  endpoints: readonly KnownEndpoint[] | null
}

/** Why no signature fits, as far as it can be told from what is there; each a sentence, the surest first. */
export function mismatchReasons({ body, id, secret, endpoints }: Mismatch): string[] {
  const reasons: string[] = []
  const event = parse(body)
  if (event === undefined) reasons.push('The body was changed or cut: it is not JSON, and every body is.')
  else if (typeof event?.id === 'string' && event.id !== id)
    reasons.push(
      `The body is that of ${event.id}, and webhook-id says ${id}: they are of two deliveries, or one was changed.`,
    )
  if (endpoints === null) return reasons
  const endpoint = endpointOfSecret(secret, endpoints)
  if (endpoint === null)
    return [...reasons, 'It is the wrong secret: none of your endpoints signs with it, or not any more.']
  return [
    ...reasons,
    `The secret is one of ${endpoint.url ?? endpoint.id}. If that endpoint got it, the body or a header was changed; if another did, it is the wrong secret.`,
  ]
}

function parse(body: string): { id?: unknown } | null | undefined {
  try {
    return JSON.parse(body) as { id?: unknown } | null
  } catch {
    return undefined
  }
}

const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
export type SignedHeaderName = (typeof names)[number]

/** The three headers in a text of header lines, as a log or a debugger shows them, or null. */
export function readHeaderLines(text: string): Partial<Record<SignedHeaderName, string>> | null {
  const found: Partial<Record<SignedHeaderName, string>> = {}
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /(webhook-[a-z]+)["']?\s*[:=]\s*["']?(.*?)["',\\\s]*$/i.exec(line) ?? []
    const known = names.find((each) => each === name.toLowerCase())
    if (known) found[known] = value
  }
  return Object.keys(found).length === 0 ? null : found
}
