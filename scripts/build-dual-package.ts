/**
 * Writes the published form of a package that depends on nothing: ES modules, CommonJS and declarations for both. The SDK has the code of
 * `@backhaul/webhooks` in it. `node scripts/build-dual-package.ts sdk|webhooks`, `--out <folder>`: default packages/<name>/dist. Then
 * `npm pack` that folder.
 */
import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true })
const [name] = positionals
if (name !== 'sdk' && name !== 'webhooks')
  throw new Error('say which package: node scripts/build-dual-package.ts sdk|webhooks')
const source = join(root, 'packages', name)
const out = resolve(values.out ?? join(source, 'dist'))
const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'))

await rm(out, { recursive: true, force: true })
const workshop = await mkdtemp(join(tmpdir(), `backhaul-${name}-build-`))
try {
  await cp(join(source, 'src'), join(workshop, 'src'), { recursive: true })
  if (name === 'sdk') await takeInWebhooks(join(workshop, 'src/webhooks'))
  await symlink(join(root, 'node_modules'), join(workshop, 'node_modules'))
  await compile('esm', 'module')
  await compile('cjs', 'commonjs')
} finally {
  await rm(workshop, { recursive: true })
}
await writeFile(join(out, 'package.json'), `${JSON.stringify(published(), null, 2)}\n`)
for (const [from, file] of [
  [source, 'README.md'],
  [root, 'LICENSE'],
] as const)
  await copyFile(join(from, file), join(out, file))

/** The files that hand on `@backhaul/webhooks` become that package. */
async function takeInWebhooks(folder: string): Promise<void> {
  await rm(folder, { recursive: true })
  await cp(join(root, 'packages/webhooks/src'), folder, { recursive: true })
}

/** TypeScript writes the kind of module that the package.json above a file says. */
async function compile(folder: string, type: 'module' | 'commonjs'): Promise<void> {
  await writeFile(join(workshop, 'package.json'), JSON.stringify({ type }))
  const project = {
    extends: join(source, 'tsconfig.build.json'),
    compilerOptions: {
      rootDir: join(workshop, 'src'),
      outDir: join(out, folder),
      typeRoots: [join(root, 'node_modules/@types')],
      // CommonJS could not say which kind it imports.
      verbatimModuleSyntax: type === 'module',
      removeComments: false,
    },
    include: [join(workshop, 'src')],
  }
  const config = join(workshop, 'tsconfig.json')
  await writeFile(config, JSON.stringify(project))
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
  const { bin } = JSON.parse(await readFile(typescript, 'utf8')) as { bin: { tsc: string } }
  await promisify(execFile)(process.execPath, [join(dirname(typescript), bin.tsc), '-p', config]).catch((error) => {
    console.error(error.stdout || error)
    process.exit(1)
  })
  await mkdir(join(out, folder), { recursive: true })
  await writeFile(join(out, folder, 'package.json'), `${JSON.stringify({ type, sideEffects: false })}\n`)
}

function published(): object {
  const { exports, private: _ofTheWorkspace, devDependencies: _ofTheWorkshop, ...rest } = manifest
  const built = Object.entries(exports as Record<string, string>).map(([door, path]) => {
    const module = path.replace('./src/', '').replace(/\.ts$/, '')
    const as = (folder: string) => ({ types: `./${folder}/${module}.d.ts`, default: `./${folder}/${module}.js` })
    return [door, { import: as('esm'), require: as('cjs') }]
  })
  return { ...rest, main: './cjs/index.js', types: './cjs/index.d.ts', exports: Object.fromEntries(built) }
}
