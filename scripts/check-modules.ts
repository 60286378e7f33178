/** Runs while the image is built. Fails when its node_modules contain development dependencies or are too large. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** 139 MB when this was written. With Node's image (about 230 MB) the whole stays below 400 MB. */
const maxBytes = 160_000_000

const folder = process.argv[2] ?? '.'
const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean; peer?: boolean }>
}
const unneeded = Object.entries(lock.packages).flatMap(([path, { dev, devOptional, optional, peer }]) =>
  path !== '' && (dev || devOptional || optional || peer) && existsSync(join(folder, path)) ? [path] : [],
)
const modules = join(folder, 'node_modules')
const bytes = readdirSync(modules, { recursive: true, encoding: 'utf8' })
  .map((name) => lstatSync(join(modules, name)))
  .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0)
if (unneeded.length > 0) console.error(`not needed in production, but installed: ${unneeded.join(', ')}`)
if (bytes > maxBytes) console.error(`the modules have ${bytes} bytes, and at most ${maxBytes} are allowed`)
process.exitCode = unneeded.length > 0 || bytes > maxBytes ? 1 : 0
