import { describe, expect, it } from 'vitest'
import { ConfigError, type ProcessKind, readConfig, settingList } from '#core/runtime/config.ts'

type Env = Record<string, string | undefined>
const key = Buffer.alloc(32, 7)
const separate: Env = { DATABASE_URL: 'postgresql://u:p@db/backhaul', S3_BUCKET: 'files' }

function problems(env: Env, kind: ProcessKind = 'standalone'): readonly string[] {
  try {
    readConfig(env, kind)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).message).toBe((error as ConfigError).errors.join('\n'))
    return (error as ConfigError).errors
  }
}

describe('what is absent decides the mode', () => {
  it('npm start needs nothing', () => {
    expect(readConfig({}, 'standalone')).toEqual({
      host: '127.0.0.1',
      port: 8080,
      publicUrl: null,
      operationsHost: '127.0.0.1',
      operationsPort: null,
      trustedProxies: [],
      databaseUrl: null,
      databaseDirectUrl: null,
      redis: null,
      userAgent: null,
      s3: null,
      dataDir: './data',
      adminTokens: null,
      encryptionKeys: null,
      workerConcurrency: 16,
      workerHeartbeatFile: null,
      egress: { allowed: [], denied: [], hosts: [], ports: new Set() },
      egressProxy: null,
      webhookVerification: false,
      rowLevelSecurity: true,
      wakeDelay: { baseSeconds: 60, factor: 2, capSeconds: 21_600 },
      taskRetentionDays: 30,
      eventRetentionDays: 30,
      limits: {
        ...{ requestsPerMinute: 60_000, maximumTasksWaiting: 1_000_000, maximumTasksInFlight: 128 },
        ...{ maximumStoredBytes: null, maximumBytesPerDay: null, maximumBytesPerSecond: null },
        ...{ maximumSessions: 100_000, maximumEndpoints: 1_000, maximumApiKeys: 100, maximumStreams: 16 },
      },
      tracing: null,
      logLevel: 'info',
    })
  })

  it('a collector is all that traces need', () => {
    const endpoint = 'http://collector:4318'
    expect(readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/` }, 'standalone').tracing).toEqual({
      endpoint,
      headers: {},
      serviceName: 'backhaul-standalone',
      ratio: 1,
      delayMs: 5_000,
    })
    const more = {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc, x-team = files',
      OTEL_SERVICE_NAME: 'downloads',
      OTEL_TRACES_SAMPLER_ARG: '0.05',
      OTEL_BSP_SCHEDULE_DELAY: '1000',
    }
    expect(readConfig(more, 'standalone').tracing).toEqual({
      endpoint,
      headers: { authorization: 'Basic abc', 'x-team': 'files' },
      serviceName: 'downloads',
      ratio: 0.05,
      delayMs: 1_000,
    })
  })

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT must be an http(s) URL'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:secret@collector' }, 'OTEL_EXPORTER_OTLP_ENDPOINT must be'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/v1/traces' },
      'OTEL_EXPORTER_OTLP_ENDPOINT: leave /v1/traces out, which is added',
    ],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=a%0D%0Ab' }, 'OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'just-a-token' }, 'OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=%ZZ' }, 'OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs'],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, 'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1'],
  ])('%j is refused', (env, message) => {
    expect(problems(env)).toEqual([expect.stringContaining(message)])
    expect(problems(env)[0]).not.toContain('just-a-token')
  })

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:pass@word@collector:4318' }, 'http://…@collector:4318'],
    [{ PUBLIC_URL: 'https://user:pass@word@files.example.com/' }, 'https://…@files.example.com/'],
    [{ REDIS_URL: 'redis://a', REDIS_SENTINELS: 'user:pass@word@sentinel:26379' }, '…@sentinel:26379'],
  ])('a user and a password in an address that may have none are not shown: %j', (env, shown) => {
    expect(problems(env)).toEqual([expect.stringContaining(JSON.stringify(shown))])
  })

  it.each<[ProcessKind, Env, boolean]>([
    ['api', { PORT: '9464', OPERATIONS_PORT: '9464' }, true],
    ['standalone', { PORT: '9464', OPERATIONS_PORT: '9464' }, true],
    ['api', { HOST: '::', PORT: '9464', OPERATIONS_PORT: '9464', OPERATIONS_HOST: '10.0.0.7' }, true],
    ['api', { HOST: '10.0.0.7', PORT: '9464', OPERATIONS_PORT: '9464' }, false],
    ['api', { PORT: '0', OPERATIONS_PORT: '0' }, false],
    ['worker', { PORT: '9464', OPERATIONS_PORT: '9464' }, false],
  ])('%s with %j: one port for clients and operators is refused: %j', (kind, env, isRefused) => {
    const expected = 'OPERATIONS_PORT must be another port than PORT (9464): operators have a server of their own'
    expect(problems({ ...separate, ...env }, kind)).toEqual(isRefused ? [expected] : [])
  })

  it('an empty variable is an absent one, and unknown ones do not matter', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ', PATH: '/bin', BACKHAUL: '?' }, 'standalone')).toEqual(
      readConfig({}, 'standalone'),
    )
  })

  it('a separate API listens to the outside', () => {
    expect(readConfig(separate, 'api').host).toBe('0.0.0.0')
  })

  it.each<[ProcessKind, Env, string[]]>([
    ['api', {}, ['DATABASE_URL is required', 'S3_BUCKET is required']],
    ['worker', { S3_BUCKET: 'files' }, ['DATABASE_URL is required']],
    ['worker', { DATABASE_URL: separate.DATABASE_URL }, ['S3_BUCKET is required']],
    ['api', { DATABASE_URL: separate.DATABASE_URL, DATA_DIR: '/shared' }, []],
    ['worker', separate, []],
    ['migrate', {}, ['DATABASE_URL is required']],
    [
      'standalone',
      { DATABASE_DIRECT_URL: separate.DATABASE_URL },
      ['DATABASE_URL is required with DATABASE_DIRECT_URL'],
    ],
    ['migrate', { DATABASE_URL: separate.DATABASE_URL }, []],
  ])('%s with %j: %j', (kind, env, expected) => {
    const found = problems(env, kind)
    expect(found).toHaveLength(expected.length)
    expected.forEach((start, index) => {
      expect(found[index]).toMatch(new RegExp(`^${start}`))
    })
  })

  it('row-level security is for processes that serve tenants, unless it is off', () => {
    const narrows = (kind: 'api' | 'worker', env = {}) => readConfig({ ...separate, ...env }, kind).rowLevelSecurity
    expect([narrows('api'), narrows('worker'), narrows('api', { ROW_LEVEL_SECURITY: 'off' })]).toEqual([
      true,
      false,
      false,
    ])
  })
})

describe('values', () => {
  it('are several operator tokens, separated by commas', () => {
    const tokens = (text: string) => readConfig({ ADMIN_TOKEN: text }, 'standalone').adminTokens
    expect(tokens('long-enough')).toEqual(['long-enough'])
    expect(tokens(' new-token!, old=token ,third"token ')).toEqual(['new-token!', 'old=token', 'third"token'])
  })

  it('come out with their types', () => {
    const config = readConfig(
      {
        ...{ HOST: '::1', PORT: '0', PUBLIC_URL: 'https://example.com/backhaul/', DATA_DIR: '/var/data' },
        ...{ DATABASE_URL: 'postgres:///backhaul?host=/run/postgresql', REDIS_URL: 'rediss://:p@cache:6380/1' },
        ...{
          S3_BUCKET: 'files',
          S3_ENDPOINT: 'http://s3:8333/',
          S3_ACCESS_KEY_ID: 'id',
          S3_SECRET_ACCESS_KEY: 'secret',
        },
        ...{ ADMIN_TOKEN: 'long-enough', ENCRYPTION_KEY: key.toString('base64'), WORKER_CONCURRENCY: '3' },
        ...{ EGRESS_ALLOW_CIDRS: '10.1.0.0/16, fd00::/8', WAKE_DELAY_BASE_SECONDS: '0.5', WAKE_DELAY_FACTOR: '1' },
        ...{ EGRESS_ALLOW_HOSTS: 'Origin, *.svc.cluster.local', EGRESS_ALLOW_PORTS: '6379,9200' },
        EGRESS_DENY_CIDRS: '10.1.2.0/24',
        ...{ WAKE_DELAY_CAP_SECONDS: '9', LOG_LEVEL: 'silent', WEBHOOK_VERIFICATION: 'on' },
        ...{
          EVENT_RETENTION_DAYS: '365',
          TASK_RETENTION_DAYS: '3650',
          USER_AGENT: 'Example-Fetcher/2.0 (+https://example.com/bot)',
        },
      },
      'standalone',
    )
    expect(config).toMatchObject({
      webhookVerification: true,
      taskRetentionDays: 3650,
      eventRetentionDays: 365,
      userAgent: 'Example-Fetcher/2.0 (+https://example.com/bot)',
      ...{ host: '::1', port: 0, publicUrl: 'https://example.com/backhaul', dataDir: '/var/data' },
      ...{
        databaseUrl: 'postgres:///backhaul?host=/run/postgresql',
        redis: { url: 'rediss://:p@cache:6380/1', sentinels: null, clusterNodes: null, caFile: null },
      },
      s3: {
        bucket: 'files',
        region: 'us-east-1',
        endpoint: 'http://s3:8333',
        publicEndpoint: 'http://s3:8333',
        credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
        forcePathStyle: true,
      },
      ...{ adminTokens: ['long-enough'], workerConcurrency: 3, logLevel: 'silent' },
      wakeDelay: { baseSeconds: 0.5, factor: 1, capSeconds: 9 },
    })
    expect(config.egress.allowed).toHaveLength(2)
    expect(config.egress.denied).toHaveLength(1)
    expect(config.egress).toMatchObject({ hosts: ['origin', '*.svc.cluster.local'], ports: new Set([6379, 9200]) })
    expect(config.encryptionKeys).toEqual([new Uint8Array(key)])
  })

  it('Redis may be behind sentinels, or a cluster', () => {
    const redis = (env: Env) => readConfig({ REDIS_URL: 'rediss://u:p@cache', ...env }, 'standalone').redis
    expect(redis({ REDIS_SENTINELS: 's1:26379, [fd00::1]:26380', REDIS_SENTINEL_PASSWORD: 'x' })).toEqual({
      url: 'rediss://u:p@cache',
      sentinels: {
        name: 'mymaster',
        addresses: [
          { host: 's1', port: 26379 },
          { host: 'fd00::1', port: 26380 },
        ],
        password: 'x',
      },
      ...{ clusterNodes: null, caFile: null },
    })
    expect(redis({ REDIS_CLUSTER_NODES: 'n1:6379', REDIS_CA_FILE: '/etc/ca.pem' })).toMatchObject({
      ...{ sentinels: null, clusterNodes: [{ host: 'n1', port: 6379 }], caFile: '/etc/ca.pem' },
    })
  })

  it('the bucket goes into the host name at AWS, and into the path elsewhere, unless told otherwise', () => {
    const style = (env: Env) => readConfig({ S3_BUCKET: 'files', ...env }, 'standalone').s3?.forcePathStyle
    expect(style({})).toBe(false)
    expect(style({ S3_ENDPOINT: 'http://s3' })).toBe(true)
    expect(style({ S3_ENDPOINT: 'http://s3', S3_FORCE_PATH_STYLE: 'FALSE' })).toBe(false)
  })

  it.each([
    ['http://proxy:3128', { host: 'proxy', port: 3128, authorization: null }],
    ['http://10.0.0.1/', { host: '10.0.0.1', port: 80, authorization: null }],
    ['http://[fd00::1]:3128', { host: 'fd00::1', port: 3128, authorization: null }],
    // RFC 7617 §2: Basic of "Aladdin:open sesame".
    [
      'http://Aladdin:open%20sesame@proxy:3128',
      { host: 'proxy', port: 3128, authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' },
    ],
    ['http://user@proxy:3128', { host: 'proxy', port: 3128, authorization: 'Basic dXNlcjo=' }],
  ])('the proxy may be %s', (url, proxy) => {
    expect(readConfig({ EGRESS_PROXY_URL: url }, 'standalone').egressProxy).toEqual(proxy)
  })

  it.each(['base64', 'base64url', 'hex'] as const)('the encryption key may be %s', (encoding) => {
    const { encryptionKeys } = readConfig({ ENCRYPTION_KEY: key.toString(encoding) }, 'standalone')
    expect(encryptionKeys).toEqual([new Uint8Array(key)])
  })

  it('encryption keys may be several, the newest first, and the single one may be among them', () => {
    const other = Buffer.alloc(32, 9)
    const ENCRYPTION_KEYS = `${other.toString('hex')}, ${key.toString('base64')}`
    const keys = [new Uint8Array(other), new Uint8Array(key)]
    expect(readConfig({ ENCRYPTION_KEYS }, 'standalone').encryptionKeys).toEqual(keys)
    const ENCRYPTION_KEY = key.toString('base64url')
    expect(readConfig({ ENCRYPTION_KEYS, ENCRYPTION_KEY }, 'standalone').encryptionKeys).toEqual(keys)
  })
})

describe('errors', () => {
  it.each([
    ['HOST', 'http://x/'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['PORT', '1e3'],
    ['PUBLIC_URL', 'example.com'],
    ['PUBLIC_URL', 'ftp://example.com'],
    ['PUBLIC_URL', 'https://example.com/?a=b'],
    ['DATABASE_URL', 'mysql://db/backhaul'],
    ['DATABASE_DIRECT_URL', 'mysql://db/backhaul'],
    ['DATABASE_URL', 'postgresql://db'],
    ['REDIS_URL', 'http://redis'],
    ['S3_BUCKET', 'No_Bucket'],
    ['S3_ENDPOINT', 's3.local'],
    ['S3_PUBLIC_ENDPOINT', 'http://user:pass@s3'],
    ['S3_FORCE_PATH_STYLE', 'yes'],
    ['ADMIN_TOKEN', 'short'],
    ['ADMIN_TOKEN', 'with a space in it'],
    ...['long-enough,short', 'long-enough,', ',long-enough', 'long-enough,,long-enough', 'long-enough long-enough'].map(
      (tokens) => ['ADMIN_TOKEN', tokens],
    ),
    ['ENCRYPTION_KEY', key.subarray(1).toString('base64')],
    ['ENCRYPTION_KEY', 'z'.repeat(64)],
    ['ENCRYPTION_KEYS', key.subarray(1).toString('base64')],
    ['ENCRYPTION_KEYS', `${key.toString('hex')},`],
    ['WORKER_CONCURRENCY', '0'],
    ...['two  spaces', 'a\tb', 'a\r\nHost: b', 'Bücher/1', 'a'.repeat(257)].map((text) => ['USER_AGENT', text]),
    ['EGRESS_ALLOW_CIDRS', '10.0.0.0/33'],
    ['EGRESS_DENY_CIDRS', 'postgres'],
    ['EGRESS_DENY_CIDRS', '172.30.0.0/33'],
    ...[
      ...[
        '*',
        '*.',
        '*.com',
        '*.COM',
        '.example.com',
        'example.com.',
        '*.*.example.com',
        'a*.example.com',
        '*example.com',
      ],
      ...[
        '10.0.0.1',
        '127.1',
        '0x7f.0.0.1',
        '::1',
        '[::1]',
        '*.10.0.0.1',
        '10.0.0.0/8',
        'origin:8080',
        'http://origin',
      ],
      ...['-origin', 'origin-', 'a..b', 'two names', 'example.1', 'bücher.example', `${'a'.repeat(64)}.com`],
    ].map((host) => ['EGRESS_ALLOW_HOSTS', host]),
    ...['0', '65536', '-1', '80.5', '1e3', '0x50', '8000-9000', 'http'].map((port) => ['EGRESS_ALLOW_PORTS', port]),
    ['EGRESS_PROXY_URL', 'proxy:3128'],
    ['EGRESS_PROXY_URL', 'https://proxy:3128'],
    ['EGRESS_PROXY_URL', 'socks5://proxy:1080'],
    ['EGRESS_PROXY_URL', 'http://proxy:3128/path'],
    ['EGRESS_PROXY_URL', 'http://proxy:3128/?a=b'],
    ['EGRESS_PROXY_URL', 'http://a%3Ab:c@proxy:3128'],
    ['EGRESS_PROXY_URL', 'http://a:%ff@proxy:3128'],
    ['EGRESS_PROXY_URL', 'http://a%0d%0a:b@proxy:3128'],
    ['WAKE_DELAY_BASE_SECONDS', '-1'],
    ['WAKE_DELAY_FACTOR', '0.5'],
    ['WAKE_DELAY_CAP_SECONDS', 'Infinity'],
    ['WEBHOOK_VERIFICATION', 'true'],
    ['TASK_RETENTION_DAYS', '0'],
    ['TASK_RETENTION_DAYS', '3651'],
    ['EVENT_RETENTION_DAYS', '0'],
    ['EVENT_RETENTION_DAYS', '366'],
    ['EVENT_RETENTION_DAYS', '1.5'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is named', (name, value) => {
    const found = problems({ S3_BUCKET: 'files', [name]: value })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(new RegExp(`^${name}\\b`))
  })

  it.each<[Env, RegExp]>([
    [{ S3_BUCKET: 'files', S3_ACCESS_KEY_ID: 'id' }, /^S3_SECRET_ACCESS_KEY is required/],
    [{ S3_BUCKET: 'files', S3_SECRET_ACCESS_KEY: 'id' }, /^S3_ACCESS_KEY_ID is required/],
    [{ S3_ENDPOINT: 'http://s3' }, /^S3_BUCKET is required/],
    [{ REDIS_SENTINELS: 's:1' }, /^REDIS_URL is required with REDIS_SENTINELS$/],
    [{ REDIS_URL: 'redis://r', REDIS_SENTINELS: 's:1', REDIS_CLUSTER_NODES: 'n:1' }, /do not go together$/],
    [{ REDIS_URL: 'redis://r', REDIS_SENTINELS: 's' }, /^REDIS_SENTINELS: "s" is not an address such as host:6379$/],
    [{ REDIS_URL: 'redis://r', REDIS_CLUSTER_NODES: 'redis://n:1' }, /^REDIS_CLUSTER_NODES: .* is not an address/],
    [{ REDIS_URL: 'redis://r/1', REDIS_CLUSTER_NODES: 'n:1' }, /^REDIS_URL: a cluster has no database but 0$/],
    [{ REDIS_URL: 'redis://r/x' }, /^REDIS_URL: the database behind the slash must be a number$/],
    [{ REDIS_URL: 'redis://r', REDIS_CA_FILE: '/ca.pem' }, /^REDIS_CA_FILE needs a REDIS_URL that begins with rediss/],
    [{ WAKE_DELAY_CAP_SECONDS: '59' }, /^WAKE_DELAY_CAP_SECONDS must not be less/],
    [
      { ENCRYPTION_KEYS: Buffer.alloc(32, 9).toString('hex'), ENCRYPTION_KEY: key.toString('hex') },
      /^ENCRYPTION_KEY is not among/,
    ],
    [
      { ENCRYPTION_KEYS: [key.toString('hex'), 'a'.repeat(64), key.toString('base64')].join(',') },
      /^ENCRYPTION_KEYS: key 3 of 3 is the same as key 1$/,
    ],
    [
      { ENCRYPTION_KEYS: `${key.toString('hex')},tooshort` },
      /^ENCRYPTION_KEYS: key 2 of 2 must be .*it has 8 characters$/,
    ],
  ])('%j does not go together', (env, expected) => {
    expect(problems(env)).toEqual([expect.stringMatching(expected)])
  })

  it('are listed all at once', () => {
    const found = problems({ PORT: 'x', LOG_LEVEL: 'x', ENCRYPTION_KEY: 'x', WAKE_DELAY_FACTOR: 'x' }, 'worker')
    expect(found.map((line) => line.split(' ')[0])).toEqual(
      expect.arrayContaining(['PORT', 'LOG_LEVEL', 'ENCRYPTION_KEY', 'WAKE_DELAY_FACTOR', 'DATABASE_URL', 'S3_BUCKET']),
    )
    expect(found).toHaveLength(6)
  })

  it('are one for every wrong entry of a list', () => {
    const found = problems({
      EGRESS_ALLOW_HOSTS: '*, origin, 10.0.0.1, *.org',
      EGRESS_ALLOW_PORTS: '80,many,0',
      EGRESS_ALLOW_CIDRS: 'x',
      EGRESS_DENY_CIDRS: '10.0.0.0/8,y',
    })
    expect(found).toEqual([
      expect.stringMatching(/^EGRESS_ALLOW_CIDRS: "x" is not/),
      expect.stringMatching(/^EGRESS_DENY_CIDRS: "y" is not/),
      expect.stringMatching(/^EGRESS_ALLOW_HOSTS: "\*" would open every name/),
      expect.stringMatching(/^EGRESS_ALLOW_HOSTS: "10\.0\.0\.1" is an address: .*EGRESS_ALLOW_CIDRS/),
      expect.stringMatching(/^EGRESS_ALLOW_HOSTS: "\*\.org" would open a whole top-level domain/),
      expect.stringMatching(/^EGRESS_ALLOW_PORTS: "many" is not a port/),
      expect.stringMatching(/^EGRESS_ALLOW_PORTS: "0" is not a port/),
    ])
  })

  it('say what was there, but never a secret', () => {
    expect(problems({ PORT: 'eighty' })[0]).toContain('"eighty"')
    const secrets = settingList.filter(({ secret }) => secret).map(({ name }) => name)
    expect(secrets).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'REDIS_URL', 'ADMIN_TOKEN', 'ENCRYPTION_KEY', 'EGRESS_PROXY_URL']),
    )
    const env = Object.fromEntries(secrets.map((name) => [name, 'hush hush']))
    expect(problems(env).length).toBeGreaterThan(4)
    expect(problems(env).join()).not.toContain('hush')
  })
})

it('every setting says what it is and what a right value looks like', () => {
  expect(settingList.filter(({ description, expected }) => !description || !expected)).toEqual([])
})
