import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { RedisAddress, RedisPlace } from '../kernel/redis-place.ts'
import { quote } from './quote.ts'
import type { SettingName, SettingValues } from './settings.ts'

export interface RedisSettings extends Omit<RedisPlace, 'ca'> {
  caFile: string | null
}

/** The settings of Redis; `url` null: there is none, or it is wrong. What does not go together goes to `errors`. */
export function readRedis(values: SettingValues, url: string | null, errors: string[]): RedisSettings | null {
  const sentinels = readAddresses(values, 'REDIS_SENTINELS', errors)
  const clusterNodes = readAddresses(values, 'REDIS_CLUSTER_NODES', errors)
  const caFile = values.REDIS_CA_FILE ?? null
  const given = (['REDIS_SENTINELS', 'REDIS_CLUSTER_NODES', 'REDIS_CA_FILE'] as const).filter((name) => values[name])
  if (values.REDIS_URL === undefined && given.length > 0)
    errors.push(`REDIS_URL is required with ${given.join(' and ')}`)
  if (sentinels && clusterNodes) errors.push('REDIS_SENTINELS and REDIS_CLUSTER_NODES do not go together')
  if (url === null) return null
  const { protocol, pathname } = new URL(url)
  if (caFile !== null && protocol !== 'rediss:')
    errors.push('REDIS_CA_FILE needs a REDIS_URL that begins with rediss://')
  if (!/^\/?\d*$/.test(pathname)) errors.push('REDIS_URL: the database behind the slash must be a number')
  if (clusterNodes && /[1-9]/.test(pathname)) errors.push('REDIS_URL: a cluster has no database but 0')
  const { REDIS_SENTINEL_NAME: name, REDIS_SENTINEL_PASSWORD: password = null } = values
  return { url, sentinels: sentinels && { name, addresses: sentinels, password }, clusterNodes, caFile }
}

/** With the authority's certificate. Throws when the file cannot be read, or has none. */
export async function readRedisPlace({ caFile, ...place }: RedisSettings): Promise<RedisPlace> {
  if (caFile === null) return { ...place, ca: null }
  const ca = await readFile(caFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`REDIS_CA_FILE ${caFile} cannot be read (${error.code})`)
  })
  const certificates = ca.match(/-----BEGIN CERTIFICATE-----.*?(-----END CERTIFICATE-----|$)/gs) ?? []
  if (certificates.length === 0) throw new Error(`REDIS_CA_FILE ${caFile} has no certificate (PEM)`)
  const wrong = certificates.findIndex((pem) => !isCertificate(pem))
  if (wrong !== -1)
    throw new Error(
      `REDIS_CA_FILE ${caFile} has a certificate that cannot be read: ${wrong + 1} of ${certificates.length}`,
    )
  return { ...place, ca }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem) !== null
  } catch {
    return false
  }
}

/** Null when absent. Every wrong entry is an error. */
function readAddresses(values: SettingValues, name: SettingName, errors: string[]): RedisAddress[] | null {
  const text = values[name]
  if (typeof text !== 'string') return null
  return text.split(',').flatMap((entry) => {
    const url = URL.parse(`redis://${entry.trim()}`)
    const isBare =
      url !== null && !url.username && !url.password && !url.search && !url.hash && /^\/?$/.test(url.pathname)
    if (isBare && url.hostname !== '' && url.port !== '')
      return [{ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) }]
    errors.push(`${name}: ${quote(entry.trim())} is not an address such as host:6379`)
    return []
  })
}
