import type { Container, Manifest, PodSpec } from './manifest.ts'

type Rule = readonly [isKept: boolean, sentence: string]
export const broken = (rules: readonly Rule[]): string[] =>
  rules.flatMap(([isKept, sentence]) => (isKept ? [] : [sentence]))

/** What a process needs at SIGTERM: 5 s for requests or for giving transfers back, 3 s for a webhook in hand, and time to close. */
const stopSeconds = 5 + 3 + 7

/** A sentence for each rule of pods that a Deployment or Job breaks. */
export function brokenPodRules(manifest: Manifest, version: string): string[] {
  const { metadata, spec: pod } = manifest.spec!.template!
  const component = metadata.labels['app.kubernetes.io/component']
  const security = pod.securityContext ?? {}
  const containers = [...pod.containers, ...(pod.initContainers ?? [])]
  const preStop = pod.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0
  return [
    ...broken([
      [security.runAsNonRoot === true && security.runAsUser === 1000 && security.runAsGroup === 1000, 'may be root'],
      [security.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile'],
      [pod.automountServiceAccountToken === false, 'has a token for the cluster'],
      [pod.enableServiceLinks === false, 'gets variables that are named after Services'],
      [
        component === 'migration' || (pod.terminationGracePeriodSeconds ?? 30) >= preStop + stopSeconds,
        'is killed early',
      ],
      [component !== 'api' || preStop >= 5, 'stops listening while proxies still send it requests'],
      [component === 'migration' || spreads(pod, metadata.labels), 'may run on one node alone'],
      [manifest.spec?.replicas === undefined, 'has a number of replicas that undoes what the autoscaler did'],
    ]),
    ...containers.flatMap((container) => brokenContainerRules(container, pod, { component, version })),
  ].map((sentence) => `${manifest.kind} ${manifest.metadata.name} ${sentence}`)
}

function spreads({ topologySpreadConstraints = [] }: PodSpec, labels: Record<string, string>): boolean {
  const keys = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']
  return keys.every((key) =>
    topologySpreadConstraints.some(
      ({ topologyKey, labelSelector }) =>
        topologyKey === key &&
        Object.entries(labelSelector.matchLabels ?? {}).every(([label, value]) => labels[label] === value),
    ),
  )
}

function brokenContainerRules(
  container: Container,
  pod: PodSpec,
  { component, version }: { component: string | undefined; version: string },
): string[] {
  const { securityContext: security = {}, resources = {}, startupProbe, livenessProbe, readinessProbe } = container
  const operations = container.ports?.find(({ name }) => name === 'operations')?.containerPort
  const asks = (path: string, probe: Container['livenessProbe']) =>
    probe?.httpGet?.path === path && probe.httpGet.port === 'operations' && operations === 9464
  const isJob = component === 'migration'
  const bytes = [...(['requests', 'limits'] as const)].map((kind) => mebibytes(resources[kind]?.memory))
  return broken([
    [container.image.endsWith(`:${version}`), `has another image than ${version}`],
    [security.allowPrivilegeEscalation === false, 'may gain privileges'],
    [security.readOnlyRootFilesystem === true, 'may write to its image'],
    [security.capabilities?.drop?.join() === 'ALL' && !security.capabilities.add, 'keeps capabilities'],
    [resources.requests?.cpu !== undefined && resources.limits?.cpu !== undefined, 'has no request or limit of CPU'],
    [bytes[0]! > 0 && bytes[1]! >= bytes[0]!, 'has no request or limit of memory'],
    [isJob || bytes[0]! >= leastMemory(component), 'asks for less memory than was measured'],
    [
      isJob || [livenessProbe, startupProbe].every((probe) => asks('/livez', probe)),
      'is not asked at the port of operators whether it lives',
    ],
    [isJob || asks('/readyz', readinessProbe), 'is not asked at the port of operators whether it is ready'],
    [isJob || pod.volumes?.some(({ emptyDir }) => emptyDir?.sizeLimit) === true, 'has no bounded folder to write to'],
  ]).map((sentence) => `(${container.name}) ${sentence}`)
}

/** Measured at rest, and for a worker the parts of transfers that it may hold (MiB). */
function leastMemory(component: string | undefined): number {
  return component === 'worker' ? 216 + 128 : 250
}

function mebibytes(text = ''): number {
  const [, amount = '0', unit] = /^(\d+)(Mi|Gi)$/.exec(text) ?? []
  return Number(amount) * (unit === 'Gi' ? 1024 : 1)
}
