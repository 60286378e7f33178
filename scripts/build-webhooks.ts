/**
 * Writes what is published of packages/webhooks: JavaScript and declarations, since Node strips no types below `node_modules`.
 * It is compiled against the web's types alone, so nothing of Node can creep in.
 * `--out <folder>`: default packages/webhooks/dist. Then `npm pack` or `npm publish` that folder.
 */
import { execFile } from 'node:child_process'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'

interface Manifest {
  exports: Record<string, string>
  private?: boolean
  devDependencies?: Record<string, string>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'packages/webhooks')
const { values } = parseArgs({ options: { out: { type: 'string' } } })
const out = resolve(values.out ?? join(source, 'dist'))

await rm(out, { recursive: true, force: true })
await compile()
await writeFile(join(out, 'package.json'), `${JSON.stringify(await manifest(), null, 2)}\n`)
await copyFile(join(source, 'README.md'), join(out, 'README.md'))
await copyFile(join(root, 'LICENSE'), join(out, 'LICENSE'))

async function compile(): Promise<void> {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
  const { bin } = JSON.parse(await readFile(typescript, 'utf8')) as { bin: { tsc: string } }
  const args = [join(dirname(typescript), bin.tsc), '-p', join(source, 'tsconfig.build.json'), '--outDir', out]
  try {
    await promisify(execFile)(process.execPath, args)
  } catch (error) {
    console.error((error as { stdout?: string }).stdout || error)
    process.exit(1)
  }
}

async function manifest(): Promise<object> {
  const given = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as Manifest
  const { exports, private: _ofTheWorkspace, devDependencies: _ofTheExamples, ...published } = given
  const built = Object.entries(exports).map(([door, path]) => {
    const module = path.replace('./src/', './').replace(/\.ts$/, '')
    return [door, { types: `${module}.d.ts`, default: `${module}.js` }]
  })
  return { ...published, exports: Object.fromEntries(built) }
}
