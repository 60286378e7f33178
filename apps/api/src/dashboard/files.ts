import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const folder = new URL('../../../dashboard/dist/', import.meta.url)
const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export interface DashboardFile {
  type: string
  plain: Buffer
  zipped: Buffer
}

/** The built dashboard, by path: the page is `index.html`. */
export type DashboardFiles = ReadonlyMap<string, DashboardFile>

/** Read once, into memory: it is some hundred KiB. Null: the dashboard has not been built. */
export async function readDashboard(): Promise<DashboardFiles | null> {
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!names?.includes('index.html')) return null
  const files = new Map<string, DashboardFile>()
  for (const name of names) {
    const type = name === 'index.html' ? 'text/html; charset=utf-8' : types[extname(name)]
    if (type === undefined) continue
    const plain = await readFile(new URL(name, folder))
    files.set(name, { type, plain, zipped: await promisify(gzip)(plain) })
  }
  return files
}
