import { type Labels, type Manifest, type PolicyRule, selects } from './manifest.ts'
import { broken } from './pod-rules.ts'

/** Pods that are not ours to install: servers in the same namespace. */
const servers = ['database', 'queue', 'bucket'].map((component) => ({
  'app.kubernetes.io/part-of': 'backhaul-servers',
  'app.kubernetes.io/component': component,
}))

/** A sentence for each rule that the objects break together: whether what they name of each other is there. */
export function brokenFleetRules(manifests: readonly Manifest[]): string[] {
  const pods = manifests.flatMap(({ spec }) => (spec?.template ? [spec.template] : []))
  const has = (kind: string, name: string | undefined) =>
    manifests.some((each) => each.kind === kind && each.metadata.name === name)
  const finds = (selector: Labels) => pods.some(({ metadata }) => selects({ matchLabels: selector }, metadata.labels))
  const portsOf = (selector: Labels) =>
    pods
      .filter(({ metadata }) => selects({ matchLabels: selector }, metadata.labels))
      .flatMap(({ spec }) => spec.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name)))
  return manifests.flatMap((each) => {
    const { kind, metadata, spec = {} } = each
    const title = `${kind} ${metadata.name}`
    const about: Record<string, () => string[]> = {
      Deployment: () =>
        broken([
          [selects(spec.selector!, spec.template!.metadata.labels), 'does not select its own pods'],
          [
            count(manifests, 'PodDisruptionBudget', spec.template!.metadata.labels) === 1,
            'has not one disruption budget',
          ],
          [scalersOf(manifests, metadata.name).length === 1, 'has not one autoscaler'],
          [has('ServiceAccount', spec.template!.spec.serviceAccountName), 'runs as an account that is not there'],
        ]),
      Service: () =>
        broken([
          [finds(spec.selector as Labels), 'selects no pod'],
          [
            spec.ports!.every(({ targetPort }) => portsOf(spec.selector as Labels).includes(`${targetPort}`)),
            'has a port that its pods lack',
          ],
        ]),
      PodDisruptionBudget: () =>
        broken([
          [spec.minAvailable === undefined && Number(spec.maxUnavailable) >= 1, 'can keep a node from being drained'],
          [
            spec.unhealthyPodEvictionPolicy === 'AlwaysAllow',
            'keeps a node from being drained by pods that do not work',
          ],
          [finds(spec.selector!.matchLabels!), 'selects no pod'],
        ]),
      HorizontalPodAutoscaler: () =>
        broken([
          [has('Deployment', spec.scaleTargetRef?.name), 'scales nothing'],
          [spec.minReplicas! >= 2, 'allows a single pod'],
        ]),
      ScaledObject: () =>
        broken([
          [has('Deployment', spec.scaleTargetRef?.name), 'scales nothing'],
          [spec.minReplicaCount! >= 2, 'allows a single pod'],
        ]),
      NetworkPolicy: () =>
        brokenPolicyRules(
          each,
          pods.map(({ metadata }) => metadata.labels),
          portsOf,
        ),
      ServiceAccount: () =>
        broken([[each.automountServiceAccountToken === false, 'gives pods a token for the cluster']]),
      Secret: () => ['is in the manifests'],
    }
    return (about[kind]?.() ?? []).map((sentence) => `${title} ${sentence}`)
  })
}

function count(manifests: readonly Manifest[], kind: string, labels: Labels): number {
  return manifests.filter((each) => each.kind === kind && selects(each.spec!.selector!, labels)).length
}

function scalersOf(manifests: readonly Manifest[], deployment: string): Manifest[] {
  const kinds = ['HorizontalPodAutoscaler', 'ScaledObject']
  return manifests.filter(({ kind, spec }) => kinds.includes(kind) && spec?.scaleTargetRef?.name === deployment)
}

function brokenPolicyRules(
  { spec = {} }: Manifest,
  ours: readonly Labels[],
  portsOf: (selector: Labels) => string[],
): string[] {
  const { podSelector = {}, policyTypes = [], ingress = [], egress = [] } = spec
  const everybody = [...ours, ...servers]
  const isEmpty = Object.keys({ ...podSelector.matchLabels }).length === 0
  const rules: PolicyRule[] = [...ingress, ...egress]
  const peers = rules.flatMap(({ from = [], to = [] }) => [...from, ...to])
  const named = ingress
    .flatMap(({ ports = [] }) => ports.map(({ port }) => port))
    .filter((port) => typeof port === 'string')
  return broken([
    [!isEmpty, "is about all pods of the namespace, other people's too"],
    [everybody.some((labels) => selects(podSelector, labels)), 'is about no pod'],
    [ingress.length === 0 || policyTypes.includes('Ingress'), 'has rules that do not apply (Ingress)'],
    [egress.length === 0 || policyTypes.includes('Egress'), 'has rules that do not apply (Egress)'],
    [
      peers.every((peer) => !peer.podSelector || everybody.some((labels) => selects(peer.podSelector!, labels))),
      'lets pods in, or out to pods, that do not exist',
    ],
    [named.every((port) => portsOf(podSelector.matchLabels ?? {}).includes(port!)), 'opens a port that its pods lack'],
    [egress.every(({ to = [], ports = [] }) => to.length > 0 && ports.length > 0), 'lets everything out'],
  ])
}
