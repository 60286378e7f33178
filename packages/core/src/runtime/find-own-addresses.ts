import { networkInterfaces } from 'node:os'
import { lookUpOwnName } from '@backhaul/transfer/egress'
import { classifyAddress, isOwnPlace, type OwnPlace, parseIp } from '@backhaul/transfer/rules'
import type { Config } from './config.ts'

/** Where this process, the others of the installation and their servers can be reached, as far as this process knows. */
interface OwnPlaces {
  add(place: OwnPlace): void
  isOwn(host: string, port: number): boolean
  /**
   * Resolves the names again and reads this machine's addresses. A name that cannot be resolved keeps its last
   * addresses. Never throws.
   */
  resolve(): Promise<void>
}

type Addresses = Pick<Config, 'publicUrl' | 'host' | 'port' | 'databaseUrl' | 'redis' | 'egressProxy'> &
  Partial<Pick<Config, 'databaseDirectUrl'>>

/**
 * Begins with the configuration: PUBLIC_URL, HOST and PORT (which a worker shares with the API that may run beside it),
 * and the servers that are not meant to answer clients. Storage is not among them: its presigned links are good
 * sources.
 */
export function createOwnPlaces(config: Addresses, lookup = lookUpOwnName): OwnPlaces {
  const { host, port, egressProxy } = config
  const places = [
    ...publicPlaces(config.publicUrl),
    ...(port === 0 ? [] : [{ host: host.toLowerCase(), port }]),
    ...serverPlaces(config.databaseUrl, 5432),
    ...serverPlaces(config.databaseDirectUrl ?? null, 5432),
    ...redisPlaces(config.redis),
    ...(egressProxy === null ? [] : [{ host: egressProxy.host, port: egressProxy.port }]),
  ]
  const named = places.filter((place) => place.port !== null && isName(place.host))
  const resolved = new Map<OwnPlace, OwnPlace[]>()
  // A batch asks two thousand times: neither is put together for each.
  let known = places
  let machine = machineAddresses()
  const refresh = () => {
    known = [...places, ...[...resolved.values()].flat()]
    machine = machineAddresses()
  }
  return {
    add(place) {
      places.push(place)
      refresh()
    },
    isOwn: (host, port) => isOwnPlace(host, port, known, machine),
    async resolve() {
      const find = async (place: OwnPlace) => {
        const addresses = await lookup(place.host).catch(() => null)
        // A public address may be a network's in front, which other sites share.
        const own = addresses?.filter((address) => classifyAddress(address, []) === 'denied')
        if (own)
          resolved.set(
            place,
            own.map((address) => ({ host: address, port: place.port })),
          )
      }
      await Promise.all(named.map(find))
      refresh()
    },
  }
}

/** An address or localhost may be shared with other servers, at other ports; a name is the service's at every port. */
function publicPlaces(url: string | null): OwnPlace[] {
  const places = serverPlaces(url, url?.startsWith('https:') ? 443 : 80)
  return places.flatMap((place) => (isName(place.host) ? [place, { host: place.host, port: null }] : [place]))
}

/** The sentinels' and the cluster's names too; not what these name in turn. */
function redisPlaces(redis: Config['redis']): OwnPlace[] {
  if (redis === null) return []
  const named = [...(redis.sentinels?.addresses ?? []), ...(redis.clusterNodes ?? [])]
  const of = redis.sentinels === null ? serverPlaces(redis.url, 6379) : []
  return [...of, ...named.map(({ host, port }) => ({ host: host.toLowerCase(), port }))]
}

/** None when the URL names no host but a socket's folder. */
function serverPlaces(url: string | null, defaultPort: number): OwnPlace[] {
  const { hostname = '', port = '' } = (url === null ? null : URL.parse(url)) ?? {}
  if (hostname === '') return []
  return [{ host: hostname.replace(/^\[|\]$/g, '').toLowerCase(), port: Number(port) || defaultPort }]
}

function isName(host: string): boolean {
  return host !== 'localhost' && parseIp(host) === null
}

function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address))
}
