import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)

describe.each(['transfer', 'webhooks'])('what is published of %s', (name) => {
  let folder: string
  let built: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `backhaul-published-${name}-`))
    built = join(folder, 'package')
    await run(process.execPath, ['scripts/build-package.ts', name, '--out', built])
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is a package as publint wants it', async () => {
    expect((await publint({ pkgDir: built, strict: true })).messages).toEqual([])
  })

  it('has types that every resolver of ES modules finds', async () => {
    await run('npm', ['pack', built, '--pack-destination', folder], { cwd: folder })
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    const archive = join(folder, `backhaul-${name}-${version}.tgz`)
    const attw = [resolve('node_modules/.bin/attw'), archive, '--profile', 'esm-only', '--no-emoji', '--no-color']
    await run(process.execPath, attw).catch((error: { stdout: string; stderr: string }) => {
      throw new Error(`${error.stdout}${error.stderr}`)
    })
  })
})
