/** What a Redis says about itself. */
export interface RedisFacts {
  /** Such as "redis 7.0.15" or "valkey 9.1.2". */
  server: string
  /** That of the protocol and the commands: a Valkey says 7.2.4. */
  version: string
  isCluster: boolean
  isSentinel: boolean
  /** What it does when its memory is full; null: it does not say. */
  evictionPolicy: string | null
}

/** Out of the reply to INFO. */
export function readRedisInfo(info: string): RedisFacts {
  const fields = new Map([...info.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name, value]) => [name!, value!]))
  const version = fields.get('redis_version') ?? '0'
  const valkey = fields.get('valkey_version')
  return {
    server: valkey === undefined ? `redis ${version}` : `valkey ${valkey}`,
    version,
    isCluster: fields.get('cluster_enabled') === '1',
    isSentinel: fields.get('redis_mode') === 'sentinel',
    evictionPolicy: fields.get('maxmemory_policy') ?? null,
  }
}

const leastVersion = [6, 2] as const

/** Why this Redis cannot be used; null: it can. `asCluster`: the settings say that it is one. */
export function refuseRedis({ server, version, isCluster, isSentinel }: RedisFacts, asCluster: boolean): string | null {
  if (isSentinel) return 'REDIS_URL leads to a sentinel: name it in REDIS_SENTINELS'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1]))
    return `Redis is too old: ${server}, and ${leastVersion.join('.')} or newer is needed`
  if (isCluster && !asCluster) return 'Redis is a cluster: name some of its nodes in REDIS_CLUSTER_NODES'
  if (!isCluster && asCluster) return 'Redis is no cluster: leave REDIS_CLUSTER_NODES out'
  return null
}

/** What the client says of bytes that are no reply of a Redis (ioredis, resp/decoder). */
const noReply = /^Unknown RESP type|Last error: Unknown RESP type/

/**
 * That what answers is no Redis, in a sentence, by the errors that it caused; null: it may be one. `info` is its reply to INFO, if there was
 * one: every Redis names its version there.
 */
export function findNoRedis(errors: readonly { message: string }[], info?: unknown): string | null {
  const strange = errors.find(({ message }) => noReply.test(message))
  if (strange === undefined && (info === undefined || /^redis_version:/m.test(String(info)))) return null
  const setting = strange?.message.includes('sentinels') ? 'REDIS_SENTINELS' : 'REDIS_URL'
  return `what answers at ${setting} is no Redis: it speaks another protocol`
}

const certificates = /^(CERT_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/

/**
 * Why a Redis that was reached cannot be used, by the errors that it caused; null: it may be away, and come back. No error's text is shown: it
 * may name what it was given.
 */
export function refuseRedisErrors(errors: readonly { message: string; code?: string | undefined }[]): string | null {
  for (const { message, code = '' } of errors) {
    if (/^WRONGPASS|invalid (username-)?password/i.test(message))
      return 'Redis refuses the user or the password of REDIS_URL'
    if (/^NOAUTH/.test(message)) return 'Redis wants a password, and REDIS_URL has none'
    if (/^NOPERM/.test(message)) return 'Redis does not let the user of REDIS_URL run INFO: its ACL needs +info'
    if (certificates.test(code))
      return `the certificate of Redis is not accepted (${code}): REDIS_CA_FILE names the authority's certificate`
    if (/^ERR_SSL_/.test(code))
      return `Redis does not speak TLS at this port (${code}): REDIS_URL begins with redis:// then`
    if (/DB index is out of range|invalid DB index/i.test(message))
      return 'Redis has no database of the number behind the slash of REDIS_URL: it has as many as its setting databases says, 0 the first'
    if (/No such master with that name/i.test(message))
      return 'the sentinels know no master of that name: REDIS_SENTINEL_NAME must be the one of their configuration'
    if (/unknown command '?sentinel/i.test(message))
      return 'REDIS_SENTINELS names a Redis that is no sentinel: their port is 26379 as a rule'
    if (/cluster support disabled/.test(message)) return 'Redis is no cluster: leave REDIS_CLUSTER_NODES out'
  }
  return null
}
