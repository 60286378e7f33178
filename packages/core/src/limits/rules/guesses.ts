import { plainAddress } from '@backhaul/transfer/rules'

/** Wrong tokens from one address within a minute; after them, its requests are refused. */
export const mostGuesses = 20

const prefixBits = 64n

/**
 * Whom wrong tokens are counted for: an IPv4 address, or the /64 that an IPv6 address is in, as one customer has at least that
 * (RFC 6177 §2). An IPv4-mapped address is its IPv4 address.
 */
export function guesserOf(address: string): string {
  // The zone of a link-local address (RFC 4007 §11) is not a part of it.
  const ip = plainAddress(address.replace(/%.*$/s, ''))
  if (ip === null) return address
  return ip.family === 4 ? `4:${ip.value.toString(16)}` : `6:${(ip.value >> prefixBits).toString(16)}`
}
