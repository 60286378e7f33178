import { isInside, loopback, plainAddress } from './address-class.ts'

/** An address at which the service itself, or one of its own servers, can be reached. */
export interface OwnPlace {
  /** A name in lower case or an address; 0.0.0.0 and :: are every address of this machine, localhost its loopback ones. */
  host: string
  /** Null: every port. */
  port: number | null
}

/** Whether `host`, a name or an address, leads to one of the places. `machine` are the addresses of this machine. */
export function isOwnPlace(
  host: string,
  port: number,
  places: readonly OwnPlace[],
  machine: readonly string[],
): boolean {
  return places.some((place) => (place.port === null || place.port === port) && leadsTo(host, place.host, machine))
}

function leadsTo(host: string, place: string, machine: readonly string[]): boolean {
  if (host === place) return true
  const [address, own] = [plainAddress(host), plainAddress(place)]
  if (address === null) return false
  if (place === 'localhost') return isInside(host, loopback) || isUnspecified(host)
  if (own === null) return false
  if (isUnspecified(place)) return isHere(host, machine)
  // Systems connect to themselves for the unspecified address.
  if (isUnspecified(host)) return isHere(place, machine)
  return address.family === own.family && address.value === own.value
}

function isHere(address: string, machine: readonly string[]): boolean {
  if (isUnspecified(address) || isInside(address, loopback)) return true
  const value = plainAddress(address)?.value
  return machine.some((one) => plainAddress(one)?.value === value)
}

function isUnspecified(address: string): boolean {
  return plainAddress(address)?.value === 0n
}
