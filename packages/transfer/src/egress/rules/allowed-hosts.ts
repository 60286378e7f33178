import { isDomainName, isInternalName } from './host-name.ts'
import { parseIp } from './ip.ts'
import { listEntries } from './list-entries.ts'

/** The setting EGRESS_ALLOW_HOSTS: names, and `*.suffix` for all names below one. One error for every bad entry, naming it. */
export function parseAllowedHosts(text: string): { hosts: string[]; errors: string[] } {
  const hosts = listEntries(text).map((entry) => entry.toLowerCase())
  return {
    hosts,
    errors: hosts.flatMap((host) => {
      const error = errorOf(host)
      return error === null ? [] : [`"${host}" ${error}`]
    }),
  }
}

/** Whether the operator has opened this name. */
export function isAllowedHost(name: string, hosts: readonly string[]): boolean {
  return hosts.some((host) => (host.startsWith('*.') ? name.endsWith(host.slice(1)) : name === host))
}

function errorOf(host: string): string | null {
  if (host === '*') return 'would open every name: list the names, or suffixes such as *.svc.cluster.local'
  const name = host.replace(/^\*\./, '')
  // Any spelling that a URL could have is accepted.
  const hostname = URL.parse(`http://${name}/`)?.hostname
  if (isAddress(name) || (hostname !== undefined && isAddress(hostname)))
    return 'is an address: addresses are opened with EGRESS_ALLOW_CIDRS'
  if (!isDomainName(name) || hostname !== name)
    return 'is not a host name (such as origin, files.example.com or *.svc.cluster.local)'
  if (name !== host && !name.includes('.') && !isInternalName(name))
    return 'would open a whole top-level domain: give the suffix two labels or more, such as *.example.com'
  return null
}

function isAddress(text: string): boolean {
  return parseIp(text.replace(/^\[|\]$/g, '')) !== null
}
