import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aSecret, signedWebhook } from '#support/receivers/signed-webhook.ts'
import { packPackage } from './packed-packages.ts'

const run = promisify(execFile)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-fresh-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A user's programs; as `.mts` they are ES modules, as `.cts` CommonJS, from the same text. */
const sdkProgram = `
  import { Backhaul, BackhaulError, type Task } from '@backhaul/sdk'
  import { expressWebhooks } from '@backhaul/sdk/webhooks/express'

  const backhaul = new Backhaul({ apiKey: 'bh_1', baseUrl: 'http://127.0.0.1:1', maxRetries: 0 })
  export async function sizeOf(id: string): Promise<number> {
    const task: Task = await backhaul.tasks.get(id)
    // Only a completed task is known to have a file.
    return task.state === 'completed' ? task.file.bytes : 0
  }
  void expressWebhooks
  sizeOf('tsk_1').catch((error: unknown) => {
    if (error instanceof BackhaulError) console.log(error.code, error.status)
  })
`
const webhooksProgram = `
  import { byType, unwrap } from '@backhaul/webhooks'
  import { fetchWebhooks } from '@backhaul/webhooks/fetch'

  const [secret, body, headers] = JSON.parse(process.argv[2] ?? '') as [string, string, Record<string, string>]
  const onEvent = byType({ 'task.completed': ({ data }) => console.log(data.task.id) })
  void fetchWebhooks({ secret, onEvent })
  unwrap(body, headers, secret).then((event) => console.log(event.type))
  declare const process: { argv: string[] }
`
const transferProgram = `
  import { createMemoryBudget, newProgress, type Download } from '@backhaul/transfer'
  import { createFileObjects } from '@backhaul/transfer/storage/disk'
  import { parseCidrs } from '@backhaul/transfer/rules'

  const objects = createFileObjects({ directory: 'data', signLink: () => '' })
  export type Mine = Download
  void createMemoryBudget
  objects.close().then(() => console.log(parseCidrs('10.0.0.0/8').cidrs.length, typeof newProgress()))
`

const compilers = [
  ['5.9', resolve('packages/sdk/node_modules/typescript/bin/tsc')],
  ['7', resolve('node_modules/typescript/bin/tsc')],
] as const
const resolvers = [
  ['node16', { module: 'node16', moduleResolution: 'node16' }, ['mts', 'cts']],
  ['bundler', { module: 'esnext', moduleResolution: 'bundler', verbatimModuleSyntax: true }, ['mts']],
] as const
const ways = compilers.flatMap(([version, tsc]) =>
  resolvers.map(([resolver, options, extensions]) => ({ version, tsc, resolver, options, extensions })),
)
/** Every one that asks more of the declarations: they are checked as well. */
const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  isolatedModules: true,
  skipLibCheck: false,
  target: 'es2022',
}

/** Compiles the programs of a project in one of the ways, and returns the folder with what was written. */
async function compile(
  project: string,
  { version, tsc, resolver, options }: (typeof ways)[number],
  include: readonly string[],
  more: object,
): Promise<string> {
  const outDir = join(project, `out-${version}-${resolver}`)
  const config = join(project, `tsconfig-${version}-${resolver}.json`)
  const compilerOptions = { ...strict, ...options, ...more, rootDir: project, outDir }
  await writeFile(config, JSON.stringify({ compilerOptions, files: include.map((name) => join(project, name)) }))
  await run(process.execPath, [tsc, '-p', config], { cwd: project }).catch((error: { stdout: string }) => {
    throw new Error(error.stdout)
  })
  return outDir
}
const said = async (...args: string[]) => (await run(process.execPath, args)).stdout

describe('sdk and webhooks in a fresh project, installed from their archives and nothing else', () => {
  let project: string
  beforeAll(async () => {
    project = join(folder, 'dual')
    await mkdir(project)
    await writeFile(join(project, 'package.json'), '{}')
    const packed = [await packPackage('sdk', folder), await packPackage('webhooks', folder)]
    const install = ['install', '--offline', '--no-audit', '--no-fund', ...packed.map(({ archive }) => archive)]
    await run('npm', install, { cwd: project })
    for (const extension of ['mts', 'cts']) {
      await writeFile(join(project, `sdk.${extension}`), sdkProgram)
      await writeFile(join(project, `webhooks.${extension}`), webhooksProgram)
    }
  })

  it.each(ways)('have types for TypeScript $version with $resolver, and run', async (way) => {
    const { body, headers } = signedWebhook({ type: 'session.wake' })
    const programs = way.extensions.flatMap((extension) => [`sdk.${extension}`, `webhooks.${extension}`])
    // Without the types of Node, as in a project for browsers or edge workers.
    const out = await compile(project, way, programs, { lib: ['es2023', 'dom', 'dom.iterable'], types: [] })
    for (const extension of way.extensions.map((extension) => extension.replace('ts', 'js'))) {
      expect(await said(join(out, `sdk.${extension}`))).toBe('connection_failed 0\n')
      const given = JSON.stringify([aSecret, body, headers])
      expect(await said(join(out, `webhooks.${extension}`), given)).toBe('session.wake\n')
    }
  })
})

describe('transfer in a fresh project, beside what it depends on', () => {
  let project: string
  beforeAll(async () => {
    project = join(folder, 'transfer')
    const installed = join(project, 'node_modules/@backhaul/transfer')
    await mkdir(installed, { recursive: true })
    const { archive } = await packPackage('transfer', folder)
    // As npm unpacks it; its dependencies would come from a registry.
    await run('tar', ['-xzf', archive, '--strip-components=1', '-C', installed])
    for (const name of ['@aws-sdk', 'hash-wasm', 'tough-cookie', '@types'])
      await symlink(resolve('node_modules', name), join(project, 'node_modules', name))
    await writeFile(join(project, 'transfer.mts'), transferProgram)
    await writeFile(join(project, 'transfer.cjs'), 'console.log(typeof require("@backhaul/transfer").download)')
  })

  it.each(ways)('has types for TypeScript $version with $resolver, and runs', async (way) => {
    // Those of the AWS SDK are not ours to check.
    const out = await compile(project, way, ['transfer.mts'], { lib: ['es2024'], types: ['node'], skipLibCheck: true })
    expect(await said(join(out, 'transfer.mjs'))).toBe('1 object\n')
  })

  // TypeScript's `node16` refuses it, because Node 16 did; its `nodenext` knows of it.
  it('is an ES module, which CommonJS requires as well, in the Node that it needs', async () => {
    expect(await said(join(project, 'transfer.cjs'))).toBe('function\n')
  })
})
