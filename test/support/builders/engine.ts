import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createMemoryBudget } from '#transfer/bytes/memory-budget.ts'
import type { TransferSizes } from '#transfer/bytes/rules/part-size.ts'
import { createEgressGuard } from '#transfer/egress/guard.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { download } from '#transfer/engine/download.ts'
import type { DownloadPorts } from '#transfer/engine/download-context.ts'
import type { DownloadRequest } from '#transfer/engine/download-request.ts'
import type { Progress, StoredFile } from '#transfer/engine/download-state.ts'
import { defaultReconnectPolicy, type ReconnectPolicy } from '#transfer/engine/rules/reconnect-policy.ts'
import { type BufferPool, createBufferPool } from '#transfer/http/buffer-pool.ts'
import type { MinimumRate } from '#transfer/http/idle-timeout.ts'
import type { Pace } from '#transfer/http/pace.ts'
import { TransferError } from '#transfer/http/rules/transfer-error.ts'
import { createHttpSource } from '#transfer/source/http-source.ts'
import { createFileObjects } from '#transfer/storage/disk/disk-object-store.ts'
import type { ObjectStore } from '#transfer/storage/object-store.ts'
import { createMemoryTransfers, type MemoryTransfers } from './memory-transfers.ts'

/** Every connection that breaks ends the attempt. */
export const noReconnect: ReconnectPolicy = {
  ...defaultReconnectPolicy,
  enoughBytes: Number.POSITIVE_INFINITY,
  maxPoor: 0,
}
/** As in production, without the pauses. */
export const quickReconnect: ReconnectPolicy = { ...defaultReconnectPolicy, pauseMs: 1, poorPauseMs: 1, maxPauseMs: 2 }

export interface EngineOptions {
  sizes?: TransferSizes
  reconnect?: ReconnectPolicy
  memoryBytes?: number
  /** The folder of its files. */
  directory?: string
  minimumRate?: MinimumRate
  /** Wraps the object store. */
  around?: (objects: ObjectStore) => ObjectStore
}

/** The real engine: source, guard (loopback allowed), digests, memory budget, files on disk. */
export async function openEngine(options: EngineOptions = {}) {
  const directory = await mkdtemp(join(options.directory ?? tmpdir(), 'backhaul-engine-'))
  const files = createFileObjects({ directory, signLink: () => '' })
  const buffers = countedBuffers()
  const guard = createEgressGuard({
    allowed: parseCidrs('127.0.0.1/32').cidrs,
    lookup: async () => ['127.0.0.1'],
    buffers: buffers.pool,
  })
  const source = createHttpSource(guard, options.minimumRate ? { minimumRate: options.minimumRate } : {})
  const ports: DownloadPorts = {
    objects: options.around?.(files) ?? files,
    source,
    memory: createMemoryBudget(options.memoryBytes),
    ...(options.sizes ? { sizes: options.sizes } : {}),
    ...(options.reconnect ? { reconnect: options.reconnect } : {}),
    nowMs: Date.now,
  }
  return {
    ports,
    files,
    source,
    buffersOut: buffers.out,
    /** Runs one attempt and returns what was stored, or why nothing was. */
    async run(
      transfers: MemoryTransfers,
      { signal = new AbortController().signal, pace }: { signal?: AbortSignal; pace?: Pace } = {},
    ) {
      const attempt = { ...transfers.begin(), progress: newProgress(), signal, ...(pace ? { pace } : {}) }
      return await outcomeOf(download(ports, attempt))
    },
    /** The names of all files below the objects' folder. */
    async objectNames(): Promise<string[]> {
      const entries = await readdir(join(directory, 'objects'), { recursive: true, withFileTypes: true }).catch(
        () => [],
      )
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
    },
    async bytesOf({ file }: StoredFile): Promise<Buffer> {
      const chunks: Uint8Array[] = []
      for await (const chunk of files.read(file.key, new AbortController().signal)) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
    async close() {
      await source.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
export type Engine = Awaited<ReturnType<typeof openEngine>>

/** Closed with the test. */
export async function testEngine(options: EngineOptions = {}): Promise<Engine> {
  const engine = await openEngine(options)
  onTestFinished(() => engine.close())
  return engine
}

export function transfersOf(
  url: string,
  request: Partial<DownloadRequest> = {},
  connections?: (wanted: number) => number,
): MemoryTransfers {
  return createMemoryTransfers(url, request, connections)
}

export const newProgress = (): Progress => ({ bytesReceived: 0, bytesExpected: null, bytesPerSecond: null })

type Outcome = { stored: StoredFile; error: null } | { stored: null; error: TransferError }

/** Failures of the origin only: any other error is internal and fails the test. */
async function outcomeOf(work: Promise<StoredFile>): Promise<Outcome> {
  try {
    return { stored: await work, error: null }
  } catch (error) {
    if (error instanceof TransferError) return { stored: null, error }
    throw error
  }
}

function countedBuffers(): { pool: BufferPool; out(): number } {
  const pool = createBufferPool()
  const out = new Set<Buffer>()
  const lend = <T extends Buffer | null>(buffer: T): T => {
    if (buffer !== null) out.add(buffer)
    return buffer
  }
  return {
    pool: {
      take: () => lend(pool.take()),
      tryTake: () => lend(pool.tryTake()),
      give(buffer) {
        if (!out.delete(buffer)) throw new Error('a buffer came back that was not out')
        pool.give(buffer)
      },
    },
    out: () => out.size,
  }
}
