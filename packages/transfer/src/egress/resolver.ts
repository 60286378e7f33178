import { lookup, Resolver } from 'node:dns/promises'

/** Resolves with every address of a name. Rejects with a `code` as Node's resolver does. After an abort its outcome is meaningless. */
export type Lookup = (hostname: string, signal: AbortSignal) => Promise<readonly string[]>

/** Limits of one query: the time for a server, and the number of tries; c-ares doubles the time at every further try. */
const limits = { timeout: 2_000, tries: 2 }
/** The extra time for the other address family when one has been answered. Longer than in RFC 8305 §3, because all addresses are checked. */
const stragglerMs = 1_000

/**
 * Asks the system's name servers, or `servers` ("address:port"), for A and AAAA by c-ares. `dns.lookup` is not used: it
 * takes one of the four threads that files need too while it waits for a name server, and cannot be cancelled. /etc/hosts
 * and search domains are not used: they name this machine's neighbours, and a tenant has chosen the name.
 *
 * CNAMEs are followed without a check, because the DNS answer does not show them and only the addresses at their end matter.
 * There is no cache. Every dial resolves for itself; reused connections save most lookups.
 */
export function createResolver(servers?: readonly string[]): Lookup {
  return async (hostname, signal) => {
    // Each lookup has its own channel, so that it can be cancelled alone, uses its own port and sees changed settings.
    const resolver = new Resolver(limits)
    if (servers) resolver.setServers(servers)
    const cancel = () => resolver.cancel()
    let stragglerTimer: NodeJS.Timeout | undefined
    const ask = async (query: Promise<string[]>) => {
      const addresses = await query
      if (addresses.length > 0) stragglerTimer ??= setTimeout(cancel, stragglerMs)
      return addresses
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      // IPv4 comes first, because without an IPv6 route a connection may take long to fail.
      return joined(await Promise.allSettled([ask(resolver.resolve4(hostname)), ask(resolver.resolve6(hostname))]))
    } finally {
      clearTimeout(stragglerTimer)
      signal.removeEventListener('abort', cancel)
    }
  }
}

/**
 * Resolves a name that the operator has chosen to every address, as the service's own connections do: with the hosts file and
 * search domains.
 */
export async function lookUpOwnName(hostname: string): Promise<string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address)
}

function joined(answers: readonly PromiseSettledResult<string[]>[]): string[] {
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const reasons: unknown[] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
  if (addresses.length > 0 || reasons.length === 0) return addresses
  const says = (code: string) => (reason: unknown) =>
    reason instanceof Error && 'code' in reason && reason.code === code
  // "No such name" is about both families. "No such record" is about one, so the result of the other decides.
  throw reasons.find(says('ENOTFOUND')) ?? reasons.find((reason) => !says('ENODATA')(reason)) ?? reasons[0]
}
