import { type AddressClass, blocks, type Cidr, classifyAddress } from './address-class.ts'
import { isAllowedHost } from './allowed-hosts.ts'

/** What the operator has opened and closed, and the service's own addresses. An absent member opens and closes nothing. */
export interface EgressPolicy {
  /** EGRESS_ALLOW_CIDRS: addresses that may be reached although they are not public. Opens no names. */
  readonly allowed: readonly Cidr[]
  /** EGRESS_DENY_CIDRS: addresses that stay closed, whatever else is opened. */
  readonly denied?: readonly Cidr[]
  /** EGRESS_ALLOW_HOSTS: names that may be internal ones, and may lead to private addresses. */
  readonly hosts?: readonly string[]
  /** EGRESS_ALLOW_PORTS. */
  readonly ports?: ReadonlySet<number>
  /** Whether a name or an address, with this port, is the service itself or a server of its own. */
  readonly isOwn?: (host: string, port: number) => boolean
}

/** How an operator could open what was refused: the last sentences of a refusal. They name settings, never their values. */
export const openings = {
  address: 'An operator opens private addresses with EGRESS_ALLOW_CIDRS; EGRESS_DENY_CIDRS closes addresses.',
  closed: 'Use another address, or ask the operator to take it out of EGRESS_DENY_CIDRS.',
  name: 'An operator opens internal names with EGRESS_ALLOW_HOSTS.',
  resolved:
    'An operator opens private addresses with EGRESS_ALLOW_CIDRS, or names that lead there with EGRESS_ALLOW_HOSTS; EGRESS_DENY_CIDRS closes addresses.',
  port: 'An operator opens ports with EGRESS_ALLOW_PORTS.',
  http: 'An operator allows http to a host of EGRESS_ALLOW_HOSTS or an address of EGRESS_ALLOW_CIDRS.',
  listen: 'For a receiver on your own machine, run `backhaul listen`.',
} as const

/**
 * The special addresses to which a name of EGRESS_ALLOW_HOSTS may lead: RFC 1918, RFC 6598 (pods of some clouds), RFC 4193, and
 * loopback. No others, because an internal name server may return more than its operator has thought of.
 */
const privateBlocks = blocks(
  ...['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '::1/128', 'fc00::/7'],
)
/** Metadata services within those blocks, which hand out a machine's credentials: Alibaba, AWS, Google. Others are link-local. */
const metadataBlocks = blocks('100.100.100.200/32', 'fd00:ec2::/32', 'fd20:ce::/32')

interface Destination {
  /** The name that led to the address, or the address. */
  host: string
  address: string
  port: number
}

/**
 * Whether the service may connect to an address. It must be open by itself, or by the name that led to it. The refusal does not
 * tell which closed addresses are the service's own.
 */
export function classifyDestination(destination: Destination, policy: EgressPolicy): AddressClass | 'denied' | 'own' {
  const addressClass = classifyWithName(destination, policy)
  const { address, port } = destination
  return addressClass !== 'denied' && policy.isOwn?.(address, port) ? 'own' : addressClass
}

function classifyWithName(
  { host, address }: Destination,
  { allowed, denied = [], hosts = [] }: EgressPolicy,
): AddressClass | 'denied' {
  const byAddress = classifyAddress(address, allowed, denied)
  if (byAddress !== 'denied' || !isAllowedHost(host, hosts)) return byAddress
  return classifyAddress(address, privateBlocks, [...denied, ...metadataBlocks])
}
