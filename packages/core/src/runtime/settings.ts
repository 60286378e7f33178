import { defaultLimiterPolicy } from '../wakes/rules/wake-limiter.ts'
import { limitSettings } from './limit-settings.ts'
import { redisRows } from './redis-rows.ts'
import { s3Rows } from './s3-rows.ts'
import { choice, number, type SettingKind, text, whole } from './setting.ts'
import { tracingRows } from './tracing-rows.ts'

/** Every environment variable there is. `.env.example` and the table in docs/settings.md are generated from it. */
export const settings = {
  HOST: text({
    description: 'Address the HTTP server listens on',
    expected: 'an IP address or a host name',
    pattern: /^[0-9A-Za-z.:_-]+$/,
    absent: '127.0.0.1 for `npm start`, 0.0.0.0 for the separate API process',
  }),
  PORT: whole({
    description: 'Port of the HTTP server; 0 takes any free one',
    expected: 'a whole number from 0 to 65535',
    minimum: 0,
    maximum: 65_535,
    default: 8080,
  }),
  OPERATIONS_HOST: text({
    description:
      'Address of `/livez`, `/readyz` and `/metrics` of every process; for operators only, they need no token',
    expected: 'an IP address or a host name',
    pattern: /^[0-9A-Za-z.:_-]+$/,
    default: '127.0.0.1',
  }),
  OPERATIONS_PORT: whole({
    description: 'Port of these; 0 takes any free one',
    expected: 'a whole number from 0 to 65535',
    minimum: 0,
    maximum: 65_535,
    absent: '9464, or any free one while another process has that',
  }),
  PUBLIC_URL: text({
    description: 'Address clients reach the service at, for the links it gives out',
    expected: 'an http(s) URL without user, query or fragment',
    absent: 'the address it listens on',
  }),
  DATABASE_URL: text({
    description: 'PostgreSQL, 15 or newer',
    expected: 'a postgresql:// URL that names a host and a database',
    secret: true,
    absent: 'an embedded PostgreSQL under `DATA_DIR`',
  }),
  DATABASE_DIRECT_URL: text({
    description:
      'The same PostgreSQL without the pooler (PgBouncer in transaction mode) that `DATABASE_URL` leads through, for what needs a session of its own',
    expected: 'a postgresql:// URL that names a host and a database',
    secret: true,
    absent: '`DATABASE_URL` leads to the server itself',
  }),
  ...redisRows,
  ...s3Rows,
  DATA_DIR: text({
    description: 'Folder for whatever is embedded: the database, files, secrets made on the first start',
    expected: 'a path',
    default: './data',
  }),
  ADMIN_TOKEN: text({
    description:
      'Bearer token for `/v1/admin`; several are separated by commas, so that it can be rotated: each of them is valid',
    expected: 'at least 8 visible ASCII characters each, without commas',
    pattern: /^[\x21-\x2b\x2d-\x7e]{8,}(?: *, *[\x21-\x2b\x2d-\x7e]{8,})*$/,
    secret: true,
    absent: 'made on the first start and kept in `DATA_DIR`',
  }),
  TRUSTED_PROXIES: text({
    description:
      'Address ranges of the reverse proxies before the API, separated by commas: `X-Forwarded-For` is believed from them alone, for the audit, `allowedCidrs` of keys and the slowing of wrong tokens',
    expected: 'address ranges such as 10.0.0.0/8,fd00::/8',
    default: '',
  }),
  ENCRYPTION_KEYS: text({
    description:
      'Keys that headers, source URLs and webhook secrets are encrypted with, the newest first, separated by commas, so that they can be rotated: the first encrypts, each of them decrypts; all processes need the same',
    expected: 'a list of keys, each 32 bytes as base64 or as 64 hexadecimal digits, separated by commas',
    secret: true,
    absent: '`ENCRYPTION_KEY`',
  }),
  ENCRYPTION_KEY: text({
    description: 'The same for a single key',
    expected: '32 bytes as base64 or as 64 hexadecimal digits',
    secret: true,
    absent: 'made on the first start and kept in `DATA_DIR`',
  }),
  WORKER_CONCURRENCY: whole({
    description: 'Transfers at once in one worker process',
    expected: 'a whole number from 1 to 1024',
    unit: 'transfers',
    minimum: 1,
    maximum: 1024,
    default: 16,
  }),
  WORKER_HEARTBEAT_FILE: text({
    description:
      'File that a worker writes every few seconds while it comes round to its work; its age is for health checks',
    expected: 'a path',
    absent: 'none is written',
  }),
  EGRESS_ALLOW_CIDRS: text({
    description:
      'Address ranges that downloads and webhooks may reach although they are not public, separated by commas; http is allowed there too',
    expected: 'address ranges such as 10.1.0.0/16,fd00::/8',
    default: '',
  }),
  EGRESS_ALLOW_HOSTS: text({
    description:
      'Names that downloads and webhooks may reach although they are internal, or lead to private addresses, separated by commas; http is allowed there too',
    expected: 'names, or suffixes, such as origin,*.svc.cluster.local',
    default: '',
  }),
  EGRESS_ALLOW_PORTS: text({
    description: 'Ports of other protocols and of common servers that URLs may have all the same, separated by commas',
    expected: 'ports such as 9200,6379',
    default: '',
  }),
  EGRESS_DENY_CIDRS: text({
    description:
      "Address ranges that downloads and webhooks never reach, whatever else is allowed (such as the network of the service's own servers), separated by commas",
    expected: 'address ranges such as 172.30.0.0/16',
    default: '',
  }),
  EGRESS_PROXY_URL: text({
    description:
      'HTTP proxy that downloads and webhooks go out through, by `CONNECT` to checked addresses; `HTTPS_PROXY` and its like are ignored',
    expected: 'an http:// URL of a host and port, with a user and password if need be',
    secret: true,
    absent: 'they go out directly',
  }),
  USER_AGENT: text({
    description: 'User-Agent of downloads whose client gives none',
    expected: 'up to 256 visible ASCII characters, with single spaces between words',
    pattern: /^(?=.{1,256}$)[\x21-\x7e]+(?: [\x21-\x7e]+)*$/,
    absent: '`Backhaul/` and the version',
  }),
  WEBHOOK_VERIFICATION: choice(['off', 'on'], {
    description:
      'Whether new webhook endpoints must answer a challenge before their first event, unless their tenant says otherwise',
    expected: 'off or on',
    default: 'off',
  }),
  ROW_LEVEL_SECURITY: choice(['on', 'off'], {
    description:
      'Whether statements of tenants’ requests run as a role that sees only their rows; needs a database user that may make the role `backhaul_tenant`, or has been given it',
    expected: 'on or off',
    default: 'on',
  }),
  WAKE_DELAY_BASE_SECONDS: number({
    description: 'Delay after the first wake; 0 switches the wake limiter off',
    expected: 'a number of at least 0',
    unit: 's',
    minimum: 0,
    default: defaultLimiterPolicy.baseSeconds,
  }),
  WAKE_DELAY_FACTOR: number({
    description: 'What the delay is multiplied with at each further wake',
    expected: 'a number of at least 1',
    minimum: 1,
    default: defaultLimiterPolicy.factor,
  }),
  WAKE_DELAY_CAP_SECONDS: number({
    description: 'Longest delay',
    expected: 'a number of at least 0',
    unit: 's',
    minimum: 0,
    default: defaultLimiterPolicy.capSeconds,
  }),
  TASK_RETENTION_DAYS: whole({
    description:
      'How long an ended task without a file is kept, with its timeline and what was delivered of it; its address answers 410 for as long again',
    expected: 'a whole number from 1 to 3650',
    unit: 'days',
    minimum: 1,
    maximum: 3650,
    default: 30,
  }),
  EVENT_RETENTION_DAYS: whole({
    description: 'How long events are kept, with their deliveries; what has not been told yet is kept in any case',
    expected: 'a whole number from 1 to 365',
    unit: 'days',
    minimum: 1,
    maximum: 365,
    default: 30,
  }),
  ...limitSettings,
  ...tracingRows,
  LOG_LEVEL: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    description: 'Least important level that is logged; SIGUSR2 switches to `debug` and back',
    expected: 'fatal, error, warn, info, debug, trace or silent',
    default: 'info',
  }),
}

export type SettingName = keyof typeof settings
export type SettingValues = {
  [Name in SettingName]: (typeof settings)[Name] extends SettingKind<infer Value> ? Value : never
}
export type LogLevel = SettingValues['LOG_LEVEL']

/** A row of the table as data. */
export interface Setting {
  name: SettingName
  type: SettingKind<unknown>['type']
  description: string
  expected: string
  default: string | null
  absent: string | null
  unit: string | null
  secret: boolean
}

export const settingList: readonly Setting[] = Object.entries<SettingKind<unknown>>(settings).map(([name, kind]) => ({
  name: name as SettingName,
  type: kind.type,
  description: kind.description,
  expected: kind.expected,
  default: kind.default === undefined ? null : String(kind.default),
  absent: kind.absent ?? null,
  unit: kind.unit ?? null,
  secret: kind.secret ?? false,
}))
