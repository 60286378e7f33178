import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RawRequest, startRawOrigin } from '#support/origins/raw-origin.ts'

const run = promisify(execFile)
const readme = await readFile(new URL('../../packages/transfer/README.md', import.meta.url), 'utf8')
const [program] = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!)
let project: string
let installed: string

/** As in a user's project: below node_modules, where Node strips no types, beside nothing but what it depends on. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'backhaul-transfer-'))
  installed = join(project, 'node_modules/@backhaul/transfer')
  await mkdir(installed, { recursive: true })
  await writeFile(join(project, 'package.json'), '{ "type": "module" }')
  await run(process.execPath, ['scripts/build-package.ts', 'transfer', '--out', installed])
  for (const name of ['@aws-sdk', 'hash-wasm', 'tough-cookie', '@types'])
    await symlink(resolve('node_modules', name), join(project, 'node_modules', name))
  await writeFile(join(project, 'fetch.ts'), program!)
})
afterAll(() => rm(project, { recursive: true, force: true }))

const MiB = 1024 * 1024
const body = Buffer.alloc(24 * MiB, 'The bytes of a file. ')

/** Gives what is asked for. For as long as it `fails`, it breaks off the first response, and gives nothing any more. */
async function startBreakingOrigin() {
  let fails = true
  const ranges: (string | undefined)[] = []
  const origin = await startRawOrigin(({ headers }: RawRequest) => {
    ranges.push(headers.range)
    if (fails && ranges.length > 1) return Buffer.alloc(0)
    const [, first = '0', last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
    const [from, to] = [Number(first), last ? Number(last) : body.length - 1]
    const head = [
      headers.range ? 'HTTP/1.1 206 Partial Content' : 'HTTP/1.1 200 OK',
      `Content-Length: ${to - from + 1}`,
      'ETag: "v1"',
      'Accept-Ranges: bytes',
      'Connection: close',
      ...(headers.range ? [`Content-Range: bytes ${from}-${to}/${body.length}`] : []),
    ]
    const bytes = body.subarray(from, fails ? from + 13 * MiB : to + 1)
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
  })
  return { origin, ranges, mend: () => (fails = false) }
}

test('the program of the README, with nothing but the built package, goes on after an interruption', async () => {
  const { origin, ranges, mend } = await startBreakingOrigin()
  const env = { URL_TO_FETCH: origin.url(), ALLOWED: '127.0.0.1/32' }
  const fetchIt = () => run(process.execPath, ['fetch.ts'], { cwd: project, env })
  try {
    await expect(fetchIt()).rejects.toThrow('networkConnectionLost')
    const { parts } = JSON.parse(await readFile(join(project, 'data/disk.json'), 'utf8')) as { parts: unknown[] }
    expect(parts.length).toBeGreaterThan(0)
    mend()
    ranges.length = 0
    const { stdout } = await fetchIt()
    expect(stdout).toMatch(/^disk downloads\/file 25165824 /)
    expect(ranges[0]).toMatch(/^bytes=[1-9]/)
    expect((await readFile(join(project, 'data/objects/downloads/file'))).equals(body)).toBe(true)
    expect(await readdir(join(project, 'data'))).toEqual(['objects', 'uploads'])
    expect(await readdir(join(project, 'data/uploads'))).toEqual([])
  } finally {
    await origin.close()
  }
})

test('the program of the README fits the types of the built package', async () => {
  const tsconfig = { extends: resolve('tsconfig.base.json'), include: ['*.ts'] }
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(tsconfig))
  await run(resolve('node_modules/.bin/tsc'), ['-p', project]).catch((error: { stdout: string }) => {
    throw new Error(error.stdout)
  })
})

test('the built package holds no TypeScript but declarations, its README and licence', async () => {
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>
  expect(Object.keys(manifest)).not.toContain('private')
  const files = await readdir(installed, { recursive: true, withFileTypes: true })
  const names = files.filter((file) => file.isFile()).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'index.js', 'index.d.ts']))
  expect(names.filter((name) => !/\.(js|d\.ts|md)$|^LICENSE$|^package\.json$/.test(name))).toEqual([])
})
