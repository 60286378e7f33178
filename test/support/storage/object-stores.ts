import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentDisposition } from '#transfer/http/rules/content-disposition.ts'
import { createFileObjects, type FileLinkClaims } from '#transfer/storage/disk/disk-object-store.ts'
import type { ObjectStore } from '#transfer/storage/object-store.ts'
import { createS3Objects } from '#transfer/storage/s3/s3-object-store.ts'
import { testS3 } from '../servers/shared-servers.ts'

/** The response that a client gets through a link. */
interface Served {
  status: number
  body: Buffer
  disposition: string
  mimeType: string
  contentEncoding: string | null
}

/** An object store as the contract suite sees it: two opened on the same data are two processes, or one after a crash. */
export interface Twin {
  name: string
  open(): ObjectStore
  /** Follows a link as a client does; `range` is inclusive. */
  follow(link: string, range?: [from: number, to: number]): Promise<Served>
  dispose(): Promise<void>
}

export async function fileTwin(): Promise<Twin> {
  const directory = await mkdtemp(join(tmpdir(), 'backhaul-objects-'))
  const signLink = (claims: FileLinkClaims) => `/files/${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  const store = createFileObjects({ directory, signLink })
  return {
    name: 'files',
    open: () => createFileObjects({ directory, signLink }),
    follow: async (link, range) => {
      const claims = JSON.parse(Buffer.from(link.slice('/files/'.length), 'base64url').toString()) as FileLinkClaims
      const found = claims.expiresAtMs > Date.now() ? await store.open(claims.key) : null
      const about = {
        disposition: contentDisposition(claims.filename),
        mimeType: claims.mimeType,
        contentEncoding: claims.contentEncoding ?? null,
      }
      if (!found) return { status: 404, body: Buffer.alloc(0), ...about }
      const [from, to] = range ?? [0, found.bytes - 1]
      const file = await open(found.path, 'r')
      const reading = file.read(Buffer.alloc(to - from + 1), 0, to - from + 1, from)
      const { buffer } = await reading.finally(() => file.close())
      return { status: range ? 206 : 200, body: buffer, ...about }
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  }
}

/** Null when servers are left out. */
export async function s3Twin(): Promise<Twin | null> {
  const config = await testS3()
  if (!config) return null
  return {
    name: 's3',
    open: () => createS3Objects(config),
    follow: async (link, range) => {
      const response = await fetch(link, range ? { headers: { Range: `bytes=${range[0]}-${range[1]}` } } : {})
      return {
        status: response.status,
        body: Buffer.from(await response.arrayBuffer()),
        disposition: response.headers.get('content-disposition') ?? '',
        mimeType: response.headers.get('content-type') ?? '',
        contentEncoding: response.headers.get('content-encoding'),
      }
    },
    dispose: async () => {},
  }
}
