import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { type KubernetesTools, needKubernetesTools } from '#support/servers/kubernetes-tools.ts'
import { needPrometheus } from '#support/servers/prometheus.ts'
import { brokenFleetRules } from './fleet-rules.ts'
import { deployFolder, helmTemplate, readManifests } from './render.ts'
import { useRenderings } from './renderings.ts'

const chart = join(deployFolder, 'helm/backhaul')

describe.skipIf(process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1')('the Helm chart', () => {
  let tools: KubernetesTools
  beforeAll(async () => {
    tools = await needKubernetesTools()
  })
  const { of } = useRenderings()
  const set = (...values: string[]) => values.flatMap((value) => ['--set', value])

  it('has nothing that helm lint would complain about', async () => {
    expect(await tools.helm('lint', '--strict', chart)).toContain('0 chart(s) failed')
  })

  it.each([
    ['settings.PUBLIC_ULR=https://a.example', 'PUBLIC_ULR'],
    ['settings.DATABASE_URL=postgresql://a/b', 'DATABASE_URL'],
    ['settings.OPERATIONS_PORT=9000', 'OPERATIONS_PORT'],
    ['settings.OPERATIONS_HOST=127.0.0.1', 'OPERATIONS_HOST'],
    ['settings.OTEL_EXPORTER_OTLP_HEADERS=authorization=x', 'OTEL_EXPORTER_OTLP_HEADERS'],
    ['api.replicas=3', 'replicas'],
    ['networkPolicy.servers.database.port=5432', 'to'],
    ['image.tag=no tag', 'tag'],
    ['secretName=', 'secretName'],
  ])('refuses %s', async (value, name) => {
    await expect(helmTemplate(tools, ...set(value))).rejects.toThrow(new RegExp(`values don't meet[^]*${name}`))
  })

  it('gives settings to the processes as they are written', async () => {
    const file = await mkdtemp(join(tmpdir(), 'backhaul-values-'))
    try {
      const settings = {
        LIMIT_TASKS_WAITING: 1_000_000,
        WAKE_DELAY_FACTOR: 1.5,
        S3_FORCE_PATH_STYLE: true,
        USER_AGENT: 'a&b "c"',
      }
      await writeFile(join(file, 'values.json'), JSON.stringify({ settings }))
      const objects = await helmTemplate(tools, '--values', join(file, 'values.json'))
      expect(objects.find(({ kind }) => kind === 'ConfigMap')?.data).toMatchObject({
        LIMIT_TASKS_WAITING: '1000000',
        WAKE_DELAY_FACTOR: '1.5',
        S3_FORCE_PATH_STYLE: 'true',
        USER_AGENT: 'a&b "c"',
        WORKER_CONCURRENCY: '16',
      })
    } finally {
      await rm(file, { recursive: true })
    }
  })

  it('refuses more pods at least than at most', async () => {
    await expect(helmTemplate(tools, ...set('worker.autoscaling.maxReplicas=1'))).rejects.toThrow(
      /worker\.autoscaling: minReplicas \(2\) must not be more than maxReplicas \(1\)/,
    )
  })

  it('gives every object a name that Kubernetes takes, however long those of the release and of the image are', async () => {
    const release = 'the-backhaul-of-a-team-with-a-long-name-in-europe'
    const text = await tools.helm('template', release, chart, ...set('image.tag=2026-11-30.0123456789abcdef'))
    const names = readManifests(text).map(({ metadata }) => metadata.name)
    expect(names.filter((name) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))).toEqual([])
  })

  it('can be installed twice in one namespace', async () => {
    const text = await tools.helm('template', 'second', chart)
    expect(text).not.toMatch(/^ {2}name: (?!second-backhaul)/m)
    const objects = readManifests(text)
    expect(brokenFleetRules(objects)).toEqual([])
    for (const { spec } of objects)
      for (const labels of [spec?.selector?.matchLabels, spec?.podSelector?.matchLabels])
        if (labels) expect(labels['app.kubernetes.io/instance']).toBe('second')
  })

  it('migrates before anything of a new version is there', () => {
    const job = of('base, Helm').find(({ kind }) => kind === 'Job')!
    expect(job.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade')
    // So it may use nothing that the chart makes.
    const { containers, serviceAccountName } = job.spec!.template!.spec
    expect([containers[0]!.envFrom, serviceAccountName]).toEqual([undefined, undefined])
  })
})

describe.skipIf(process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1')('the demand for workers, by promtool', () => {
  beforeAll(needPrometheus)
  const { of } = useRenderings()
  const waiting = { series: 'backhaul_fleet_waiting_tasks{reason="capacity",instance="a"}', values: '40' }
  const others = { series: 'backhaul_fleet_waiting_tasks{reason="wakeLimiter",instance="a"}', values: '9000' }
  const age = { series: 'backhaul_fleet_sample_age_seconds{instance="a"}', values: '3' }
  const running = ['a', 'b'].map((instance) => ({
    series: `backhaul_transfers_running{instance="${instance}"}`,
    values: '16',
  }))

  it.each([
    [
      'adds those that wait for a place to those that run',
      [waiting, others, age, ...running],
      [{ labels: '{}', value: 72 }],
    ],
    ['is those that run when none waits', [others, age, ...running], [{ labels: '{}', value: 32 }]],
    ['is unknown when nothing is scraped', [], []],
  ])('%s', async (_, series, expected) => {
    const scaler = of('managed with KEDA, Kustomize').find(({ kind }) => kind === 'ScaledObject')!
    const expr = scaler.spec!.triggers![0]!.metadata.query!
    const folder = await mkdtemp(join(tmpdir(), 'backhaul-demand-'))
    try {
      const tests = [{ input_series: series, promql_expr_test: [{ expr, eval_time: '0m', exp_samples: expected }] }]
      await writeFile(join(folder, 'tests.json'), JSON.stringify({ rule_files: [], tests }))
      const { stdout } = await promisify(execFile)('promtool', ['test', 'rules', join(folder, 'tests.json')])
      expect(stdout).toContain('SUCCESS')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

it('the chart ships a schema that knows every value it has', async () => {
  const schema = JSON.parse(await readFile(join(chart, 'values.schema.json'), 'utf8')) as { properties: object }
  const names = [...(await readFile(join(chart, 'values.yaml'), 'utf8')).matchAll(/^(\w+):/gm)].map(([, name]) => name)
  expect(
    Object.keys(schema.properties)
      .filter((name) => name !== 'global')
      .toSorted(),
  ).toEqual(names.toSorted())
})
