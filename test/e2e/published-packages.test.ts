import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PackedPackage, packPackage, publishedNames } from './packed-packages.ts'

const run = promisify(execFile)
const KiB = 1024

describe.each(publishedNames)('what is published of %s', (name) => {
  let folder: string
  let packed: PackedPackage
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `backhaul-published-${name}-`))
    packed = await packPackage(name, folder)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is a package as publint wants it', async () => {
    expect((await publint({ pkgDir: packed.built, strict: true })).messages).toEqual([])
  })

  it('is small, and holds nothing that its users do not need', () => {
    const { bytes, unpackedBytes, files } = packed
    const inKiB = (size: number) => `${Math.round(size / KiB)} KiB`
    console.log(`@backhaul/${name}: ${inKiB(bytes)} packed, ${inKiB(unpackedBytes)} unpacked, ${files.length} files`)
    expect(bytes).toBeLessThan(256 * KiB)
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']))
    expect(files.filter((path) => !/\.(js|d\.ts)$|(^|\/)(LICENSE|README\.md|package\.json)$/.test(path))).toEqual([])
  })

  it('has types that every resolver finds, unless there is nothing to import', async () => {
    const manifest = JSON.parse(await readFile(join(packed.built, 'package.json'), 'utf8')) as object
    // The command line is run, so it has no types.
    if (name === 'cli') return expect(Object.keys(manifest)).not.toContain('exports')
    // `transfer` is an ES module only: it needs Node 24, which `require`s those. Without `exports`, a resolver finds the main entry only.
    const profile = name === 'transfer' ? 'esm-only' : 'node16'
    const attw = [resolve('node_modules/.bin/attw'), packed.archive, '--profile', profile, '--no-emoji', '--no-color']
    await run(process.execPath, attw).catch((error: { stdout: string; stderr: string }) => {
      throw new Error(`${error.stdout}${error.stderr}`)
    })
  })
})
