/** An IP address as a number: 32 bits for family 4, 128 for family 6. */
export interface Ip {
  family: 4 | 6
  value: bigint
}

const decimalOctet = /^(?:0|[1-9]\d{0,2})$/
const hexGroup = /^[0-9a-f]{1,4}$/i

/**
 * The address that `text` spells, or null. IPv4 only as four decimal octets without leading zeros (RFC 6943 §3.1.1: the
 * looser spellings mean different hosts to different programs); IPv6 as in RFC 4291 §2.2, never with a zone id (RFC 4007).
 */
export function parseIp(text: string): Ip | null {
  const family = text.includes(':') ? 6 : 4
  const value = family === 6 ? parseIpv6(text) : parseIpv4(text)
  return value === null ? null : { family, value }
}

function parseIpv4(text: string): bigint | null {
  const octets = text.split('.')
  if (octets.length !== 4) return null
  let value = 0
  for (const octet of octets) {
    if (!decimalOctet.test(octet) || Number(octet) > 255) return null
    value = value * 256 + Number(octet)
  }
  return BigInt(value)
}

function parseIpv6(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const compressed = halves.length === 2
  const head = parseGroups(halves[0] ?? '', !compressed)
  const tail = parseGroups(halves[1] ?? '', true)
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  if (compressed ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...new Array<bigint>(missing).fill(0n), ...tail]
  return groups.reduce((value, group) => (value << 16n) | group, 0n)
}

/** The 16-bit groups of one side of `::`. The very last ones may be written as IPv4 (RFC 4291 §2.2.3). */
function parseGroups(text: string, mayEndAsIpv4: boolean): bigint[] | null {
  if (text === '') return []
  const words = text.split(':')
  const last = words.at(-1) ?? ''
  const groups: bigint[] = []
  if (mayEndAsIpv4 && last.includes('.')) {
    const ipv4 = parseIpv4(last)
    if (ipv4 === null) return null
    words.pop()
    groups.push(ipv4 >> 16n, ipv4 & 0xffffn)
  }
  if (!words.every((word) => hexGroup.test(word))) return null
  return [...words.map((word) => BigInt(`0x${word}`)), ...groups]
}
