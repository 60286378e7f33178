import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { type ProcessKind, readConfig, settingList } from '#core/runtime/config.ts'

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

interface Service {
  command?: string
  environment?: Record<string, string>
  healthcheck?: { test: unknown }
  depends_on?: Record<string, { condition: string }>
  deploy?: { replicas: number }
  ports?: string[]
}
const text = read('docker-compose.yml')
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> }
const ours: Record<string, ProcessKind> = { api: 'api', worker: 'worker', migrate: 'migrate' }

/** What Compose makes of `${NAME}`, `${NAME:-default}`, `${NAME:+instead}` and `${NAME:?message}`, the innermost first. */
function interpolate(value: string, env: Record<string, string>): string {
  const inner = value.replace(/\$\{(\w+)(?::([-?+])([^{}]*))?\}/, (_, name: string, kind = '-', rest = '') => {
    if (!env[name] && kind === '?') throw new Error(`${name}: ${rest}`)
    return kind === '+' ? (env[name] ? rest : '') : env[name] || rest
  })
  return inner === value ? value : interpolate(inner, env)
}

describe('the Compose file', () => {
  it('has one of everything and two workers', () => {
    expect(Object.keys(services).sort()).toEqual(['api', 'migrate', 'postgres', 'redis', 's3', 'worker'])
    expect(services.worker?.deploy?.replicas).toBe(2)
  })

  it.each(['api', 'postgres', 'redis', 's3'])('asks %s whether it is well', (name) => {
    expect(services[name]?.healthcheck?.test).toBeTruthy()
  })

  it('starts our processes after the schema is there and their servers are well', () => {
    for (const name of ['api', 'worker'])
      expect(services[name]?.depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
        redis: { condition: 'service_healthy' },
        s3: { condition: 'service_healthy' },
      })
    expect(services.migrate?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
  })

  it.each(Object.entries(ours))(
    'gives %s only settings that exist, and an environment it can start with',
    (name, kind) => {
      const env = {
        ADMIN_TOKEN: 'an-admin-token',
        ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
        POSTGRES_PASSWORD: 'a-password',
        S3_SECRET_ACCESS_KEY: 'a-secret',
      }
      const given = services[name]?.environment ?? {}
      const known: string[] = settingList.map((setting) => setting.name)
      expect(Object.keys(given).filter((setting) => !known.includes(setting))).toEqual([])
      const values = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, interpolate(value, env)]))
      expect(readConfig(values, kind)).toMatchObject({
        s3: { bucket: 'backhaul', publicEndpoint: 'http://localhost:8333' },
        databaseUrl: 'postgresql://backhaul:a-password@postgres:5432/backhaul',
        publicUrl: 'http://localhost:8080',
      })
      for (const secret of ['ADMIN_TOKEN', 'ENCRYPTION_KEY', 'S3_SECRET_ACCESS_KEY'])
        expect(() => Object.values(given).map((value) => interpolate(value, { ...env, [secret]: '' }))).toThrow(secret)
    },
  )

  it('adds the network of its servers to the networks that an operator denies', () => {
    const denied = services.worker?.environment?.EGRESS_DENY_CIDRS ?? ''
    expect(interpolate(denied, {})).toBe('10.213.47.0/24')
    const chosen = { EGRESS_DENY_CIDRS: '192.0.2.0/24', BACK_SUBNET: '10.1.2.0/24' }
    expect(interpolate(denied, chosen)).toBe('192.0.2.0/24,10.1.2.0/24')
  })

  it('gives S3 the keys that our processes use', () => {
    const [server, client] = [services.s3?.environment, services.api?.environment]
    expect(server?.AWS_ACCESS_KEY_ID).toBe(client?.S3_ACCESS_KEY_ID)
    expect(server?.AWS_SECRET_ACCESS_KEY).toBe(client?.S3_SECRET_ACCESS_KEY)
    expect(server?.S3_BUCKET).toBe(client?.S3_BUCKET)
  })

  it('starts programs that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const name of Object.keys(ours)) {
      const command = services[name]?.command?.replace(/^npm run (\w+)$/, (_, script: string) => scripts[script] ?? '')
      const [, file] = /^node (\S+)$/.exec(command ?? '') ?? []
      expect(file && existsSync(new URL(file, root)), `${name}: ${command}`).toBe(true)
    }
  })

  it('publishes nothing to other machines', () => {
    const published = Object.values(services).flatMap((service) => service.ports ?? [])
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })
})

describe('scripts/make-env.sh', () => {
  const made = (before: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'backhaul-env-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    mkdirSync(join(folder, 'scripts'))
    copyFileSync(new URL('scripts/make-env.sh', root), join(folder, 'scripts/make-env.sh'))
    writeFileSync(join(folder, '.env'), before)
    execFileSync('sh', [join(folder, 'scripts/make-env.sh')])
    const once = readFileSync(join(folder, '.env'), 'utf8')
    execFileSync('sh', [join(folder, 'scripts/make-env.sh')])
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(once)
    return once
  }

  it('makes every secret that the Compose file asks for, and different ones', () => {
    const env = parseEnv(made(''))
    const asked = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name))
    expect(Object.keys(env).sort()).toEqual([...asked].sort())
    expect(new Set(Object.values(env)).size).toBe(asked.size)
    const given = services.api?.environment ?? {}
    const values = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [key, interpolate(value, env as Record<string, string>)]),
    )
    expect(() => readConfig(values, 'api')).not.toThrow()
  })

  it('leaves what is there, also in a file whose last line has no end', () => {
    const env = made('ADMIN_TOKEN=mine-already\nPORT=9000')
    expect(env).toContain('ADMIN_TOKEN=mine-already\nPORT=9000\nENCRYPTION_KEY=')
    expect(env.match(/^ADMIN_TOKEN=/gm)).toHaveLength(1)
  })
})

describe('the Dockerfile', () => {
  it('copies files that exist, among them the manifest of every workspace', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) =>
      files!.split(' '),
    )
    expect(copied.filter((file) => !existsSync(new URL(file, root)))).toEqual([])
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { link?: boolean; resolved?: string }>
    }
    const workspaces = Object.values(lock.packages).flatMap((entry) =>
      entry.link ? [`${entry.resolved}/package.json`] : [],
    )
    expect(workspaces.length).toBeGreaterThan(0)
    expect(copied).toEqual(expect.arrayContaining(workspaces))
  })
})
