import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Manifest } from './manifest.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const options =
  '--ignoreConfig --noEmit --strict --skipLibCheck --pretty false --module nodenext --target esnext --types'

/**
 * A sentence for everything in which objects differ from the schemas of Kubernetes 1.33 (the package kubernetes-models 4.5) and of KEDA. Its
 * validators know required fields, types and patterns, but let unknown fields pass; its types do not.
 */
export async function brokenSchemas(named: ReadonlyMap<string, readonly Manifest[]>): Promise<string[]> {
  const objects = [...named].flatMap(([from, manifests]) =>
    manifests.map((object) => ({ object, title: `${from}: ${object.kind} ${object.metadata?.name}` })),
  )
  const invalid = await Promise.all(objects.map(({ object, title }) => validate(object, title)))
  return [...invalid.flat(), ...(await unknownFields(objects))]
}

/** Where the packages describe an object. */
function moduleOf({ apiVersion, kind }: Manifest): string {
  return `${apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda' : 'kubernetes-models'}/${apiVersion}/${kind}`
}

async function validate(object: Manifest, title: string): Promise<string[]> {
  try {
    const models = (await import(moduleOf(object))) as Record<string, new (data: Manifest) => { validate(): void }>
    new models[object.kind]!(object).validate()
    return []
  } catch (error) {
    return [`${title}: ${(error as Error).message}`]
  }
}

/** The compiler refuses a member of a literal that its type does not have. */
async function unknownFields(objects: readonly { object: Manifest; title: string }[]): Promise<string[]> {
  const lines = objects.map(({ object }, n) => {
    const type = `import('${moduleOf(object)}').I${object.kind}`
    return `export const o${n}: ${type} = ${JSON.stringify(object)}`
  })
  const cache = join(root, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'kubernetes-objects-'))
  try {
    const file = join(folder, 'objects.ts')
    await writeFile(file, lines.join('\n'))
    const tsc = join(root, 'node_modules/.bin/tsc')
    const ended = await promisify(execFile)(tsc, [...options.split(' '), '', file]).catch((error) => error)
    const found = [...`${ended.stdout}`.matchAll(/\((\d+),\d+\): error (.+)/g)]
    if (ended instanceof Error && found.length === 0) throw ended
    return found.map(([, line, message]) => `${objects[Number(line) - 1]?.title}: ${message}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}
