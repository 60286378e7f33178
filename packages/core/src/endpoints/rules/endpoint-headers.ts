import { checkHeaders, escapePointer } from '@backhaul/transfer/rules'
import type { RequestError } from '../../kernel/rules/errors.ts'

/** Fields that describe the body and the sender: a receiver must be able to rely on them. */
const ours = new Set(['content-type', 'content-encoding', 'user-agent'])
/** Standard Webhooks §"Webhook headers". */
const ourPrefix = 'webhook-'

/**
 * The errors of an endpoint's static headers: those of any request header, and names that the sender sets itself.
 * Pointers are relative to the object that holds the headers; values are never quoted.
 */
export function checkEndpointHeaders(headers: Readonly<Record<string, string>>): RequestError[] {
  const reserved = Object.keys(headers).filter((name) => isOurs(name.toLowerCase()))
  const errors = reserved.map(
    (name): RequestError => ({
      pointer: `/${escapePointer(name)}`,
      code: 'forbidden_header',
      detail: 'The service sets this header on every delivery itself.',
      fix: 'Leave the header out.',
    }),
  )
  return [...checkHeaders(headers), ...errors]
}

function isOurs(lowerName: string): boolean {
  return ours.has(lowerName) || lowerName.startsWith(ourPrefix)
}
