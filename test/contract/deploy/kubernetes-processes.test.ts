import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { operationsOf, startProcess } from '#support/processes/service.ts'
import { testDatabase } from '#support/servers/postgres.ts'
import { testRedis, testS3 } from '#support/servers/shared-servers.ts'
import { useRenderings } from './renderings.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Root may be any user, but not each of them may read this folder. */
function canRun(user: { uid: number; gid: number }): boolean {
  const reads = ['--eval', 'fs.accessSync("package.json")']
  return process.getuid?.() === 0 && spawnSync(process.execPath, reads, { cwd: root, ...user }).status === 0
}

describe.skipIf(process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1')('processes as Kubernetes starts them', () => {
  const { of } = useRenderings()

  /** The command and variables of the manifests, as their user, who may not write into the checkout, where this one may be another user. */
  function start(component: string, secrets: Record<string, string>) {
    const objects = of('in-cluster, Kustomize')
    const pod = objects.find(
      ({ spec }) => spec?.template?.metadata.labels['app.kubernetes.io/component'] === component,
    )!
    const { containers, securityContext, terminationGracePeriodSeconds } = pod.spec!.template!.spec
    const [container] = containers
    const map = objects.find(({ metadata }) => metadata.name === container!.envFrom?.[0]?.configMapRef?.name)
    const given = (container!.env ?? []).flatMap(({ name }) => (secrets[name] ? [[name, secrets[name]]] : []))
    // Beside other tests any free port.
    const env = { ...map?.data, PORT: '0', OPERATIONS_PORT: '0', ...Object.fromEntries(given), ...secrets }
    const user = { uid: securityContext!.runAsUser!, gid: securityContext!.runAsGroup! }
    const started = startProcess(container!.command![1]!, env, canRun(user) ? user : {})
    return { ...started, container: container!, graceMs: terminationGracePeriodSeconds! * 1000 }
  }

  it('migrate, start without writing anywhere, answer their probes, and stop within their grace', async ({
    onTestFinished,
  }) => {
    const [database, redis, s3] = await Promise.all([testDatabase({ empty: true }), testRedis(), testS3()])
    onTestFinished(database.drop)
    const secrets = {
      DATABASE_URL: database.connectionString,
      REDIS_URL: redis!,
      ENCRYPTION_KEYS: '07'.repeat(32),
      ADMIN_TOKEN: 'an-admin-token',
      S3_BUCKET: s3!.bucket,
      S3_ENDPOINT: s3!.endpoint!,
      S3_ACCESS_KEY_ID: s3!.credentials!.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3!.credentials!.secretAccessKey,
    }
    const migration = start('migration', { DATABASE_URL: secrets.DATABASE_URL })
    await once(migration.child, 'exit')
    expect(migration.child.exitCode, migration.output()).toBe(0)
    expect(migration.output()).toContain('applied ')

    for (const component of ['api', 'worker']) {
      const pod = start(component, secrets)
      onTestFinished(async () => void (await pod.end('SIGKILL')))
      const url = await operationsOf(pod)
      const { startupProbe, livenessProbe, readinessProbe, lifecycle } = pod.container
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
        const { path } = probe!.httpGet!
        await eventually(
          `${component} answers ${path}: ${pod.output()}`,
          async () => (await fetch(new URL(path, url))).ok,
        )
      }
      const beganMs = performance.now()
      expect(await pod.end('SIGTERM'), pod.output()).toBe(0)
      const sleptMs = (lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000
      expect(performance.now() - beganMs).toBeLessThan(pod.graceMs - sleptMs)
      expect(pod.output()).not.toMatch(/EACCES|EROFS|row_security\.off/)
    }
  })
})
