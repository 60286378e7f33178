import { type Ip, parseIp } from './ip.ts'
import { listEntries } from './list-entries.ts'

/** A block of addresses: all that share the first `prefix` bits of `network`. */
export interface Cidr {
  family: 4 | 6
  network: bigint
  prefix: number
}

/** 'private' is an address that is allowed only because the operator has opened it (EGRESS_ALLOW_CIDRS). */
export type AddressClass = 'public' | 'private'

/** IANA's IPv4 special-purpose registry (RFC 6890 and its updates), whole, also where it says "globally reachable". */
const specialIpv4 = blocks(
  '0.0.0.0/8', // this network, RFC 791
  '10.0.0.0/8', // private, RFC 1918
  '100.64.0.0/10', // shared by carriers, RFC 6598; Alibaba's metadata lives here
  '127.0.0.0/8', // loopback, RFC 1122
  '168.63.129.16/32', // Azure's platform address: public by number, internal by use
  '169.254.0.0/16', // link-local, RFC 3927; most clouds' metadata
  '172.16.0.0/12', // private, RFC 1918
  '192.0.0.0/24', // IETF protocols, RFC 6890; Oracle's metadata
  '192.0.2.0/24', // documentation, RFC 5737
  '192.31.196.0/24', // AS112, RFC 7535
  '192.52.193.0/24', // AMT, RFC 7450
  '192.88.99.0/24', // 6to4 relays, RFC 7526
  '192.168.0.0/16', // private, RFC 1918
  '192.175.48.0/24', // AS112, RFC 7534
  '198.18.0.0/15', // benchmarks, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved and broadcast, RFC 1112 and RFC 919
)

/** The only IPv6 space IANA has given out for global unicast; everything else is denied without a closer look. */
const globalUnicastIpv6 = blocks('2000::/3')

/** IANA's IPv6 special-purpose registry, as far as it lies inside 2000::/3. */
const specialIpv6 = blocks(
  '2001::/23', // IETF protocols, RFC 2928: Teredo, ORCHID, AMT, AS112, drones
  '2001:db8::/32', // documentation, RFC 3849
  '2002::/16', // 6to4, RFC 3056: an IPv4 address in disguise
  '2620:4f:8000::/48', // AS112, RFC 7534
  '3ffe::/16', // 6bone, given back by RFC 3701
  '3fff::/20', // documentation, RFC 9637
)

/** IPv6 forms that carry an IPv4 address, and how far to shift it out. */
const embeddings = [
  { block: cidr('::/96'), shift: 0n, inverted: false }, // IPv4-compatible, RFC 4291 §2.5.5.1
  { block: cidr('64:ff9b::/96'), shift: 0n, inverted: false }, // NAT64, RFC 6052
  { block: cidr('64:ff9b:1::/48'), shift: 0n, inverted: false }, // local NAT64, RFC 8215
  { block: cidr('2002::/16'), shift: 80n, inverted: false }, // 6to4, RFC 3056
  { block: cidr('2001::/32'), shift: 0n, inverted: true }, // Teredo, RFC 4380 §4
]
/** Loopback addresses of this machine: RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export const loopback = blocks('127.0.0.0/8', '::1/128')
const mappedIpv4 = cidr('::ffff:0:0/96')
const ipv4Bits = 0xffff_ffffn

/**
 * Whether the service may connect to `ip`. Text that is not an address, or has a zone id, is denied. An IPv4-mapped
 * address is denied unless its IPv4 address is allowed; of the other forms that carry an IPv4 address both must be open. `denied` closes addresses that are open otherwise.
 */
export function classifyAddress(
  ip: string,
  allowed: readonly Cidr[],
  denied: readonly Cidr[] = [],
): AddressClass | 'denied' {
  const address = parseIp(ip)
  return address === null || isClosed(address, denied) ? 'denied' : classify(address, allowed)
}

/** Whether `ip` is one of the addresses the operator has opened, be it special or not. */
export function isInside(ip: string, allowed: readonly Cidr[]): boolean {
  const address = parseIp(ip)
  return address !== null && isAllowed(address, allowed)
}

/** Whether `ip` lies in one of the blocks; an IPv4-mapped address lies where its IPv4 address does. Text that is no address lies in none. */
export function isWithin(ip: string, blocks: readonly Cidr[]): boolean {
  const address = plainAddress(ip)
  return address !== null && within(address, blocks)
}

/** Parses an address. An IPv4-mapped one becomes its IPv4 address. Null: the text is no address. */
export function plainAddress(text: string): Ip | null {
  const address = parseIp(text)
  return address === null ? null : unmapped(address)
}

/** Whether two spellings mean one address. */
export function isSameAddress(a: string, b: string): boolean {
  const [first, second] = [parseIp(a), parseIp(b)]
  return first !== null && second !== null && first.family === second.family && first.value === second.value
}

/** The settings EGRESS_ALLOW_CIDRS and EGRESS_DENY_CIDRS: blocks or single addresses, separated by commas. One error for every bad entry, naming it. */
export function parseCidrs(text: string): { cidrs: Cidr[]; errors: string[] } {
  const parsed = listEntries(text).map((entry) => ({ entry, block: parseCidr(entry) }))
  return {
    cidrs: parsed.flatMap(({ block }) => (block === null ? [] : [block])),
    errors: parsed.flatMap(({ entry, block }) =>
      block === null ? [`"${entry}" is not a CIDR block (such as 10.0.0.0/8 or fd00::/8)`] : [],
    ),
  }
}

function classify(address: Ip, allowed: readonly Cidr[]): AddressClass | 'denied' {
  const special =
    address.family === 4
      ? within(address, specialIpv4)
      : !within(address, globalUnicastIpv6) || within(address, specialIpv6)
  if (!special) return 'public'
  return isAllowed(address, allowed) ? 'private' : 'denied'
}

function isAllowed(address: Ip, allowed: readonly Cidr[]): boolean {
  if (contains(mappedIpv4, address)) return within(unmapped(address), allowed)
  if (!within(address, allowed)) return false
  const carried = embeddedIpv4(address)
  return carried === null || classify(carried, allowed) !== 'denied'
}

/** An address lies in a closed block also when the IPv4 address that it carries does. */
function isClosed(address: Ip, denied: readonly Cidr[]): boolean {
  const carried = embeddedIpv4(address)
  return within(unmapped(address), denied) || (carried !== null && within(carried, denied))
}

/** The IPv4 address of an IPv4-mapped one (RFC 4291 §2.5.5.2). Other addresses are returned unchanged. */
function unmapped(address: Ip): Ip {
  return contains(mappedIpv4, address) ? { family: 4, value: address.value & ipv4Bits } : address
}

function embeddedIpv4(address: Ip): Ip | null {
  // `::` and `::1` are addresses of their own, not IPv4-compatible ones (RFC 4291 §2.5.2, §2.5.3).
  if (address.family === 4 || address.value <= 1n) return null
  const form = embeddings.find(({ block }) => contains(block, address))
  if (form === undefined) return null
  const bits = (address.value >> form.shift) & ipv4Bits
  return { family: 4, value: form.inverted ? bits ^ ipv4Bits : bits }
}

function within(address: Ip, blocks: readonly Cidr[]): boolean {
  return blocks.some((block) => contains(block, address))
}

function contains(block: Cidr, address: Ip): boolean {
  return (
    block.family === address.family && leadingBits(address, block.prefix) === leadingBits(asIp(block), block.prefix)
  )
}

function leadingBits({ family, value }: Ip, prefix: number): bigint {
  return value >> BigInt(widthOf(family) - prefix)
}

/** The block that an entry spells, or the one address; null when it is neither. */
export function parseCidr(entry: string): Cidr | null {
  const match = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(entry)
  const address = match === null ? null : parseIp(match[1] ?? '')
  if (match === null || address === null) return null
  const width = widthOf(address.family)
  const prefix = match[2] === undefined ? width : Number(match[2])
  if (prefix > width) return null
  // A block of mapped addresses is the block of their IPv4 addresses, which alone decide about mapped ones.
  if (prefix >= mappedIpv4.prefix && contains(mappedIpv4, address)) {
    return { family: 4, network: address.value & ipv4Bits, prefix: prefix - mappedIpv4.prefix }
  }
  return { family: address.family, network: address.value, prefix }
}

function widthOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128
}

function asIp({ family, network }: Cidr): Ip {
  return { family, value: network }
}

/** Parses blocks that are constants of this file. */
export function blocks(...entries: string[]): Cidr[] {
  return entries.map(cidr)
}

function cidr(text: string): Cidr {
  const [network = '', prefix = ''] = text.split('/')
  const address = parseIp(network)
  if (address === null) throw new TypeError(`not a block: ${text}`)
  return { family: address.family, network: address.value, prefix: Number(prefix) }
}
