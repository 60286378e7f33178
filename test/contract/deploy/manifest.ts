/** Kubernetes objects, as far as the tests look into them. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels }
  spec?: Spec
  data?: Record<string, string>
  automountServiceAccountToken?: boolean
}
export type Labels = Record<string, string>
export interface Selector {
  matchLabels?: Labels
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}
export interface Peer {
  podSelector?: Selector
  namespaceSelector?: Selector
  ipBlock?: { cidr: string; except?: string[] }
}
export interface PolicyRule {
  from?: Peer[]
  to?: Peer[]
  ports?: { protocol?: string; port?: number | string }[]
}
interface Spec {
  template?: { metadata: { labels: Labels; annotations?: Labels }; spec: PodSpec }
  selector?: Selector & Labels
  podSelector?: Selector
  policyTypes?: string[]
  ingress?: PolicyRule[]
  egress?: PolicyRule[]
  ports?: { port: number; targetPort: number | string }[]
  minAvailable?: unknown
  maxUnavailable?: unknown
  unhealthyPodEvictionPolicy?: string
  replicas?: number
  minReplicas?: number
  minReplicaCount?: number
  scaleTargetRef?: { kind?: string; name: string }
  triggers?: { type: string; metadata: Labels }[]
}
export interface PodSpec {
  containers: Container[]
  initContainers?: Container[]
  serviceAccountName?: string
  automountServiceAccountToken?: boolean
  enableServiceLinks?: boolean
  terminationGracePeriodSeconds?: number
  securityContext?: {
    runAsNonRoot?: boolean
    runAsUser?: number
    runAsGroup?: number
    seccompProfile?: { type: string }
  }
  topologySpreadConstraints?: { topologyKey: string; labelSelector: Selector; whenUnsatisfiable: string }[]
  volumes?: { name: string; emptyDir?: { sizeLimit?: string } }[]
}
export interface Container {
  name: string
  image: string
  command?: string[]
  ports?: { name: string; containerPort: number }[]
  env?: {
    name: string
    value?: string
    valueFrom?: { secretKeyRef?: { name: string; key: string; optional?: boolean } }
  }[]
  envFrom?: { configMapRef?: { name: string } }[]
  startupProbe?: Probe
  livenessProbe?: Probe
  readinessProbe?: Probe
  lifecycle?: { preStop?: { sleep?: { seconds: number } } }
  resources?: { requests?: Labels; limits?: Labels }
  securityContext?: {
    allowPrivilegeEscalation?: boolean
    readOnlyRootFilesystem?: boolean
    capabilities?: { drop?: string[]; add?: string[] }
  }
}
interface Probe {
  httpGet?: { path: string; port: number | string }
  periodSeconds?: number
  timeoutSeconds?: number
  failureThreshold?: number
}

/** Whether pods with these labels are meant; an empty selector means all. */
export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => operator === 'In' && values?.includes(labels[key] ?? ''))
  )
}
