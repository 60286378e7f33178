/**
 * Writes the published form of a package: JavaScript and declarations, since Node strips no types below `node_modules`.
 * Workspace packages that it depends on are bundled (`bundleDependencies`), so that it can be installed alone.
 * `node scripts/build-package.ts <name>`, `--out <folder>`: default packages/<name>/dist. Then `npm pack` or `npm publish`
 * that folder.
 */
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'

interface Manifest {
  exports: Record<string, string>
  private?: boolean
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const scope = '@backhaul/'
const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true })
const [name] = positionals
if (name === undefined) throw new Error('say which package: node scripts/build-package.ts <name>')
const target = resolve(values.out ?? join(root, 'packages', name, 'dist'))
await build(name, target)
await copyFile(join(root, 'packages', name, 'README.md'), join(target, 'README.md'))

async function build(name: string, out: string): Promise<void> {
  const source = join(root, 'packages', name)
  const given = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as Manifest
  await rm(out, { recursive: true, force: true })
  const own = Object.keys(given.dependencies ?? {}).filter((dependency) => dependency.startsWith(scope))
  for (const dependency of own) await build(dependency.slice(scope.length), join(out, 'node_modules', dependency))
  await compile(source, out, own)
  await writeFile(join(out, 'package.json'), `${JSON.stringify(published(given, own), null, 2)}\n`)
  await copyFile(join(root, 'LICENSE'), join(out, 'LICENSE'))
}

/** Compiles against the built declarations of workspace packages, not against their sources. */
async function compile(source: string, out: string, own: readonly string[]): Promise<void> {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
  const { bin } = JSON.parse(await readFile(typescript, 'utf8')) as { bin: { tsc: string } }
  const paths = Object.fromEntries(
    own.map((dependency) => [dependency, [join(out, 'node_modules', dependency, 'index.d.ts')]]),
  )
  const project = {
    extends: join(source, 'tsconfig.build.json'),
    compilerOptions: {
      rootDir: join(source, 'src'),
      outDir: out,
      typeRoots: [join(root, 'node_modules/@types')],
      paths,
    },
    include: [join(source, 'src')],
  }
  const folder = await mkdtemp(join(tmpdir(), 'backhaul-build-'))
  const config = join(folder, 'tsconfig.json')
  await writeFile(config, JSON.stringify(project))
  try {
    await promisify(execFile)(process.execPath, [join(dirname(typescript), bin.tsc), '-p', config])
  } catch (error) {
    console.error((error as { stdout?: string }).stdout || error)
    process.exit(1)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function published(given: Manifest, own: readonly string[]): object {
  const { exports, private: _ofTheWorkspace, devDependencies: _ofTheExamples, ...rest } = given
  const built = Object.entries(exports).map(([door, path]) => {
    const module = path.replace('./src/', './').replace(/\.ts$/, '')
    return [door, { types: `${module}.d.ts`, default: `${module}.js` }]
  })
  return { ...rest, exports: Object.fromEntries(built), ...(own.length > 0 ? { bundleDependencies: own } : {}) }
}
