import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aSecret, signedWebhook } from '#support/receivers/signed-webhook.ts'

const run = promisify(execFile)
const readme = await readFile(new URL('../../packages/sdk/README.md', import.meta.url), 'utf8')
const programs = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!)
let project: string
let installed: string

/** As in a user's project: below node_modules, where Node strips no types, and with no other package beside it. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'backhaul-sdk-'))
  installed = join(project, 'node_modules/@backhaul/sdk')
  await mkdir(installed, { recursive: true })
  await writeFile(join(project, 'package.json'), '{ "type": "module" }')
  await run(process.execPath, ['scripts/build-dual-package.ts', 'sdk', '--out', installed])
})
afterAll(() => rm(project, { recursive: true, force: true }))

/** What it prints when there is no service, and when a webhook is verified. */
const program = `
  const backhaul = new Backhaul({ apiKey: 'bh_1', baseUrl: 'http://127.0.0.1:1', maxRetries: 0 })
  const ask = async () => {
    const error = await backhaul.files.save('tsk_1', 'a').catch((error) => error)
    const [secret, body, headers] = JSON.parse(process.argv[2])
    const event = await webhooks.unwrap(body, headers, secret)
    console.log(error instanceof ConnectionError, error.code, event.type, typeof expressWebhooks)
  }
  ask()
`
const names = '{ Backhaul, ConnectionError, webhooks }'

describe('the built package', () => {
  it.each([
    ['mjs', `import ${names} from '@backhaul/sdk'\nimport { expressWebhooks } from '@backhaul/sdk/webhooks/express'`],
    [
      'cjs',
      `const ${names} = require('@backhaul/sdk')\nconst { expressWebhooks } = require('@backhaul/sdk/webhooks/express')`,
    ],
  ])('is installed alone and works from .%s', async (extension, imports) => {
    const { body, headers } = signedWebhook({ type: 'session.wake' })
    await writeFile(join(project, `ask.${extension}`), `${imports}\n${program}`)
    const given = JSON.stringify([aSecret, body, headers])
    const { stdout } = await run(process.execPath, [`ask.${extension}`, given], { cwd: project })
    expect(stdout).toBe('true connection_failed session.wake function\n')
  })

  it('holds no dependencies, no TypeScript but declarations, its README and licence', async () => {
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>
    expect(Object.keys(manifest).filter((key) => /dependencies|private/i.test(key))).toEqual([])
    const files = await readdir(installed, { recursive: true, withFileTypes: true })
    const found = files.filter((file) => file.isFile()).map(({ name }) => name)
    expect(found).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'index.js', 'index.d.ts']))
    expect(found.filter((name) => !/\.(js|d\.ts|md)$|^LICENSE$|^package\.json$/.test(name))).toEqual([])
  })

  it('is a package as publint wants it, and its types are found by every resolver', async () => {
    expect((await publint({ pkgDir: installed, strict: true })).messages).toEqual([])
    await run('npm', ['pack', installed, '--pack-destination', project], { cwd: project })
    const [archive] = (await readdir(project)).filter((name) => name.endsWith('.tgz'))
    // Without `exports`, a resolver finds the main entry only.
    const attw = [
      resolve('node_modules/.bin/attw'),
      join(project, archive!),
      '--profile',
      'node16',
      '--no-emoji',
      '--no-color',
    ]
    await run(process.execPath, attw).catch((error: { stdout: string; stderr: string }) => {
      throw new Error(`${error.stdout}${error.stderr}`)
    })
  })

  it('has types for the programs of the README, under every strict flag', async () => {
    expect(programs.length).toBeGreaterThanOrEqual(5)
    await symlink(resolve('node_modules/@types'), join(project, 'node_modules/@types'))
    for (const [index, code] of programs.entries()) await writeFile(join(project, `${index}.ts`), code)
    const strict = { skipLibCheck: false, noPropertyAccessFromIndexSignature: false, types: ['node'] }
    const project_ = { extends: resolve('tsconfig.base.json'), compilerOptions: strict, include: ['*.ts'] }
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(project_))
    await run(join(resolve('node_modules'), '.bin/tsc'), ['-p', project]).catch((error: { stdout: string }) => {
      throw new Error(error.stdout)
    })
  })
})

interface Chunk {
  fileName: string
  code: string
  imports: string[]
}

it('one call bundled for a browser is 6 kB with gzip at most, of what is loaded before it', async () => {
  await writeFile(
    join(project, 'one-call.js'),
    `import { Backhaul } from '@backhaul/sdk'
     console.log(await new Backhaul({ apiKey: 'bh_1', baseUrl: '/proxy' }).tasks.create('s', { url: 'https://example.com/' }))`,
  )
  const { rolldown } = createRequire(resolve('node_modules/vite/package.json'))('rolldown')
  const bundle = await rolldown({ input: join(project, 'one-call.js'), platform: 'browser', logLevel: 'silent' })
  const { output } = (await bundle.generate({ minify: true })) as { output: Chunk[] }
  const before = new Set<string>()
  const visit = (name: string) => {
    const chunk = output.find(({ fileName }) => fileName === name)
    if (!chunk || before.has(name)) return
    before.add(name)
    chunk.imports.forEach(visit)
  }
  visit(output[0]!.fileName)
  const bytes = output
    .filter(({ fileName }) => before.has(fileName))
    .reduce((sum, { code }) => sum + gzipSync(code).length, 0)
  console.log(`one call of the SDK: ${bytes} bytes with gzip`)
  expect(bytes).toBeLessThanOrEqual(6 * 1024)
  expect(output.map(({ code }) => code).join()).not.toMatch(/from\s*["']node:/)
})
