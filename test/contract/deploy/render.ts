import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import type { KubernetesTools } from '#support/servers/kubernetes-tools.ts'
import type { Labels, Manifest } from './manifest.ts'

export const deployFolder = fileURLToPath(new URL('../../../deploy/', import.meta.url))
const chart = join(deployFolder, 'helm/backhaul')
const kustomizations = join(deployFolder, 'kubernetes')

/** The documents of a stream. Throws for what is no YAML, and for a name that comes twice. */
export function readManifests(text: string): Manifest[] {
  const documents = parseAllDocuments(text) as { errors: Error[]; toJS(): Manifest | null }[]
  for (const error of documents.flatMap(({ errors }) => errors)) throw error
  return documents.map((each) => each.toJS()).filter((each) => each !== null)
}

/** What `kubectl apply -k` would apply. `components`: those of deploy/kubernetes/components on top. */
export async function kustomize(tools: KubernetesTools, path: string, components: string[] = []): Promise<Manifest[]> {
  const folder = join(kustomizations, path)
  if (components.length === 0) return readManifests(await tools.kubectl('kustomize', folder))
  const overlay = await mkdtemp(join(tmpdir(), 'backhaul-overlay-'))
  try {
    const content = {
      resources: [relative(overlay, folder)],
      components: components.map((name) => relative(overlay, join(kustomizations, 'components', name))),
    }
    await writeFile(join(overlay, 'kustomization.yaml'), JSON.stringify(content))
    return readManifests(await tools.kubectl('kustomize', overlay))
  } finally {
    await rm(overlay, { recursive: true })
  }
}

/** What `helm install backhaul` would install. */
export async function helmTemplate(tools: KubernetesTools, ...args: string[]): Promise<Manifest[]> {
  return readManifests(await tools.helm('template', 'backhaul', chart, '--namespace', 'backhaul', ...args))
}

const helmLabels = ['app.kubernetes.io/instance', 'app.kubernetes.io/managed-by', 'helm.sh/chart']
const helmAnnotations = ['helm.sh/hook', 'helm.sh/hook-delete-policy', 'checksum/settings']

/**
 * The objects by kind and name without what only one of the two ways adds: Helm's labels and hooks; Kustomize's namespaces and the digest
 * at the end of the name of the settings.
 */
export function comparable(manifests: readonly Manifest[]): Record<string, Manifest> {
  const text = JSON.stringify(manifests, (key, value) => {
    if (key === 'namespace') return undefined
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    const kept = Object.entries(value as Labels).filter(([name]) => ![...helmLabels, ...helmAnnotations].includes(name))
    return key === 'annotations' && kept.length === 0 ? undefined : Object.fromEntries(kept)
  })
  const plain = JSON.parse(text.replaceAll(/backhaul-settings-[a-z0-9]{10}"/g, 'backhaul-settings"')) as Manifest[]
  return Object.fromEntries(plain.map((each) => [`${each.kind} ${each.metadata.name}`, each]))
}
