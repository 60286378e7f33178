export interface RedisAddress {
  host: string
  port: number
}

/** Where a Redis is, and how it is spoken to. */
export interface RedisPlace {
  /** User, password, database and TLS (`rediss:`) of the servers. Its host is the server, or a first node of a cluster; with sentinels it is not used. */
  url: string
  /** They know which server is the master of the group `name` now. */
  sentinels: { name: string; addresses: readonly RedisAddress[]; password: string | null } | null
  /** More first nodes of a cluster; null: it is none. */
  clusterNodes: readonly RedisAddress[] | null
  /** Certificates (PEM) of the authority that the servers' certificates are from; null: the system's. */
  ca: string | null
}

/** One server at a URL. */
export function redisAt(url: string): RedisPlace {
  return { url, sentinels: null, clusterNodes: null, ca: null }
}

/** The place as ioredis takes it, but for the nodes of a cluster. */
export function redisOptions({ url, sentinels, ca }: RedisPlace) {
  const { protocol, username, password, pathname, searchParams } = new URL(url)
  const tls = protocol === 'rediss:' ? (ca === null ? {} : { ca }) : null
  const family = Number(searchParams.get('family'))
  return {
    ...(sentinels === null ? redisAddress(url) : sentinelOptions(sentinels)),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(tls && { tls }),
    ...(tls && sentinels && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    ...(family ? { family } : {}),
    db: Number(pathname.slice(1)) || 0,
    // After a failover behind one address the old master answers so, for ever: the address leads elsewhere by now.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  }
}

function sentinelOptions({ name, addresses, password }: NonNullable<RedisPlace['sentinels']>) {
  return { sentinels: [...addresses], name, ...(password === null ? {} : { sentinelPassword: password }) }
}

export function redisAddress(url: string): RedisAddress {
  const { hostname, port } = new URL(url)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 6379 }
}
