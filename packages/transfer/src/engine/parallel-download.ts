import { type PlannedPart, planParts } from '../bytes/rules/part-plan.ts'
import type { SavedPart } from '../source/rules/range-resume.ts'
import { combineCrc32 } from '../storage/rules/crc-combine.ts'
import { createBackgroundWork } from './background-work.ts'
import { beginGeneration } from './begin-upload.ts'
import { createTransferConnections } from './connection-allowance.ts'
import { type DownloadContext, type StoredBytes, transferOf } from './download-context.ts'
import type { Transfer } from './download-state.ts'
import { askForRun, change, type ParallelDownload, relayResponse } from './fetch-run.ts'
import { createPartWriter } from './part-writer.ts'
import { countReceivedBytes } from './received-bytes.ts'
import { isPaceBinding } from './rules/connection-growth.ts'
import { nextStep } from './rules/next-step.ts'
import { measure, measureEveryMs, startMeter } from './rules/rate-meter.ts'
import { firstRun, startRuns } from './rules/run-state.ts'
import { watchSecondConnection } from './second-connection.ts'
import { finalizeDownload } from './verify-object.ts'

/**
 * Downloads a file of known length whose ranges can be asked for. Bytes go from the origin's sockets straight into storage, part
 * by part, over one connection or several. Nothing is kept in memory; a part that fails is fetched again.
 */
export async function downloadInRanges(context: DownloadContext): Promise<StoredBytes> {
  const { opened, ports } = context
  const total = opened.total!
  let transfer = transferOf(context)
  if (!opened.isContinued) transfer = await beginGeneration(context, transfer, true)
  const parts = await fetchParts(context, transfer, planParts(total, ports.sizes))
  const crc32 = parts.reduce((sum, part) => combineCrc32(sum, part.crc32, part.bytes), 0)
  return { transfer: await finalizeDownload(context, transfer, total, crc32), bytes: total, parts }
}

/**
 * Fetches the parts of `plan` that are not kept, over as many connections as help and are allowed. Resolves with all parts, kept
 * ones included. Throws the origin's TransferError once no connection is left, StorageUnavailable, DownloadSuperseded.
 */
async function fetchParts(
  context: DownloadContext,
  transfer: Transfer,
  plan: readonly PlannedPart[],
): Promise<SavedPart[]> {
  const download = startDownload(context, transfer, plan)
  const { connections, work, saved } = download
  const stopped = AbortSignal.any([context.signal, work.failed])
  let id = 0
  try {
    change(download, { type: 'ask', run: firstRun(download.runs, id) })
    work.track(relayResponse(download, id, context.opened.response))
    for (;;) {
      const means = { allowed: connections.allowed, pending: work.pending() }
      const step = nextStep(download.runs, id + 1, means)
      if (step.do === 'end') return plan.map(({ number }) => saved.get(number)!)
      stopped.throwIfAborted()
      if (step.do === 'giveUp') throw download.lastRefusal
      if (step.do === 'open') {
        id = step.run.id
        work.track(askForRun(download, step.run))
      } else await work.someEnd(measureEveryMs(download.meter))
      await adaptConnections(download)
    }
  } finally {
    download.over.abort()
    for (const response of download.responses.values()) response.discard()
  }
}

function startDownload(context: DownloadContext, transfer: Transfer, plan: readonly PlannedPart[]): ParallelDownload {
  const { opened, kept, progress, digests, ports } = context
  // Digests need the file in order, over one connection, unless the order is broken already.
  const mayGrow = opened.mayAskForMore && (!digests.isWanted || kept.length > 0)
  const work = createBackgroundWork()
  const stored = kept.map(({ number }) => number - 1)
  return {
    context,
    plan,
    mayGrow,
    connections: createTransferConnections(context, { mayGrow, parts: plan.length }),
    writer: createPartWriter(context, transfer),
    received: countReceivedBytes(progress, plan.length),
    work,
    saved: new Map(kept.map((part) => [part.number, part])),
    responses: new Map(),
    runs: startRuns(plan.length, stored),
    meter: startMeter(ports.nowMs()),
    heldBackMs: context.pace?.waitedMs() ?? 0,
    lastRefusal: null,
    second: watchSecondConnection(context, work),
    over: new AbortController(),
  }
}

/** Takes a measurement if it is time for one. Then one more connection may be allowed, or runs end because fewer are. */
async function adaptConnections(download: ParallelDownload): Promise<void> {
  const { context, connections, received } = download
  const { opened, progress, ports } = context
  const before = download.meter.atMs
  const measured = measure(download.meter, ports.nowMs(), received.arrived())
  if (!measured) return
  download.meter = measured.meter
  const isHeldBack = isHeldBackSince(download, before, measured.newest)
  const remainingBytes = opened.total! - progress.bytesReceived
  await connections.measured(measured.newest, download.runs.active.length, remainingBytes, isHeldBack)
  change(download, { type: 'shrink', allowed: connections.allowed })
}

/** Whether the pace bounded the rate since `sinceMs`, the last measurement. */
function isHeldBackSince(download: ParallelDownload, sinceMs: number, bytesPerSecond: number): boolean {
  const { pace } = download.context
  if (!pace?.isLimited()) return false
  const before = download.heldBackMs
  download.heldBackMs = pace.waitedMs()
  const [heldBackMs, elapsedMs] = [download.heldBackMs - before, download.meter.atMs - sinceMs]
  const paceBytesPerSecond = pace.bytesPerSecond()
  return isPaceBinding({ heldBackMs, elapsedMs, isWaiting: pace.isWaiting(), bytesPerSecond, paceBytesPerSecond })
}
