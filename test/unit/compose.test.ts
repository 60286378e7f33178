import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type ProcessKind, readConfig, settingList } from '../../packages/core/src/infra/config.ts'

const root = new URL('../../', import.meta.url)
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

/** What Compose makes of `${NAME:-default}` and `${NAME:?message}`. */
function interpolate(value: string, env: Record<string, string>): string {
  return value.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
    if (!env[name] && kind === '?') throw new Error(`${name}: ${rest}`)
    return env[name] || rest
  })
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
      const env = { ADMIN_TOKEN: 'an-admin-token', ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') }
      const given = services[name]?.environment ?? {}
      const known: string[] = settingList.map((setting) => setting.name)
      expect(Object.keys(given).filter((setting) => !known.includes(setting))).toEqual([])
      const values = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, interpolate(value, env)]))
      expect(readConfig(values, kind)).toMatchObject({
        s3: { bucket: 'backhaul', publicEndpoint: 'http://localhost:8333' },
      })
      expect(() => Object.values(given).map((value) => interpolate(value, {}))).toThrow('ADMIN_TOKEN')
    },
  )

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
