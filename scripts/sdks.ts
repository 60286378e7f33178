/**
 * Proves that clients can be generated from openapi/openapi.json: runs the generators of `client-generators.ts` and compiles what they write.
 * Exits with 1 and what a generator or compiler says when one of them cannot.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileClient } from './client-compilers.ts'
import { type Generator, generators } from './client-generators.ts'
import { readArguments } from './read-arguments.ts'

const usage = `usage: npm run sdks [-- [<generator>…] [--out <folder>]]

  <generator>…    only these: openapi-typescript, hey-api, orval, quicktype
  --out <folder>  leaves what is generated there; without it, nothing stays`

const { values, positionals } = readArguments(usage, {
  options: { out: { type: 'string' }, help: { type: 'boolean' } },
  allowPositionals: true,
})
const chosen = generators.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const document = fileURLToPath(new URL('../openapi/openapi.json', import.meta.url))
const text = await readFile(document, 'utf8')
const target = values.out === undefined ? await mkdtemp(join(tmpdir(), 'backhaul-clients-')) : resolve(values.out)
try {
  for (const generator of chosen) console.log(await proved(generator))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  if (values.out === undefined) await rm(target, { recursive: true, force: true })
}

async function proved({ name, language, write }: Generator): Promise<string> {
  const folder = join(target, `${name}-${language.toLowerCase()}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await write(document, text, folder).catch((error: Error) => {
    throw new Error(`${name} (${language}): ${error.message}`)
  })
  const bytes = await bytesIn(folder)
  const compiled = await compileClient(language, folder)
  return `${name} (${language}): ${Math.ceil(bytes / 1000)} kB, ${compiled ? 'compiles' : 'not compiled: there is no compiler here'}`
}

async function bytesIn(folder: string): Promise<number> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}
