/**
 * Writes the published form of the command line: one file of JavaScript, with the SDK and commander in it. One archive is enough
 * (`npx --package ./backhaul-cli-0.2.0.tgz backhaul`), and a start reads one file instead of a hundred, which takes half the time.
 * `node scripts/build-cli.ts`, `--out <folder>`: default apps/cli/dist. Then `npm pack` that folder.
 */
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'rolldown'

const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'apps/cli')
const { values } = parseArgs({ options: { out: { type: 'string' } } })
const out = resolve(values.out ?? join(source, 'dist'))

await rm(out, { recursive: true, force: true })
await build({
  input: join(source, 'src/main.ts'),
  platform: 'node',
  transform: { target: 'node22' },
  logLevel: 'warn',
  output: { file: join(out, 'bin/main.js'), format: 'esm', codeSplitting: false },
})
await chmod(join(out, 'bin/main.js'), 0o755)
// Its licence asks for its text wherever its code is.
await mkdir(join(out, 'bin/commander'))
await copyFile(join(dirname(require.resolve('commander')), 'LICENSE'), join(out, 'bin/commander/LICENSE'))
const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'))
const { private: _ofTheWorkspace, dependencies: _inTheFile, ...rest } = manifest
const published = { ...rest, bin: { backhaul: 'bin/main.js' } }
await writeFile(join(out, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
for (const [from, name] of [
  [source, 'README.md'],
  [root, 'LICENSE'],
] as const)
  await copyFile(join(from, name), join(out, name))
