import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { finish } from '#support/builders/api-fixtures.ts'
import { useSdk } from '#support/client/sdk.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'

const run = promisify(execFile)
const sdk = useSdk()

/**
 * Programs that npm has as a package for each machine. They are installed here and not with the checkout: nothing else needs them, and
 * they are 200 MB.
 */
const machine = process.arch === 'arm64' ? 'arm64' : 'x64'
const runtimes = [
  {
    name: 'Bun',
    archive: `@oven/bun-linux-${machine === 'arm64' ? 'aarch64' : 'x64'}@1.4.5`,
    program: 'bin/bun',
    args: ['run'],
  },
  {
    name: 'Deno',
    archive: `@deno/linux-${machine}-glibc@2.9.6`,
    program: 'deno',
    args: ['run', '--allow-net', '--allow-env', '--allow-read', '--allow-write', '--node-modules-dir=manual'],
  },
]

let project: string
let programs: string
beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), 'backhaul-programs-'))
  await writeFile(join(programs, 'package.json'), '{}')
  const archives = runtimes.map(({ archive }) => archive)
  await run('npm', ['install', '--no-audit', '--no-fund', ...archives], { cwd: programs })
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
}, 300_000)
afterAll(() => Promise.all([project, programs].map((folder) => rm(folder, { recursive: true, force: true }))))

it.each(runtimes)(
  '$name calls the service, saves a file and follows the events',
  async ({ name, archive, program, args }) => {
    // More than Node would read by fetch.
    const bytes = 'the bytes '.repeat(500_000)
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
    const { stdout } = await run(
      join(programs, 'node_modules', archive.slice(0, archive.lastIndexOf('@')), program),
      [...args, 'save.js', id, path],
      { cwd: project, env },
    )
    expect(stdout).toBe(`${bytes.length} crc32 true task.finished_downloading\n`)
    expect(await readFile(path, 'utf8')).toBe(bytes)
  },
)
