import { TransferFault } from '../http/rules/transfer-error.ts'
import type { SavedPart } from '../source/rules/range-resume.ts'
import type { SourceResponse } from '../source/source.ts'
import { combineCrc32 } from '../storage/rules/crc-combine.ts'
import { beginGeneration } from './begin-upload.ts'
import { createTransferConnections } from './connection-allowance.ts'
import { type DownloadContext, type StoredBytes, transferOf } from './download-context.ts'
import type { Transfer } from './download-state.ts'
import { createPartWriter } from './part-writer.ts'
import { relayRun } from './relay-range.ts'
import { mayOverlapParts } from './rules/connection-growth.ts'
import { bytesOfRun, type PlannedPart, planParts } from './rules/part-plan.ts'
import { measure, measureEveryMs, startMeter } from './rules/rate-meter.ts'
import {
  type AskedRun,
  changeRuns,
  firstRun,
  furtherRun,
  isComplete,
  type RunEvent,
  startRuns,
} from './rules/run-state.ts'
import { sealDownload } from './verify-object.ts'

/**
 * A file of known length whose ranges can be asked for: bytes go from the origin's sockets straight into storage, part by
 * part, over one connection or several. Nothing is kept in memory; a part that fails is fetched again.
 */
export async function downloadInRanges(context: DownloadContext): Promise<StoredBytes> {
  const { opened, ports } = context
  const total = opened.total!
  let transfer = transferOf(context)
  if (!opened.isContinued) transfer = await beginGeneration(context, transfer, true)
  const parts = await fetchParts(context, transfer, planParts(total, ports.sizes))
  const crc32 = parts.reduce((sum, part) => combineCrc32(sum, part.crc32, part.bytes), 0)
  return { transfer: await sealDownload(context, transfer, total, crc32), bytes: total, parts }
}

/**
 * Fetches the parts of `plan` that are not kept, over as many connections as help and are allowed, and resolves with all of
 * them. Throws what made it impossible: a fault of the origin once no connection is left, StorageUnavailable, DownloadSuperseded.
 */
async function fetchParts(
  context: DownloadContext,
  transfer: Transfer,
  plan: readonly PlannedPart[],
): Promise<SavedPart[]> {
  const { opened, state, kept, signal, progress, asker, digests } = context
  const { nowMs } = context.ports
  // What needs the file in order gets it over one connection, unless the order is broken already.
  const mayGrow = opened.mayAskForMore && (!digests.isWanted || kept.length > 0)
  const connections = createTransferConnections(context, { mayGrow, parts: plan.length })
  const course = { parts: plan.length, attempt: state.attempt }
  const writer = createPartWriter(context, transfer)
  const saved = new Map(kept.map((part) => [part.number, part]))
  const receivedBytes = plan.map(() => 0)
  const responses = new Map<number, SourceResponse>()
  /** Whatever is not a fault of the origin ends it all. */
  const broken = new AbortController()
  let runs = startRuns(
    plan.length,
    kept.map(({ number }) => number - 1),
  )
  let newestRun = 0
  let meter = startMeter(nowMs())
  let arrivedBytes = 0
  /** Runs, connections being opened, and parts that storage has not confirmed. */
  let pending = 0
  /** Why no connection is left. */
  let originFault: TransferFault | null = null
  let isOver = false
  let wake = () => {}

  const change = (event: RunEvent) => {
    runs = changeRuns(runs, event)
  }
  const activeRun = (id: number) => runs.active.find((run) => run.id === id)!
  const track = (promise: Promise<void>) => {
    pending += 1
    promise
      .catch((error: unknown) => broken.abort(error))
      .finally(() => {
        pending -= 1
        wake()
      })
  }
  const forget = (index: number) => {
    progress.bytesReceived -= receivedBytes[index]!
    receivedBytes[index] = 0
  }
  /** A connection is not to be had, or no more: the others go on. */
  const refused = (error: unknown) => {
    if (!(error instanceof TransferFault)) throw error
    connections.refused(runs.active.length)
    if (runs.active.length === 0) originFault = error
  }

  const confirm = async (index: number, stored: Promise<SavedPart | null>) => {
    const part = await stored
    change({ type: part ? 'store' : 'lose', index })
    if (part) saved.set(part.number, part)
    else forget(index)
  }

  const relay = async (id: number, response: SourceResponse) => {
    change({ type: 'start', id })
    responses.set(id, response)
    originFault = null
    // A part of a run goes into storage only when the one before is settled, or the one before that: so a crash costs no
    // more than what is on its way.
    let [beforeLast, last] = [Promise.resolve(), Promise.resolve()]
    try {
      await relayRun(response, activeRun(id).next, {
        plan,
        end: () => activeRun(id).end,
        open(index) {
          const isOverlapping = mayOverlapParts(course, runs.active.length, !mayGrow)
          const ownRate = meter.bytesPerSecond / Math.max(1, runs.active.length)
          return writer.open(plan[index]!, ownRate, isOverlapping ? beforeLast : last)
        },
        onBytes(index, offset, bytes) {
          receivedBytes[index]! += bytes.byteLength
          progress.bytesReceived += bytes.byteLength
          arrivedBytes += bytes.byteLength
          digests.add(offset, bytes)
        },
        onPart(index, writing, crc32) {
          beforeLast = last
          last = confirm(index, writer.confirm(plan[index]!, writing, crc32))
          track(last)
          change({ type: 'advance', id })
        },
      })
      change({ type: 'finish', id })
    } catch (error) {
      const { next, end } = activeRun(id)
      change({ type: 'break', id })
      for (let index = next; index < end; index++) forget(index)
      refused(error)
    } finally {
      responses.delete(id)
    }
  }

  const open = async (run: AskedRun) => {
    change({ type: 'ask', run })
    try {
      const asked = { ...bytesOfRun(plan, run), total: opened.total, validator: opened.validator! }
      const { answer, response } = await asker.askForRange(asked)
      context.transactions.push(...response.transactions)
      if (answer.kind === 'range' && !isOver) return track(relay(run.id, response))
      response.discard()
      throw new TransferFault('networkConnectionLost', 'the origin did not go on with the file that it had begun')
    } catch (error) {
      change({ type: 'refuse', id: run.id })
      refused(error)
    }
  }

  const rest = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, measureEveryMs(meter))
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  try {
    change({ type: 'ask', run: firstRun(runs, newestRun) })
    track(relay(newestRun, opened.response))
    while (!isComplete(runs)) {
      signal.throwIfAborted()
      broken.signal.throwIfAborted()
      if (originFault && pending === 0) throw originFault
      const mayOpen = !originFault && runs.active.length + runs.asked.length < connections.allowed
      const further = mayOpen ? furtherRun(runs, newestRun + 1) : null
      if (further) {
        newestRun = further.id
        track(open(further))
      } else await rest()
      const measured = measure(meter, nowMs(), arrivedBytes)
      if (!measured) continue
      meter = measured.meter
      await connections.measured(measured.newest, runs.active.length, opened.total! - progress.bytesReceived)
      change({ type: 'shrink', allowed: connections.allowed })
    }
    return plan.map(({ number }) => saved.get(number)!)
  } finally {
    isOver = true
    for (const response of responses.values()) response.discard()
  }
}
