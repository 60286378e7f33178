import { BlockList } from 'node:net'
import fc from 'fast-check'
import { parseIp } from '#transfer/egress/rules/ip.ts'

const denied4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '168.63.129.16/32', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
]
const denied6 = [
  ...[
    '::/3',
    '4000::/2',
    '8000::/1',
    '2001::/23',
    '2001:db8::/32',
    '2002::/16',
    '2620:4f:8000::/48',
    '3ffe::/16',
    '3fff::/20',
  ],
]
/** Whether a block of the table contains the address, by Node's own code. */
export const tableOf = (blocks: string[], family: 'ipv4' | 'ipv6') => {
  const table = new BlockList()
  for (const block of blocks) {
    const [network = '', prefix = ''] = block.split('/')
    table.addSubnet(network, Number(prefix), family)
  }
  return (address: string) => table.check(address, family)
}
/** The denied blocks, listed independently. Two tables, because Node matches IPv4 addresses against IPv6 blocks in their mapped form. */
export const tables = { ipv4: tableOf(denied4, 'ipv4'), ipv6: tableOf(denied6, 'ipv6') }

const ipv4Text = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
export const ipv6Text = (value: bigint) =>
  [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 0xffffn).toString(16)).join(':')
export const ipv4 = fc
  .oneof(
    fc.nat(0xffff_ffff),
    // An address of a block with at most one bit changed: random addresses would hardly ever be near the small blocks.
    fc.tuple(fc.constantFrom(...denied4), fc.nat(32), fc.nat(0xff)).map(([block, bit, rest]) => {
      const network = Number(parseIp(block.split('/')[0] ?? '')?.value ?? 0n)
      return network ^ (bit < 32 ? 1 << bit : 0) ^ rest
    }),
  )
  .map(ipv4Text)
export const ipv6 = fc
  .oneof(
    fc.bigInt(0n, 2n ** 128n - 1n),
    fc.bigInt(0n, 2n ** 125n - 1n).map((bits) => (1n << 125n) | bits),
    // The leading 48 bits of a block, with one or two bits changed.
    fc
      .tuple(fc.constantFrom(...denied6, '2606:4700::/32'), fc.nat(47), fc.bigInt(0n, 2n ** 80n - 1n))
      .map(([block, bit, rest]) => {
        const network = parseIp(block.split('/')[0] ?? '')?.value ?? 0n
        return (network ^ (1n << BigInt(127 - bit))) | rest
      }),
  )
  .map(ipv6Text)
