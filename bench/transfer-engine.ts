/** A part of bench/transfer.ts: one file through the transfer engine and nothing else: no database, queue or API. */
import { join } from 'node:path'
import { defaultConfiguration } from '#core/sessions/rules/session.ts'
import { createMemoryBudget } from '#transfer/bytes/memory-budget.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { download } from '#transfer/engine/download.ts'
import type { DownloadJournal } from '#transfer/engine/download-journal.ts'
import { type DownloadRequest, requestFor } from '#transfer/engine/download-request.ts'
import type { DownloadState } from '#transfer/engine/download-state.ts'
import { createHttpSource } from '#transfer/source/http-source.ts'
import { createFileObjects } from '#transfer/storage/disk/disk-object-store.ts'
import type { ObjectStore } from '#transfer/storage/object-store.ts'
import type { S3Config } from '#transfer/storage/s3/config.ts'
import { createS3Objects } from '#transfer/storage/s3/s3-object-store.ts'
import { givenInput, reportWork } from './own-child.ts'

export interface EngineInput {
  url: string
  /** Becomes part of the key: `<name>/tasks/<name>/1`. */
  name: string
  to: { s3: S3Config } | { directory: string }
  /** Hex, to have it checked. */
  sha256?: string
}
export const engineKey = (name: string): string => `${name}/tasks/${name}/1`
export const engineFile = (directory: string, name: string): string => join(directory, 'objects', engineKey(name))

async function main({ url, name, to, sha256 }: EngineInput): Promise<void> {
  const objects: ObjectStore =
    's3' in to ? createS3Objects(to.s3) : createFileObjects({ directory: to.directory, signLink: () => '' })
  const source = createHttpSource(createEgressGuard({ allowed: parseCidrs('127.0.0.0/8').cidrs }))
  const state: DownloadState = { attempt: 1, transfer: null, parts: [], response: null, currentUrl: null }
  // The first upload of a process tests once which checksums storage compares; a worker pays that once too.
  if ('s3' in to) await objects.abort(await objects.begin({ key: engineKey('first'), mimeType: 'text/plain' }))
  await reportWork(async () => {
    const ports = { objects, source, memory: createMemoryBudget(), nowMs: Date.now }
    const stored = await download(ports, {
      request: requestOf({ url, name, ...(sha256 === undefined ? {} : { sha256 }) }),
      state,
      journal: agreeable,
      progress: { bytesReceived: 0, bytesExpected: null, bytesPerSecond: null },
      signal: new AbortController().signal,
    })
    if (stored.file.key !== engineKey(name)) throw new Error(`it is at ${stored.file.key}`)
  })
  await objects.close()
}

/** The journal of a download without interruptions: each write succeeds. */
const agreeable: DownloadJournal = {
  noteResumed: async () => {},
  startGeneration: async () => true,
  recordUpload: async () => true,
  noteSecondRefused: async () => {},
  useConnections: async (wanted) => Math.min(wanted, defaultConfiguration.httpMaximumConnectionsPerHost),
  recordPart: async () => true,
  finalize: async () => true,
}

function requestOf({ url, name, sha256 }: Omit<EngineInput, 'to'>): DownloadRequest {
  const expected = sha256 === undefined ? null : { sha256 }
  return requestFor({ url, connectionScope: name, key: engineKey(name), expected })
}

if (process.argv[1] === import.meta.filename) await main(givenInput<EngineInput>())
