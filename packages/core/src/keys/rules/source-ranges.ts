import { isWithin, parseCidr } from '@backhaul/transfer/rules'
import type { RequestError } from '../../kernel/rules/errors.ts'

/** Ranges of one key, at most: each is compared at every request. */
export const maxSourceRanges = 32

/** One error for each entry that is no block of addresses; `pointer` is that of the list. */
export function badRanges(ranges: readonly string[], pointer: string): RequestError[] {
  return ranges.flatMap((range, n) => {
    if (parseCidr(range) !== null) return []
    const detail = 'The value is not an address range (CIDR block).'
    const fix = 'Write it like "203.0.113.0/24", "2001:db8::/32", or as a single address.'
    return [{ pointer: `${pointer}/${n}`, code: 'cidr', detail, fix }]
  })
}

/**
 * Whether a request may come from there; no ranges: from anywhere. The zone of a link-local address (RFC 4007 §11) is
 * not a part of it.
 */
export function mayComeFrom(address: string, ranges: readonly string[]): boolean {
  if (ranges.length === 0) return true
  const blocks = ranges.flatMap((range) => parseCidr(range) ?? [])
  return isWithin(address.replace(/%.*$/s, ''), blocks)
}
