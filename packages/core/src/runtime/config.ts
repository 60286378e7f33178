import type { EgressProxy } from '@backhaul/transfer/egress'
import type { EgressPolicy } from '@backhaul/transfer/rules'
import { parseAllowedHosts, parseCidrs, parsePorts } from '@backhaul/transfer/rules'
import type { S3Config } from '@backhaul/transfer/storage/s3'
import { type LogLevel, type Setting, type SettingName, type SettingValues, settingList, settings } from './settings.ts'

export { type LogLevel, type Setting, settingList, settings } from './settings.ts'

export type ProcessKind = 'standalone' | 'api' | 'worker' | 'migrate'

/** What a process of ours is told from outside. `null` is the mode "embedded" or "made by ourselves". */
export interface Config {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Without a trailing slash. */
  readonly publicUrl: string | null
  readonly databaseUrl: string | null
  /** Where sessions are ours; null: at `databaseUrl`. */
  readonly databaseDirectUrl: string | null
  readonly redisUrl: string | null
  readonly s3: S3Config | null
  readonly dataDir: string
  readonly adminToken: string | null
  /** 32 bytes. */
  readonly encryptionKey: Uint8Array | null
  /** Transfers at once. */
  readonly workerConcurrency: number
  readonly workerHeartbeatFile: string | null
  readonly egress: Required<Omit<EgressPolicy, 'isOwn'>>
  readonly egressProxy: EgressProxy | null
  /** New webhook endpoints must answer a challenge, unless their tenant says otherwise. */
  readonly webhookVerification: boolean
  readonly wakeDelay: { readonly baseSeconds: number; readonly factor: number; readonly capSeconds: number }
  readonly eventRetentionDays: number
  readonly logLevel: LogLevel
}
/** Everything that is wrong with the environment, a line each. Never holds the value of a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/**
 * The configuration of a process of `kind`, out of its environment. Variables it does not know are ignored, empty ones
 * count as absent. Throws {@link ConfigError} with every fault there is.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>, kind: ProcessKind): Config {
  const faults: string[] = []
  const raw = (name: SettingName) => env[name]?.trim() || undefined
  const given = Object.fromEntries(settingList.map((setting) => [setting.name, readSetting(setting, raw, faults)]))
  const values = given as SettingValues
  /** A further test of a value that has the right shape. */
  const checked = <T>(name: SettingName, read: (value: string) => T | null): T | null => {
    const value = values[name]
    if (typeof value !== 'string') return null
    const result = read(value)
    if (result === null) faults.push(fault(settingList.find((setting) => setting.name === name)!, value))
    return result
  }

  const config: Config = {
    host: values.HOST ?? (kind === 'standalone' ? '127.0.0.1' : '0.0.0.0'),
    port: values.PORT,
    publicUrl: checked('PUBLIC_URL', (value) => readUrl(value, /^https?:$/, { bare: true })),
    databaseUrl: checked('DATABASE_URL', readDatabaseUrl),
    databaseDirectUrl: checked('DATABASE_DIRECT_URL', readDatabaseUrl),
    redisUrl: checked('REDIS_URL', (value) => readUrl(value, /^rediss?:$/)),
    s3: readS3(values, checked, faults),
    dataDir: values.DATA_DIR,
    adminToken: values.ADMIN_TOKEN ?? null,
    encryptionKey: checked('ENCRYPTION_KEY', decodeEncryptionKey),
    workerConcurrency: values.WORKER_CONCURRENCY,
    workerHeartbeatFile: values.WORKER_HEARTBEAT_FILE ?? null,
    egress: readEgress(values, faults),
    egressProxy: checked('EGRESS_PROXY_URL', readProxy),
    webhookVerification: values.WEBHOOK_VERIFICATION === 'on',
    wakeDelay: {
      baseSeconds: values.WAKE_DELAY_BASE_SECONDS,
      factor: values.WAKE_DELAY_FACTOR,
      capSeconds: values.WAKE_DELAY_CAP_SECONDS,
    },
    eventRetentionDays: values.EVENT_RETENTION_DAYS,
    logLevel: values.LOG_LEVEL,
  }
  if (config.wakeDelay.capSeconds < config.wakeDelay.baseSeconds)
    faults.push('WAKE_DELAY_CAP_SECONDS must not be less than WAKE_DELAY_BASE_SECONDS')
  if (config.databaseDirectUrl !== null && !raw('DATABASE_URL'))
    faults.push('DATABASE_URL is required with DATABASE_DIRECT_URL')
  else if (kind !== 'standalone' && !raw('DATABASE_URL'))
    faults.push(`DATABASE_URL is required: only \`npm start\` brings a PostgreSQL of its own`)
  if ((kind === 'api' || kind === 'worker') && !raw('S3_BUCKET') && !raw('DATA_DIR'))
    faults.push('S3_BUCKET is required, or a DATA_DIR that the API and the workers share')
  if (faults.length > 0) throw new ConfigError(faults)
  return config
}

/** 32 bytes out of base64 (or base64url) or 64 hexadecimal digits; null when it is neither. */
export function decodeEncryptionKey(text: string): Uint8Array | null {
  const encoding = /^[0-9a-f]{64}$/i.test(text) ? 'hex' : /^[\w+/-]{43}=?$/.test(text) ? 'base64' : null
  return encoding === null ? null : new Uint8Array(Buffer.from(text, encoding))
}

function readSetting(setting: Setting, raw: (name: SettingName) => string | undefined, faults: string[]): unknown {
  const kind = settings[setting.name]
  const text = raw(setting.name)
  if (text === undefined) return kind.default
  const value = kind.read(text)
  if (value === undefined) faults.push(fault(setting, text))
  return value ?? kind.default
}

function fault(setting: Setting, value: string): string {
  const shown = setting.secret ? '' : `, not ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`
  return `${setting.name} must be ${setting.expected}${shown}`
}

/** Lists, of which each wrong entry is a fault. */
function readEgress(values: SettingValues, faults: string[]): Config['egress'] {
  const read = <T extends { faults: string[] }>(name: SettingName, parse: (text: string) => T): T => {
    const list = parse(String(values[name]))
    faults.push(...list.faults.map((fault) => `${name}: ${fault}`))
    return list
  }
  return {
    allowed: read('EGRESS_ALLOW_CIDRS', parseCidrs).cidrs,
    denied: read('EGRESS_DENY_CIDRS', parseCidrs).cidrs,
    hosts: read('EGRESS_ALLOW_HOSTS', parseAllowedHosts).hosts,
    ports: read('EGRESS_ALLOW_PORTS', parsePorts).ports,
  }
}

type Checked = <T>(name: SettingName, read: (value: string) => T | null) => T | null

function readS3(values: SettingValues, checked: Checked, faults: string[]): S3Config | null {
  const http = (value: string) => readUrl(value, /^https?:$/, { bare: true })
  const endpoint = checked('S3_ENDPOINT', http)
  const publicEndpoint = checked('S3_PUBLIC_ENDPOINT', http) ?? endpoint
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey, S3_BUCKET: bucket } = values
  if (accessKeyId && !secretAccessKey) faults.push('S3_SECRET_ACCESS_KEY is required with S3_ACCESS_KEY_ID')
  if (secretAccessKey && !accessKeyId) faults.push('S3_ACCESS_KEY_ID is required with S3_SECRET_ACCESS_KEY')
  if (bucket === undefined) {
    if (values.S3_ENDPOINT || accessKeyId) faults.push('S3_BUCKET is required with S3_ENDPOINT or S3_ACCESS_KEY_ID')
    return null
  }
  return {
    bucket,
    region: values.S3_REGION,
    endpoint,
    publicEndpoint,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null,
    forcePathStyle: values.S3_FORCE_PATH_STYLE ?? endpoint !== null,
  }
}

/** `bare`: neither user, query nor fragment; a trailing slash is dropped. */
function readUrl(value: string, protocol: RegExp, { bare = false } = {}): string | null {
  const url = URL.parse(value)
  if (url === null || !protocol.test(url.protocol) || url.hostname === '') return null
  if (!bare) return value
  return url.username || url.password || url.search || url.hash ? null : url.href.replace(/\/+$/, '')
}

/** A host may also be a socket folder (`?host=/run/postgresql`), as libpq allows. */
function readDatabaseUrl(value: string): string | null {
  const url = URL.parse(value)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return null
  return (url.hostname || url.searchParams.get('host')) && url.pathname.length > 1 ? value : null
}

function readProxy(value: string): EgressProxy | null {
  const url = URL.parse(value)
  if (url === null || url.protocol !== 'http:' || url.pathname !== '/' || url.search || url.hash) return null
  const { hostname, port, username, password } = url
  const credentials = decoded(username, password)
  if (credentials === null) return null
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || 80,
    authorization: username || password ? `Basic ${Buffer.from(credentials).toString('base64')}` : null,
  }
}

/** User and password as RFC 7617 §2 joins them; null when they are badly encoded, have a control in them or the user a colon. */
function decoded(username: string, password: string): string | null {
  try {
    const user = decodeURIComponent(username)
    const credentials = `${user}:${decodeURIComponent(password)}`
    return user.includes(':') || /\p{Cc}/u.test(credentials) ? null : credentials
  } catch {
    return null
  }
}
