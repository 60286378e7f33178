import { openRelay, type RelayTarget } from '../bytes/relay-range.ts'
import { bytesOfRun, type PlannedPart } from '../bytes/rules/part-plan.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import { AttemptFailure } from '../source/rules/attempt-failure.ts'
import type { SavedPart } from '../source/rules/range-resume.ts'
import type { SourceResponse } from '../source/source.ts'
import type { BackgroundWork } from './background-work.ts'
import type { TransferConnections } from './connection-allowance.ts'
import type { DownloadContext } from './download-context.ts'
import type { PartWriter } from './part-writer.ts'
import type { ReceivedBytes } from './received-bytes.ts'
import { createReconnector } from './reconnect.ts'
import { mayOverlapParts, refusesConnection } from './rules/connection-growth.ts'
import { type RateMeter, rateOfEach } from './rules/rate-meter.ts'
import { type AskedRun, activeRun, changeRuns, type RunEvent, type RunState } from './rules/run-state.ts'
import type { SecondConnection } from './second-connection.ts'

/** A download in ranges: the values that its loop and the runs on its connections share. */
export interface ParallelDownload {
  readonly context: DownloadContext
  readonly plan: readonly PlannedPart[]
  /** False: it keeps to one connection. */
  readonly mayGrow: boolean
  readonly connections: TransferConnections
  readonly writer: PartWriter
  readonly received: ReceivedBytes
  readonly work: BackgroundWork
  /** Stored parts, kept ones included, by number. */
  readonly saved: Map<number, SavedPart>
  /** The responses that are being read, by run. */
  readonly responses: Map<number, SourceResponse>
  runs: RunState
  meter: RateMeter
  /** How long the pace had held the download back until the last measurement. Milliseconds. */
  heldBackMs: number
  /** Why the last connection was lost or refused. */
  lastRefusal: TransferError | null
  readonly second: SecondConnection
  /** Aborted at the end: a response that comes from then on is discarded. */
  readonly over: AbortController
}

export function change(download: ParallelDownload, event: RunEvent): void {
  download.runs = changeRuns(download.runs, event)
}

/** Opens a connection for a run and starts to relay it. Throws every error that is not the origin's. */
export async function askForRun(download: ParallelDownload, run: AskedRun): Promise<void> {
  const { context, plan, work, second } = download
  const { opened, asker } = context
  change(download, { type: 'ask', run })
  try {
    const asked = { ...bytesOfRun(plan, run), total: opened.total, validator: opened.validator! }
    const { meaning, response } = await asker.askForRange(asked)
    if (meaning.kind === 'range' && !download.over.signal.aborted)
      return work.track(relayResponse(download, run.id, response))
    response.discard()
    if (meaning.kind === 'busy') second.wasRefused(download.runs.active.length, response.transactions)
    throw new TransferError('networkConnectionLost', 'the origin did not go on with the file that it had begun')
  } catch (error) {
    if (error instanceof AttemptFailure && refusesConnection(error.failure))
      second.wasRefused(download.runs.active.length, error.transactions)
    change(download, { type: 'refuse', id: run.id })
    noteRefusal(download, error)
  }
}

/**
 * Relays the bytes of run `id`, which was asked for, until it ends or breaks for good. As long as connections bring bytes, the part
 * that has begun goes on over the next one. Throws every error that is not the origin's.
 */
export async function relayResponse(download: ParallelDownload, id: number, first: SourceResponse): Promise<void> {
  const { context, plan, responses, received, second } = download
  const { total, validator } = context.opened
  change(download, { type: 'start', id })
  second.began(download.runs.active.length)
  const relay = openRelay(activeRun(download.runs, id).next, targetOf(download, id))
  const stopped = AbortSignal.any([context.signal, download.over.signal])
  const reconnector = createReconnector(context, stopped)
  let response = first
  let { end } = activeRun(download.runs, id)
  const missing = () => {
    end = activeRun(download.runs, id).end
    return { ...bytesOfRun(plan, activeRun(download.runs, id)), from: relay.position(), total, validator: validator! }
  }
  try {
    for (;;) {
      const from = relay.position()
      responses.set(id, response)
      try {
        await relay.read(response, end)
        return change(download, { type: 'finish', id })
      } catch (error) {
        // An abort, or a response that is discarded, says nothing of the host.
        const isLost = !stopped.aborted && error instanceof TransferError && refusesConnection(error.failure)
        if (isLost && second.wasLost(download.runs.active.length, response.transactions)) throw error
        // Each connection fills its buffers, which must not add up while storage is slow.
        await relay.released(stopped)
        ;({ response } = await reconnector.after(error, relay.position() - from, missing))
      }
    }
  } catch (error) {
    relay.abort()
    const { next, end } = activeRun(download.runs, id)
    change(download, { type: 'break', id })
    received.forget(next, end)
    noteRefusal(download, error)
  } finally {
    responses.delete(id)
  }
}

/** Sends the bytes of a run into storage, part by part, and into the digests. */
function targetOf(download: ParallelDownload, id: number): RelayTarget {
  const { context, plan, mayGrow, writer, received, work } = download
  const profile = { parts: plan.length, attempt: context.state.attempt }
  // A part of a run goes into storage only when the part before it is settled, or the one before that, so that a crash costs
  // only the parts on their way.
  let [beforeLast, last] = [Promise.resolve(), Promise.resolve()]
  return {
    plan,
    end: () => activeRun(download.runs, id).end,
    open(index) {
      const connections = download.runs.active.length
      const isOverlapping = mayOverlapParts(profile, connections, !mayGrow)
      const ownRate = rateOfEach(download.meter, connections)
      return writer.open(plan[index]!, ownRate, isOverlapping ? beforeLast : last)
    },
    onBytes(index, offset, bytes) {
      received.add(index, bytes.byteLength)
      context.digests.add(offset, bytes)
    },
    onPart(index, writing, crc32) {
      beforeLast = last
      last = settlePart(download, index, writer.confirm(plan[index]!, writing, crc32))
      work.track(last)
      change(download, { type: 'advance', id })
    },
  }
}

async function settlePart(download: ParallelDownload, index: number, stored: Promise<SavedPart | null>): Promise<void> {
  const part = await stored
  change(download, { type: part ? 'store' : 'lose', index })
  if (part) download.saved.set(part.number, part)
  else download.received.forget(index, index + 1)
}

/** A connection was refused or lost. The others continue. */
function noteRefusal(download: ParallelDownload, error: unknown): void {
  if (!(error instanceof TransferError)) throw error
  download.connections.refused(download.runs.active.length)
  download.lastRefusal = error
}
