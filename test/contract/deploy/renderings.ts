import { join } from 'node:path'
import { beforeAll } from 'vitest'
import { needKubernetesTools } from '#support/servers/kubernetes-tools.ts'
import type { Manifest } from './manifest.ts'
import { deployFolder, helmTemplate, kustomize } from './render.ts'

const values = (name: string) => ['--values', join(deployFolder, `helm/values-${name}.yaml`)]

/** Everything that is given out: each Kustomization beside the values with which the chart makes the same objects. */
export const pairs: Record<string, readonly [path: string, components: string[], helm: string[]]> = {
  base: ['base', [], []],
  managed: ['overlays/managed', [], values('managed')],
  'in-cluster': ['overlays/in-cluster', [], values('in-cluster')],
  'managed with KEDA': ['overlays/managed', ['keda'], [...values('managed'), '--set', 'keda.enabled=true']],
  'managed with a CA': ['overlays/managed', ['private-ca'], [...values('managed'), '--set', 'caConfigMap=backhaul-ca']],
}
const otherValues = ['image.tag=1.2.3-rc.1', 'imagePullSecrets[0].name=registry', 'settings.LOG_LEVEL=warn']

/** Rendered once for the files of one process. */
let rendering: Promise<Map<string, Manifest[]>> | null = null

/** The objects of each of {@link pairs} by its name and "Kustomize" or "Helm", and of a chart with other values. For a file's tests. */
export function useRenderings(): { all(): ReadonlyMap<string, Manifest[]>; of(name: string): Manifest[] } {
  let rendered = new Map<string, Manifest[]>()
  beforeAll(async () => {
    rendering ??= render()
    rendered = await rendering
  })
  return { all: () => rendered, of: (name) => rendered.get(name)! }
}

async function render(): Promise<Map<string, Manifest[]>> {
  const tools = await needKubernetesTools()
  const all = new Map<string, Manifest[]>()
  for (const [name, [path, components, helm]] of Object.entries(pairs)) {
    all.set(`${name}, Kustomize`, await kustomize(tools, path, components))
    all.set(`${name}, Helm`, await helmTemplate(tools, ...helm))
  }
  return all.set('other values, Helm', await helmTemplate(tools, ...otherValues.flatMap((value) => ['--set', value])))
}
