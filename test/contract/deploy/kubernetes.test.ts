import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { settings } from '#core/runtime/config.ts'
import { brokenFleetRules } from './fleet-rules.ts'
import type { Manifest } from './manifest.ts'
import { brokenPodRules } from './pod-rules.ts'
import { comparable, deployFolder } from './render.ts'
import { pairs, useRenderings } from './renderings.ts'
import { brokenSchemas } from './schemas.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

describe.skipIf(process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1')('the manifests for Kubernetes', () => {
  const { all, of } = useRenderings()
  const pods = (name: string) => of(name).filter(({ spec }) => spec?.template)
  const brokenRules = (manifests: readonly Manifest[], image = version) => [
    ...manifests.filter(({ spec }) => spec?.template).flatMap((each) => brokenPodRules(each, image)),
    ...brokenFleetRules(manifests),
  ]

  it('keep to the schemas of Kubernetes 1.33 and KEDA, without unknown fields', async () => {
    expect(await brokenSchemas(all())).toEqual([])
  })

  it('have one of everything', () => {
    const kinds = of('base, Kustomize').map(({ kind }) => kind)
    expect(kinds.toSorted()).toEqual([
      ...['ConfigMap', 'Deployment', 'Deployment', 'HorizontalPodAutoscaler', 'HorizontalPodAutoscaler', 'Job'],
      ...['NetworkPolicy', 'NetworkPolicy', 'NetworkPolicy', 'PodDisruptionBudget', 'PodDisruptionBudget'],
      ...['Service', 'Service', 'Service', 'ServiceAccount'],
    ])
  })

  it('keep every rule', () => {
    for (const [name, manifests] of all())
      expect(brokenRules(manifests, name.startsWith('other') ? '1.2.3-rc.1' : version), name).toEqual([])
  })

  it.each(Object.keys(pairs))('are the same with Kustomize and with Helm: %s', (name) => {
    expect(comparable(of(`${name}, Helm`))).toEqual(comparable(of(`${name}, Kustomize`)))
  })

  it('name the migration after the version, because a Job never changes', () => {
    const jobOf = (name: string) => of(name).find(({ kind }) => kind === 'Job')?.metadata.name
    expect(jobOf('base, Kustomize')).toBe(`backhaul-migration-${version.replaceAll('.', '-')}`)
    expect(jobOf('other values, Helm')).toBe('backhaul-migration-1-2-3-rc-1')
  })

  it('give the version to the chart', () => {
    const chart = readFileSync(join(deployFolder, 'helm/backhaul/Chart.yaml'), 'utf8')
    expect(chart).toContain(`\nversion: ${version}\nappVersion: ${version}\n`)
  })

  it('start programs that exist', () => {
    const containers = [...all().keys()].flatMap(pods).flatMap(({ spec }) => spec!.template!.spec.containers)
    for (const { command = [] } of containers)
      expect(command[0] === 'node' && existsSync(join(root, command[1]!)), command.join(' ')).toBe(true)
  })

  it('restart the pods when a setting changes', () => {
    const checksum = (name: string) => pods(name).map(({ spec }) => spec!.template!.metadata.annotations)
    expect(checksum('other values, Helm')).not.toEqual(checksum('base, Helm'))
    const map = (name: string) => of(name).find(({ kind }) => kind === 'ConfigMap')!.metadata.name
    expect(map('managed, Kustomize')).not.toBe(map('in-cluster, Kustomize'))
  })

  it('scale workers by the places that are taken and waited for', () => {
    for (const way of ['Kustomize', 'Helm']) {
      const scaler = of(`managed with KEDA, ${way}`).find(({ kind }) => kind === 'ScaledObject')
      const [prometheus, cpu] = scaler!.spec!.triggers!
      expect(prometheus!.metadata.threshold).toBe(String(settings.WORKER_CONCURRENCY.default))
      expect(prometheus!.metadata.query).toContain('backhaul_fleet_waiting_tasks{reason="capacity"}')
      expect(cpu).toMatchObject({ type: 'cpu', metadata: { value: '70' } })
    }
  })

  describe('are refused', () => {
    const replacing =
      (kind: string, from: RegExp | string, to: string) =>
      (manifests: readonly Manifest[]): Manifest[] =>
        manifests.map((each) =>
          each.kind === kind ? (JSON.parse(JSON.stringify(each).replace(from, to)) as Manifest) : each,
        )
    const without = (kind: string) => (manifests: readonly Manifest[]) => manifests.filter((each) => each.kind !== kind)

    it.each<[string, (manifests: readonly Manifest[]) => Manifest[]]>([
      ['may be root', replacing('Deployment', '"runAsNonRoot":true', '"runAsNonRoot":false')],
      ['has no seccomp profile', replacing('Job', 'RuntimeDefault', 'Unconfined')],
      ['has a token for the cluster', replacing('Deployment', /"automountServiceAccountToken":false,/, '')],
      [
        'is killed early',
        replacing('Deployment', /"terminationGracePeriodSeconds":30/, '"terminationGracePeriodSeconds":14'),
      ],
      ['stops listening while proxies still send it requests', replacing('Deployment', '"preStop"', '"postStart"')],
      ['may run on one node alone', replacing('Deployment', 'kubernetes.io/hostname', 'node')],
      ['has a number of replicas', replacing('Deployment', '"strategy"', '"replicas":2,"strategy"')],
      ['has another image', replacing('Job', `:${version}`, ':latest')],
      ['may gain privileges', replacing('Job', '"allowPrivilegeEscalation":false,', '')],
      ['may write to its image', replacing('Job', '"readOnlyRootFilesystem":true', '"readOnlyRootFilesystem":false')],
      ['keeps capabilities', replacing('Job', '"ALL"', '"NET_RAW"')],
      ['has no request or limit of memory', replacing('Job', '"memory":"512Mi"', '"x":"1"')],
      ['asks for less memory than was measured', replacing('Deployment', /"memory":"3\d\dMi"/, '"memory":"200Mi"')],
      ['whether it lives', replacing('Deployment', '"startupProbe"', '"other"')],
      ['whether it is ready', replacing('Deployment', '/readyz', '/livez')],
      ['has no bounded folder', replacing('Deployment', '"sizeLimit"', '"other"')],
      [
        'does not select its own pods',
        replacing('Deployment', '"selector":{"matchLabels":{', '"selector":{"matchLabels":{"x":"y",'),
      ],
      ['has not one disruption budget', without('PodDisruptionBudget')],
      ['has not one autoscaler', without('HorizontalPodAutoscaler')],
      ['runs as an account that is not there', without('ServiceAccount')],
      ['has a port that its pods lack', replacing('Service', '"targetPort":"operations"', '"targetPort":"metrics"')],
      [
        'can keep a node from being drained',
        replacing('PodDisruptionBudget', '"maxUnavailable":1', '"minAvailable":1'),
      ],
      ['allows a single pod', replacing('HorizontalPodAutoscaler', '"minReplicas":2', '"minReplicas":1')],
      ["other people's too", replacing('NetworkPolicy', /"podSelector":\{.*?\}\}/, '"podSelector":{}')],
      [
        'is about no pod',
        replacing('NetworkPolicy', '"podSelector":{"matchLabels":{', '"podSelector":{"matchLabels":{"x":"y",'),
      ],
      ['opens a port that its pods lack', replacing('NetworkPolicy', '"port":"operations"', '"port":"metrics"')],
      ['lets everything out', replacing('NetworkPolicy', /"egress":\[.*\]/, '"egress":[{}]')],
    ])('when something %s', (sentence, spoil) => {
      expect(brokenRules(spoil(of('base, Kustomize'))).join('\n')).toContain(sentence)
    })

    it('when a field is unknown, missing or of another type', async () => {
      const spoiled = [
        replacing('Job', '"backoffLimit"', '"backofLimit"'),
        replacing('Service', '"port":', '"ports":'),
        replacing('Deployment', '"seconds":5', '"seconds":"5"'),
      ].map((spoil, n) => [`${n}`, spoil(of('base, Kustomize'))] as const)
      const sentences = (await brokenSchemas(new Map(spoiled))).join('\n')
      expect(sentences).toMatch(/^0: Job .*.*backofLimit.* does not exist/m)
      expect(sentences).toMatch(/^1: Service .*must have required property port/m)
      expect(sentences).toMatch(/^2: Deployment .*seconds must be integer/m)
    })
  })
})
