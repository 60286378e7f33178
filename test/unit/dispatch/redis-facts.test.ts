import { describe, expect, it } from 'vitest'
import { findNoRedis, readRedisInfo, refuseRedis, refuseRedisErrors } from '#core/dispatch/rules/redis-facts.ts'

const info = (fields: Record<string, string>) =>
  `# Server\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}:${value}`)
    .join('\r\n')}\r\n`

describe('a Redis', () => {
  it('says what it is', () => {
    const redis = { redis_version: '7.0.15', maxmemory_policy: 'allkeys-lru', cluster_enabled: '1' }
    expect(readRedisInfo(info(redis))).toEqual({
      ...{
        server: 'redis 7.0.15',
        version: '7.0.15',
        isCluster: true,
        isSentinel: false,
        evictionPolicy: 'allkeys-lru',
      },
    })
    const valkey = { redis_version: '7.2.4', server_name: 'valkey', valkey_version: '8.1.1' }
    expect(readRedisInfo(info(valkey))).toMatchObject({
      server: 'valkey 8.1.1',
      isCluster: false,
      isSentinel: false,
      evictionPolicy: null,
    })
  })

  it.each([
    ['6.2.0', null],
    ['7.0.15', null],
    ['10.0.0', null],
    ['6.0.16', 'Redis is too old: redis 6.0.16, and 6.2 or newer is needed'],
    ['5.0.14', 'Redis is too old: redis 5.0.14, and 6.2 or newer is needed'],
    ['', 'Redis is too old: redis , and 6.2 or newer is needed'],
  ])('of version %j is refused or not: %j', (version, refusal) => {
    expect(refuseRedis(readRedisInfo(info({ redis_version: version })), false)).toBe(refusal)
  })

  it('is a cluster if the settings say so, and only then', () => {
    const facts = (cluster: string) => readRedisInfo(info({ redis_version: '7.0.0', cluster_enabled: cluster }))
    expect(refuseRedis(facts('1'), true)).toBeNull()
    expect(refuseRedis(facts('1'), false)).toMatch(/REDIS_CLUSTER_NODES/)
    expect(refuseRedis(facts('0'), true)).toMatch(/leave REDIS_CLUSTER_NODES out/)
  })

  it('is no sentinel', () => {
    expect(refuseRedis(readRedisInfo(info({ redis_version: '7.0.0', redis_mode: 'sentinel' })), false)).toBe(
      'REDIS_URL leads to a sentinel: name it in REDIS_SENTINELS',
    )
  })

  it.each<[string, { message: string; code?: string }, RegExp | null]>([
    [
      'WRONGPASS',
      { message: 'WRONGPASS invalid username-password pair or user is disabled.' },
      /the user or the password/,
    ],
    ['an old wrong password', { message: 'ERR invalid password' }, /the user or the password/],
    ['NOAUTH', { message: 'NOAUTH Authentication required.' }, /wants a password/],
    ['NOPERM', { message: "NOPERM User x has no permissions to run the 'info' command" }, /\+info/],
    ['a certificate', { message: 'self-signed certificate', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, /REDIS_CA_FILE/],
    ['another name', { message: 'altnames', code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, /REDIS_CA_FILE/],
    ['no TLS', { message: 'wrong version number', code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, /does not speak TLS/],
    ['no cluster', { message: 'ERR This instance has cluster support disabled' }, /is no cluster/],
    [
      'another master',
      { message: 'All sentinels are unreachable and retry is disabled. Last error: ERR No such master with that name' },
      /REDIS_SENTINEL_NAME/,
    ],
    ['no sentinel', { message: "Last error: ERR unknown command 'sentinel', with args" }, /is no sentinel/],
    ['no such database', { message: 'ERR DB index is out of range' }, /behind the slash of REDIS_URL/],
    ['a refused connection', { message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' }, null],
    ['a Redis that loads', { message: 'LOADING Redis is loading the dataset in memory' }, null],
    ['silence', { message: 'Command timed out' }, null],
  ])('that answers with %s is refused, or may be away', (_, error, sentence) => {
    const refusal = refuseRedisErrors([{ message: 'Connection is closed.' }, error])
    if (sentence === null) expect(refusal).toBeNull()
    else expect(refusal).toMatch(sentence)
  })
})

describe('what answers', () => {
  const strange = { message: 'Unknown RESP type 72 "H". Please report this.' }

  it.each<[string, { message: string }[], unknown, string | null]>([
    ['bytes that are no reply', [strange, { message: 'Connection is closed.' }], undefined, 'REDIS_URL'],
    [
      'no reply, to who looks for the master',
      [{ message: `All sentinels are unreachable and retry is disabled. Last error: ${strange.message}` }],
      undefined,
      'REDIS_SENTINELS',
    ],
    ['a reply to INFO without a version', [], 'OK', 'REDIS_URL'],
    ['a reply to INFO that is no text', [], ['OK'], 'REDIS_URL'],
    ['what every Redis says to INFO', [], info({ redis_version: '7.0.15' }), null],
    ['a refusal', [{ message: 'NOAUTH Authentication required.' }], undefined, null],
    ['nothing', [{ message: 'Connection is closed.' }], undefined, null],
  ])('with %s is no Redis, or may be one', (_, errors, reply, setting) => {
    expect(findNoRedis(errors, reply)).toBe(
      setting === null ? null : `what answers at ${setting} is no Redis: it speaks another protocol`,
    )
  })
})
