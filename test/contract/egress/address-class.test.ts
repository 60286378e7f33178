import fc from 'fast-check'
import { it } from 'vitest'
import { ipv4, ipv6, tables } from '#support/builders/random-addresses.ts'
import { classifyAddress } from '#transfer/egress/rules/address-class.ts'

// Here and not among the rules: it computes for many seconds.
it("agrees with Node's block list on a million random addresses", () => {
  const agrees = (family: 'ipv4' | 'ipv6') => (address: string) =>
    (classifyAddress(address, []) === 'denied') === tables[family](address)
  fc.assert(fc.property(ipv4, agrees('ipv4')), { numRuns: 700_000 })
  fc.assert(fc.property(ipv6, agrees('ipv6')), { numRuns: 300_000 })
})
