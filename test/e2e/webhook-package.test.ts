import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aSecret, signedWebhook } from '#support/receivers/signed-webhook.ts'
import { verificationErrors } from '#webhooks/index.ts'

const run = promisify(execFile)
let project: string
let installed: string

/** As in a user's project: below node_modules, where Node strips no types, and with no other package beside it. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'backhaul-webhooks-'))
  installed = join(project, 'node_modules/@backhaul/webhooks')
  await mkdir(installed, { recursive: true })
  await writeFile(join(project, 'package.json'), '{ "type": "module" }')
  await run(process.execPath, ['scripts/build-dual-package.ts', 'webhooks', '--out', installed])
})
afterAll(() => rm(project, { recursive: true, force: true }))

test('the built package is installed alone and verifies', async () => {
  const { body, headers } = signedWebhook({ type: 'session.wake' })
  const program = `
    import { unwrap } from '@backhaul/webhooks'
    import { fetchWebhooks } from '@backhaul/webhooks/fetch'
    import '@backhaul/webhooks/express'
    import '@backhaul/webhooks/fastify'
    const [secret, body, headers] = JSON.parse(process.argv[2])
    const event = await unwrap(body, headers, secret)
    const webhooks = fetchWebhooks({ secret, onEvent: () => {} })
    const { status } = await webhooks(new Request('http://receiver.test/', { method: 'POST', body, headers }))
    console.log(event.type, status)
  `
  await writeFile(join(project, 'receive.mjs'), program)
  const given = JSON.stringify([aSecret, body, headers])
  const { stdout } = await run(process.execPath, ['receive.mjs', given], { cwd: project })
  expect(stdout).toBe('session.wake 204\n')
})

test('the built package holds no dependencies, no TypeScript but declarations, its README and licence', async () => {
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>
  expect(Object.keys(manifest).filter((key) => /dependencies|private/i.test(key))).toEqual([])
  const entries = await readdir(installed, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'index.js', 'index.d.ts']))
  expect(files.filter((file) => !/\.(js|d\.ts|md)$|^LICENSE$|^package\.json$/.test(file))).toEqual([])
})

const readme = await readFile(new URL('../../packages/webhooks/README.md', import.meta.url), 'utf8')
const programs = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!)

test('the README has every error, with its status and its fix', () => {
  const rows = readme.split('\n').filter((line) => /^\| `\w+` \|/.test(line))
  const table = Object.entries(verificationErrors)
  expect(rows).toEqual(table.map(([code, { status, title, fix }]) => `| \`${code}\` | ${status} | ${title}. ${fix} |`))
})

test('the programs of the README fit the types of the built package', async () => {
  expect(programs.length).toBeGreaterThanOrEqual(5)
  for (const name of ['express', 'fastify', '@types'])
    await symlink(resolve('node_modules', name), join(project, 'node_modules', name))
  for (const [index, code] of programs.entries()) await writeFile(join(project, `${index}.ts`), code)
  const tsconfig = { extends: resolve('tsconfig.base.json'), include: ['*.ts'] }
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(tsconfig))
  await run(join('node_modules', '.bin', 'tsc'), ['-p', project]).catch((error: { stdout: string }) => {
    throw new Error(error.stdout)
  })
})
