import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

let folder: string
let printed: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-clients-'))
  const run = promisify(execFile)(process.execPath, ['scripts/sdks.ts', '--out', folder])
  const { stdout, stderr } = await run.catch((error: { stdout: string; stderr: string }) => error)
  printed = `${stdout}${stderr}`
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const document = JSON.parse(await readFile('openapi/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, { operationId: string }>>
  components: { schemas: Record<string, { properties?: object }> }
}
const components = Object.entries(document.components.schemas)
const objects = components.filter(([, { properties = {} }]) => Object.keys(properties).length > 0).map(([name]) => name)
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))

/** What of these names a generated file does not declare, written so; some write `APIKey`. */
async function missing(
  path: string,
  names: readonly string[],
  declaration: (name: string) => string,
): Promise<string[]> {
  const text = await readFile(join(folder, path), 'utf8')
  return names.filter((name) => !new RegExp(declaration(name), 'im').test(text))
}

it.each(['openapi-typescript', 'hey-api', 'orval'])('what %s makes of the document compiles', (name) => {
  expect(printed).toMatch(new RegExp(`^${name} \\(TypeScript\\): \\d+ kB, compiles$`, 'm'))
})

it.each(['Python', 'Go', 'Java'])(
  'what quicktype makes of the document compiles where there is a compiler of %s',
  (language) => {
    expect(printed).toMatch(new RegExp(`^quicktype \\(${language}\\): \\d+ kB, (compiles|not compiled.*)$`, 'm'))
  },
)

it('every operation is a function, and every schema a type of its name', async () => {
  const names = components.map(([name]) => name)
  const ids = operations.map(({ operationId }) => operationId)
  expect(await missing('openapi-typescript-typescript/types.ts', names, (name) => `^ {8}${name}: `)).toEqual([])
  expect(await missing('openapi-typescript-typescript/types.ts', ids, (id) => `^ {4}${id}: \\{$`)).toEqual([])
  expect(await missing('hey-api-typescript/types.gen.ts', names, (name) => `^export type ${name} = `)).toEqual([])
  expect(await missing('hey-api-typescript/sdk.gen.ts', ids, (id) => `^export const ${id} = `)).toEqual([])
  expect(await missing('orval-typescript/client.ts', ids, (id) => `^export const ${id} = `)).toEqual([])
  expect(await missing('quicktype-python/backhaul.py', objects, (name) => `^class ${name}:$`)).toEqual([])
  // In Go the values of enums are names beside those of types: `Challenge` is one, so that schema becomes a `ChallengeClass`.
  expect(await missing('quicktype-go/backhaul.go', objects, (name) => `^type ${name}(Class)? struct \\{$`)).toEqual([])
})
