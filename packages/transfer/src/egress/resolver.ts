import { lookup, Resolver } from 'node:dns/promises'

/** Every address of a name. Rejects with a `code` as Node's resolver does; of no use after an abort. */
export type Lookup = (hostname: string, signal: AbortSignal) => Promise<readonly string[]>

/** Of one query: how long a server has, and how often they are asked; c-ares doubles the time at every further try. */
const limits = { timeout: 2_000, tries: 2 }
/** When one family has answered, the other may take so much longer (RFC 8305 §3, but patient: all answers are to be judged). */
const stragglerMs = 1_000

/**
 * Asks the system's name servers, or `servers` ("address:port"), for A and AAAA by c-ares. `dns.lookup` is not used: it
 * takes a thread of four that files need too, for as long as a name server keeps silent, and cannot be cancelled. Neither
 * /etc/hosts nor search domains are looked at: they name this machine's neighbours, and a tenant has chosen the name.
 *
 * CNAMEs are followed without being judged: the answer does not show them, and what counts is the addresses at their end.
 * Nothing is remembered. Every dial has answers of its own; connections that are used again save most lookups.
 */
export function createResolver(servers?: readonly string[]): Lookup {
  return async (hostname, signal) => {
    // A channel of its own, so that it can be cancelled alone, asks from a port of its own and sees changed settings.
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
      // IPv4 first: where there is no way for IPv6, not everybody finds out at once.
      return joined(await Promise.allSettled([ask(resolver.resolve4(hostname)), ask(resolver.resolve6(hostname))]))
    } finally {
      clearTimeout(stragglerTimer)
      signal.removeEventListener('abort', cancel)
    }
  }
}

/**
 * Every address of a name that the operator has chosen, as the service's own connections resolve it: with the hosts file and
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
  // "No such name" is about both families, "no such record" about one: then it depends on what became of the other.
  throw reasons.find(says('ENOTFOUND')) ?? reasons.find((reason) => !says('ENODATA')(reason)) ?? reasons[0]
}
