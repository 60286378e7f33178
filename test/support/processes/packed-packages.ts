import { execFile } from 'node:child_process'
import { mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const builders = {
  sdk: ['scripts/build-dual-package.ts', 'sdk'],
  webhooks: ['scripts/build-dual-package.ts', 'webhooks'],
  cli: ['scripts/build-cli.ts'],
}
type Name = keyof typeof builders

/** Builds packages as they are published, and packs them below a folder: the paths of their archives, in the same order. */
export async function packPackages<const Names extends readonly Name[]>(
  folder: string,
  names: Names,
): Promise<{ [Index in keyof Names]: string }> {
  const archives: string[] = []
  for (const name of names) {
    const place = await mkdtemp(join(folder, `${name}-`))
    const built = join(place, 'built')
    await run(process.execPath, [...builders[name], '--out', built], { cwd: root })
    await run('npm', ['pack', built, '--pack-destination', place], { cwd: place })
    const [archive] = (await readdir(place)).filter((file) => file.endsWith('.tgz'))
    archives.push(join(place, archive!))
  }
  return archives as { [Index in keyof Names]: string }
}
