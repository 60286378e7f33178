import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** How each of the published packages is built; `--out <folder>` follows. */
const builds = {
  sdk: ['scripts/build-dual-package.ts', 'sdk'],
  webhooks: ['scripts/build-dual-package.ts', 'webhooks'],
  transfer: ['scripts/build-package.ts', 'transfer'],
  cli: ['scripts/build-cli.ts'],
}
export type PublishedName = keyof typeof builds
export const publishedNames = Object.keys(builds) as PublishedName[]

export interface PackedPackage {
  /** Its built form, as it is given to `npm pack`. */
  built: string
  /** The path of its archive, as a registry would keep it. */
  archive: string
  /** Of the archive, and of what it unpacks to. */
  bytes: number
  unpackedBytes: number
  files: string[]
}

/** Builds a package in a folder and packs it there. */
export async function packPackage(name: PublishedName, folder: string): Promise<PackedPackage> {
  const built = join(folder, `built-${name}`)
  await mkdir(folder, { recursive: true })
  await run(process.execPath, [...builds[name], '--out', built])
  const { stdout } = await run('npm', ['pack', built, '--json', '--pack-destination', folder], { cwd: folder })
  const printed = JSON.parse(stdout) as object
  // An array up to npm 11, later an object by name.
  const [entry] = Object.values(printed) as [
    { filename: string; size: number; unpackedSize: number; files: { path: string }[] },
  ]
  return {
    built,
    archive: join(folder, entry.filename),
    bytes: entry.size,
    unpackedBytes: entry.unpackedSize,
    files: entry.files.map(({ path }) => path),
  }
}
