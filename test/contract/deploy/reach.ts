import { BlockList, isIP } from 'node:net'
import { type Labels, type Manifest, type Peer, type PolicyRule, selects } from './manifest.ts'

/** One end of a connection: a pod, a namespace with pods, or an address outside. */
export interface Party {
  labels?: Labels
  /** Absent: the namespace of the policies. */
  namespace?: string
  address?: string
}

/** Whether policies let `pod` connect to a port of `to`. As Kubernetes has it: no policy about a pod lets everything. */
export function reaches(manifests: readonly Manifest[], pod: Labels, to: Party, port: number | string): boolean {
  return allows(manifests, pod, 'Egress', to, port)
}

/** Whether policies let `from` connect to a port of `pod`. */
export function admits(manifests: readonly Manifest[], pod: Labels, from: Party, port: number | string): boolean {
  return allows(manifests, pod, 'Ingress', from, port)
}

function allows(
  manifests: readonly Manifest[],
  pod: Labels,
  type: 'Ingress' | 'Egress',
  party: Party,
  port: number | string,
): boolean {
  const about = manifests.filter(
    ({ kind, spec }) =>
      kind === 'NetworkPolicy' && spec!.policyTypes?.includes(type) && selects(spec!.podSelector ?? {}, pod),
  )
  if (about.length === 0) return true
  const rules = about.flatMap(({ spec }) => (type === 'Ingress' ? spec!.ingress : spec!.egress) ?? [])
  return rules.some((rule) => hasPort(rule, port) && hasPeer(type === 'Ingress' ? rule.from : rule.to, party))
}

function hasPort({ ports = [] }: PolicyRule, port: number | string): boolean {
  return ports.length === 0 || ports.some((each) => each.port === undefined || each.port === port)
}

function hasPeer(peers: readonly Peer[] = [], party: Party): boolean {
  return peers.length === 0 || peers.some((peer) => isMeant(peer, party))
}

function isMeant(
  { ipBlock, namespaceSelector, podSelector }: Peer,
  { address, namespace, labels = {} }: Party,
): boolean {
  if (ipBlock)
    return (
      address !== undefined && within(ipBlock.cidr, address) && !ipBlock.except?.some((cidr) => within(cidr, address))
    )
  if (address !== undefined) return false
  const isThere = namespaceSelector
    ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': namespace ?? 'backhaul' })
    : namespace === undefined
  return isThere && (podSelector === undefined || selects(podSelector, labels))
}

function within(cidr: string, address: string): boolean {
  const [network = '', prefix] = cidr.split('/')
  const family = (text: string) => (isIP(text) === 6 ? 'ipv6' : 'ipv4')
  if (family(network) !== family(address)) return false
  const list = new BlockList()
  list.addSubnet(network, Number(prefix), family(network))
  return list.check(address, family(address))
}
