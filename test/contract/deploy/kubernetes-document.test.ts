import { exec } from 'node:child_process'
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KubernetesTools, needKubernetesTools } from '#support/servers/kubernetes-tools.ts'
import { startEmptyCluster } from './empty-cluster.ts'
import type { Manifest } from './manifest.ts'
import { deployFolder, readManifests } from './render.ts'
import { brokenSchemas } from './schemas.ts'

const text = await readFile(fileURLToPath(new URL('../../../docs/kubernetes.md', import.meta.url)), 'utf8')
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, block]) => block!)
const commands = blocks('sh').flatMap((block) =>
  block
    .replaceAll(/\\\n\s*/g, '')
    .trim()
    .split('\n'),
)
const isFragment = (block: string) => block.startsWith('# at the end of ')

/** Nothing listens there: a command that gets as far as asking the cluster is right in everything else. */
const nowhere = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'none', cluster: { server: 'http://127.0.0.1:1' } }],
  contexts: [{ name: 'none', context: { cluster: 'none', user: '' } }],
  'current-context': 'none',
}

describe.skipIf(process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1')('docs/kubernetes.md', () => {
  let folder: string
  let tools: KubernetesTools
  beforeAll(async () => {
    tools = await needKubernetesTools()
    folder = await mkdtemp(join(tmpdir(), 'backhaul-kubernetes-'))
    await cp(deployFolder, join(folder, 'deploy'), { recursive: true })
    await writeFile(join(folder, 'kubeconfig.json'), JSON.stringify(nowhere))
    await writeFile(join(folder, 'ca.pem'), 'a certificate')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('has commands that kubectl and helm take, in this order, up to the cluster that is not there', async () => {
    expect(commands.length).toBeGreaterThan(20)
    const env = {
      PATH: [tools.folder, process.env.PATH].join(delimiter),
      HOME: folder,
      KUBECONFIG: join(folder, 'kubeconfig.json'),
      DATABASE_URL: 'postgresql://backhaul:password@database/backhaul',
    }
    for (const command of commands) {
      const ended = await promisify(exec)(command, { cwd: folder, env }).catch((error) => error)
      if (ended instanceof Error) expect(ended.message, command).toMatch(/127\.0\.0\.1:1\b.*refused/)
      else expect(command).toMatch(/^cp |^kubectl kustomize /)
    }
  })

  it('migrates before it changes API or workers, and upgrades workers before the API', async ({ onTestFinished }) => {
    const overlay = join(folder, 'deploy/kubernetes/overlays/managed')
    const cluster = await startEmptyCluster(readManifests(await tools.kubectl('kustomize', overlay)))
    onTestFinished(cluster.close)
    const applied = async (command: string) => {
      const [, selector] = / -l (?:'(.+)'|(\S+))/.exec(command)?.filter((part) => part !== undefined) ?? []
      const selecting = selector ? ['-l', selector] : []
      const where = ['--server', cluster.url, '--dry-run=client', '--validate=false', '-o', 'name']
      const names = await tools.kubectl('apply', '-k', overlay, ...selecting, ...where)
      return names
        .trim()
        .split('\n')
        .filter((name) => /^(job|deployment|networkpolicy)/.test(name))
    }
    const upgrade = commands.slice(commands.findIndex((command) => command.startsWith('kubectl diff')))
    const steps = upgrade.filter((command) => command.startsWith('kubectl apply'))
    expect(steps.length).toBe(3)
    const [first, second, third] = await Promise.all(steps.map(applied))
    expect(first).toEqual([
      expect.stringMatching(/^job.batch\/backhaul-migration-/),
      ...['', '-to-bucket', '-to-database', '-to-queue'].map(
        (name) => `networkpolicy.networking.k8s.io/backhaul${name}`,
      ),
    ])
    expect(second).toEqual(['deployment.apps/backhaul-worker', 'networkpolicy.networking.k8s.io/backhaul-worker'])
    expect(third).toContain('deployment.apps/backhaul-api')
  })

  it('names the image of this version', async () => {
    const root = new URL('../../../package.json', import.meta.url)
    const { version } = JSON.parse(await readFile(fileURLToPath(root), 'utf8')) as { version: string }
    expect([...text.matchAll(/registry\.example\.com\/backhaul:(\S+)/g)].map(([, tag]) => tag)).toEqual([
      version,
      version,
    ])
  })

  it('has objects that keep to the schemas', async () => {
    const objects = blocks('yaml')
      .filter((block) => !isFragment(block))
      .flatMap(readManifests)
    expect(objects.map(({ kind }) => kind)).toEqual(['Ingress', 'NetworkPolicy'])
    expect(await brokenSchemas(new Map([['document', objects]]))).toEqual([])
  })

  it('has pieces of a kustomization that do what they are for', async () => {
    const overlay = join(folder, 'deploy/kubernetes/overlays/pieces')
    await cp(join(deployFolder, 'kubernetes/overlays/managed'), overlay, { recursive: true })
    const pieces = blocks('yaml').filter(isFragment)
    expect(pieces.length).toBe(2)
    for (const piece of pieces) await appendFile(join(overlay, 'kustomization.yaml'), piece)
    const objects: Manifest[] = readManifests(await tools.kubectl('kustomize', overlay))
    expect(await brokenSchemas(new Map([['pieces', objects]]))).toEqual([])
    const of = (kind: string) => objects.filter((each) => each.kind === kind)
    expect(of('ServiceAccount')[0]?.metadata.annotations).toHaveProperty(['eks.amazonaws.com/role-arn'])
    expect(of('ScaledObject').length).toBe(1)
    expect(JSON.stringify(of('Job'))).toContain('backhaul-ca')
  })
})
