import { networkInterfaces } from 'node:os'
import { parseIp } from '../domain/ip.ts'
import { isOwnPlace, type OwnPlace } from '../domain/own-places.ts'
import type { Config } from './config.ts'

/** Where this process, the others of the installation and their servers can be reached, as far as this process knows. */
export interface OwnPlaces {
  add(place: OwnPlace): void
  isOwn(host: string, port: number): boolean
}

type Addresses = Pick<Config, 'publicUrl' | 'host' | 'port' | 'databaseUrl' | 'redisUrl' | 'egressProxy'>

/**
 * Begins with what the configuration says: PUBLIC_URL, HOST and PORT (which a worker shares with the API that may run beside
 * it), and the servers that are not meant to answer clients. Storage is not among them: its presigned links are good sources.
 */
export function createOwnPlaces(config: Addresses): OwnPlaces {
  const places = [
    publicPlace(config.publicUrl),
    config.port === 0 ? null : { host: config.host.toLowerCase(), port: config.port },
    serverPlace(config.databaseUrl, 5432),
    serverPlace(config.redisUrl, 6379),
    config.egressProxy && { host: config.egressProxy.host, port: config.egressProxy.port },
  ].filter((place) => place !== null)
  return {
    add: (place) => void places.push(place),
    isOwn: (host, port) => isOwnPlace(host, port, places, machineAddresses),
  }
}

/** The place of a server that a URL names; null when it names none (a socket's folder). */
function serverPlace(url: string | null, defaultPort: number): OwnPlace | null {
  const { hostname = '', port = '' } = (url === null ? null : URL.parse(url)) ?? {}
  return hostname === '' ? null : { host: plain(hostname), port: Number(port) || defaultPort }
}

/** A name is the service's at every port; an address, or localhost, may be shared with others. */
function publicPlace(url: string | null): OwnPlace | null {
  if (url === null) return null
  const place = serverPlace(url, url.startsWith('https:') ? 443 : 80)
  const isShared = place !== null && (place.host === 'localhost' || parseIp(place.host) !== null)
  return place === null || isShared ? place : { host: place.host, port: null }
}

function plain(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase()
}

function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address))
}
