import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'
import { freePort } from '#support/servers/free-port.ts'

const run = promisify(execFile)
const MiB = 1024 ** 2
let folder: string
let built: string
let project: string
let service: Service
let origin: Origin
let env: Record<string, string>
let downloads: string

/** Installed from its archive alone, without a registry, as `npx` does it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-cli-package-'))
  built = join(folder, 'built')
  project = join(folder, 'project')
  await mkdir(project)
  await run(process.execPath, ['scripts/build-cli.ts', '--out', built])
  await run('npm', ['pack', built, '--pack-destination', folder], { cwd: folder })
  const [archive] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(project, 'package.json'), '{}')
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, archive!)], { cwd: project })
  origin = await startOrigin()
  service = await startStandalone(join(folder, 'data'), { PORT: String(await freePort()) })
  const { key } = await newTenant(service.url)
  env = { ...userEnvironment, HOME: folder, BACKHAUL_URL: service.url, BACKHAUL_API_KEY: key }
})
beforeEach(async () => {
  downloads = await mkdtemp(join(folder, 'downloads-'))
})
afterAll(async () => {
  await service?.end('SIGTERM')
  await origin?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Runs a line of a shell with `backhaul` on its path. */
function shell(line: string) {
  const PATH = `${join(project, 'node_modules/.bin')}:${env.PATH}`
  const child = spawn('bash', ['-c', line], { cwd: downloads, env: { ...env, PATH } })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk))
  return { child, said, ended: once(child, 'close').then(() => ({ code: child.exitCode, ...said })) }
}

describe('the command line from its archive', () => {
  test('is a package as publint wants it, with nothing to install besides', async () => {
    expect((await publint({ pkgDir: built, strict: true })).messages).toEqual([])
    expect((await readdir(join(project, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
      '@backhaul',
    ])
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    expect(await shell('backhaul --version').ended).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('saves a file, byte for byte, and prints where', async () => {
    const url = origin.serve('/data.bin', { bytes: 12 * MiB })
    const { code, stdout } = await shell(`backhaul get ${url}`).ended
    expect([code, stdout]).toEqual([0, `${join(downloads, 'data.bin')}\n`])
    expect((await readFile(join(downloads, 'data.bin'))).equals(origin.content('/data.bin'))).toBe(true)
    expect(await readdir(downloads)).toEqual(['data.bin'])
  })

  test('leaves the task to the service at Ctrl-C, and saves its file later', async () => {
    const url = origin.serve('/slow.bin', { bytes: 4 * MiB, bytesPerSecond: 2 * MiB })
    const { child, ended } = shell(`exec backhaul get ${url}`)
    await eventually('it is fetched', () => origin.bytesSent('/slow.bin') > 0)
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    expect([code, stdout]).toEqual([130, ''])
    const [, id] = /`backhaul get (tsk_\w+)` saves/.exec(stderr)!
    expect(await shell(`backhaul get ${id} -o later.bin`).ended).toMatchObject({ code: 0 })
    expect((await readFile(join(downloads, 'later.bin'))).equals(origin.content('/slow.bin'))).toBe(true)
  })

  test('tells in a sentence that a file cannot be written to its end, and goes on from there', async () => {
    const url = origin.serve('/large.bin', { bytes: 3 * MiB })
    // In blocks of 1 KiB.
    const { code, stdout, stderr } = await shell(`ulimit -f 1024; exec backhaul get ${url} -o large.bin`).ended
    expect([code, stdout]).toEqual([5, ''])
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^backhaul: The file is larger than files may be there \(/)
    expect(await readdir(downloads)).toEqual([expect.stringMatching(/^large\.bin\.tsk_\w+\.part$/)])
    const [, id] = /`backhaul get (tsk_\w+) -o large\.bin` goes on/.exec(stderr)!
    const again = await shell(`backhaul get ${id} -o large.bin --json`).ended
    expect(JSON.parse(again.stdout)).toMatchObject({ taskId: id, bytes: 3 * MiB, resumedAt: MiB })
    expect(await readdir(downloads)).toEqual(['large.bin'])
  })

  test('ends with 1 when the link has expired, and says how to go on with another one', async () => {
    const url = origin.serve('/gone.bin', {
      bytes: 1,
      respond: (_request, response) => void response.writeHead(403).end(),
    })
    const { code, stderr } = await shell(`backhaul get ${url}`).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/If the link has expired, `backhaul retry tsk_\w+ <new URL>`/)
  })

  test('does not mind when its reader has gone', async () => {
    const { stderr } = await shell('set -o pipefail; backhaul --help | head -1').ended
    expect(stderr).toBe('')
  })
})
