import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { finish } from '#support/builders/api-fixtures.ts'
import { useSdk } from '#support/client/sdk.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'

const run = promisify(execFile)
const sdk = useSdk()

/** The programs come with npm, as a package for each machine. */
const bun = ['@oven/bun-linux-x64/bin/bun', '@oven/bun-linux-aarch64/bin/bun']
const deno = ['@deno/linux-x64-glibc/deno', '@deno/linux-arm64-glibc/deno']
const mayDo = ['--allow-net', '--allow-env', '--allow-read', '--allow-write', '--node-modules-dir=manual']
const found = (paths: readonly string[]) => paths.map((path) => resolve('node_modules', path)).find(existsSync)
const runtimes = [
  { name: 'Bun', program: found(bun), args: ['run'] },
  { name: 'Deno', program: found(deno), args: ['run', ...mayDo] },
]

let project: string
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'backhaul-runtimes-'))
  const installed = join(project, 'node_modules/@backhaul/sdk')
  await mkdir(installed, { recursive: true })
  await run(process.execPath, ['scripts/build-dual-package.ts', 'sdk', '--out', installed])
  await writeFile(join(project, 'package.json'), '{ "type": "module", "dependencies": { "@backhaul/sdk": "*" } }')
  await writeFile(
    join(project, 'save.js'),
    `import { Backhaul, NotFoundError } from '@backhaul/sdk'
     const backhaul = new Backhaul()
     const [id, path] = process.argv.slice(2)
     const { bytes, checksum } = await backhaul.files.save(id, path)
     const error = await backhaul.tasks.get('tsk_00000000000000000000000000').catch((error) => error)
     const stream = backhaul.events.stream({ after: '${Buffer.from('0').toString('base64url')}' })
     const { value } = await stream.next()
     await stream.return()
     console.log(bytes, checksum, error instanceof NotFoundError, value.type)`,
  )
})
afterAll(() => rm(project, { recursive: true, force: true }))

it.each(runtimes)('$name calls the service, saves a file and follows the events', async ({ name, program, args }) => {
  const bytes = 'the bytes '.repeat(300_000)
  await sdk.backhaul.sessions.open('s', { configuration: { delegate: { kind: 'pull' } } })
  const { id } = await sdk.backhaul.tasks.create('s', { url: 'https://origin.example.com/data.bin' })
  await finish(sdk.api, sdk.tenant, id, bytes)
  const path = join(project, `saved-by-${name}`)
  const env = {
    ...userEnvironment,
    BACKHAUL_URL: sdk.url,
    BACKHAUL_API_KEY: sdk.tenant.key,
    HOME: project,
    NO_COLOR: '1',
  }
  const { stdout } = await run(program!, [...args, 'save.js', id, path], { cwd: project, env })
  expect(stdout).toBe(`${bytes.length} crc32 true task.finished_downloading\n`)
  expect(await readFile(path, 'utf8')).toBe(bytes)
})
