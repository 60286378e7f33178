/**
 * Writes the published form of the command line: JavaScript, with the SDK and commander in it, so that one archive is enough
 * (`npx --package ./backhaul-cli-0.2.0.tgz backhaul`). `node scripts/build-cli.ts`, `--out <folder>`: default apps/cli/dist. Then `npm pack`
 * that folder.
 */
import { execFile } from 'node:child_process'
import { chmod, copyFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'apps/cli')
const { values } = parseArgs({ options: { out: { type: 'string' } } })
const out = resolve(values.out ?? join(source, 'dist'))
const modules = join(out, 'node_modules')

await rm(out, { recursive: true, force: true })
await run(process.execPath, [
  join(root, 'scripts/build-dual-package.ts'),
  'sdk',
  '--out',
  join(modules, '@backhaul/sdk'),
])
await cp(dirname(require.resolve('commander')), join(modules, 'commander'), { recursive: true })
await compile()
await chmod(join(out, 'bin/main.js'), 0o755)
const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'))
const { private: _ofTheWorkspace, ...rest } = manifest
const published = { ...rest, bin: { backhaul: 'bin/main.js' }, bundleDependencies: Object.keys(manifest.dependencies) }
await writeFile(join(out, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
for (const [from, name] of [
  [source, 'README.md'],
  [root, 'LICENSE'],
] as const)
  await copyFile(join(from, name), join(out, name))

/** Against the built declarations of the SDK, not against its sources. */
async function compile(): Promise<void> {
  const workshop = await mkdtemp(join(tmpdir(), 'backhaul-cli-build-'))
  try {
    await cp(join(source, 'src'), join(workshop, 'src'), { recursive: true })
    await symlink(join(root, 'node_modules'), join(workshop, 'node_modules'))
    await writeFile(join(workshop, 'package.json'), JSON.stringify({ type: 'module' }))
    const project = {
      extends: join(source, 'tsconfig.build.json'),
      compilerOptions: {
        rootDir: join(workshop, 'src'),
        outDir: join(out, 'bin'),
        typeRoots: [join(root, 'node_modules/@types')],
        paths: { '@backhaul/sdk': [join(modules, '@backhaul/sdk/esm/index.d.ts')] },
      },
      include: [join(workshop, 'src')],
    }
    const config = join(workshop, 'tsconfig.json')
    await writeFile(config, JSON.stringify(project))
    const typescript = require.resolve('typescript/package.json')
    const { bin } = JSON.parse(await readFile(typescript, 'utf8')) as { bin: { tsc: string } }
    await run(process.execPath, [join(dirname(typescript), bin.tsc), '-p', config]).catch((error) => {
      console.error(error.stdout || error)
      process.exit(1)
    })
  } finally {
    await rm(workshop, { recursive: true })
  }
}
