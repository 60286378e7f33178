import { TransferFault } from '../http/rules/transfer-error.ts'
import { StorageUnavailable, type Writing } from '../storage/object-store.ts'
import { openHeldWriting } from './buffered-write.ts'
import { createTransferConnections } from './connection-allowance.ts'
import { openWhen } from './deferred-write.ts'
import type { DownloadContext } from './download-context.ts'
import { DownloadSuperseded } from './download-journal.ts'
import type { Transfer } from './download-state.ts'
import { relayRun } from './relay-range.ts'
import { mayOverlapParts } from './rules/connection-growth.ts'
import { bytesOfRun, firstGap, nextRun, type PartState, type PlannedPart, type Run } from './rules/part-plan.ts'
import type { SavedPart } from './rules/range-resume.ts'
import type { SourceResponse } from './source.ts'

/** How often it is measured how quick the transfer is. What the first one says matters least, so it may be short. */
const measureMs = 125
const firstMeasureMs = 40
/** Parts that fail in storage one after the other before the task is given back. */
const maxStorageFailures = 4
/** A part that takes the origin longer is kept in memory until it is there: storage gives up on requests that rest. */
const patientSeconds = 60
/** The rate is taken over so many measurements, ten seconds: when many transfers share a process, each comes in gusts. */
const rateMeasurements = 80

interface ActiveRun extends Run {
  response: SourceResponse
}

/**
 * Fetches the parts of `plan` that are not kept, over as many connections as help and are allowed, and resolves with all of
 * them. Throws what made it impossible: a fault of the origin once no connection is left, StorageUnavailable, DownloadSuperseded.
 */
export async function relayRanges(
  context: DownloadContext,
  transfer: Transfer,
  plan: readonly PlannedPart[],
): Promise<SavedPart[]> {
  const { ports, opened, state, journal, signal, progress, asker, digests } = context
  const { objects, memory, nowMs } = ports
  const states = plan.map((): PartState => 'missing')
  const received = plan.map(() => 0)
  const saved = new Map(context.kept.map((part) => [part.number, part]))
  for (const { number } of context.kept) states[number - 1] = 'stored'
  const runs = new Set<ActiveRun>()
  // What needs the file in order gets it over one connection, unless the order is broken already.
  const mayGrow = opened.mayAskForMore && (!digests.isWanted || context.kept.length > 0)
  const connections = createTransferConnections(context, { mayGrow, parts: plan.length })
  const course = { parts: plan.length, attempt: state.attempt }
  let opening = 0
  /** Runs, connections being opened, and parts that storage has not confirmed. */
  let pending = 0
  let arrivedBytes = 0
  let bytesPerSecond = 0
  let measurements = 0
  /** Why no connection is left. */
  let originFault: TransferFault | null = null
  let storageFailures = 0
  let isPatient = false
  let isOver = false
  let fatal: { error: unknown } | null = null
  let wake = () => {}

  const track = (promise: Promise<void>) => {
    pending += 1
    promise
      .catch((error: unknown) => {
        fatal ??= { error }
      })
      .finally(() => {
        pending -= 1
        wake()
      })
  }

  /** `before`: what is to be settled first. */
  const open = (index: number, before: Promise<void>): Writing => {
    const part = plan[index]!
    const upload = { key: transfer.key, uploadId: transfer.uploadId! }
    const openPart = () => objects.openPart(upload, part, signal)
    const ownRate = bytesPerSecond / Math.max(1, runs.size)
    const isSlow = ownRate > 0 && part.bytes / ownRate > patientSeconds
    return openWhen(before, () =>
      isPatient || isSlow ? openHeldWriting(openPart, part.bytes, memory, signal) : openPart(),
    )
  }

  const lose = (index: number) => {
    states[index] = 'missing'
    progress.bytesReceived -= received[index]!
    received[index] = 0
  }

  const confirm = async (index: number, writing: Writing, crc32: number) => {
    const part = plan[index]!
    try {
      const receipt = await writing.stored
      const row = { ...part, crc32, receipt }
      if (!(await journal.recordPart(transfer.generation, row))) throw new DownloadSuperseded()
      saved.set(part.number, row)
      states[index] = 'stored'
      storageFailures = 0
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error
      isPatient = true
      storageFailures += 1
      if (storageFailures > maxStorageFailures) throw error
      lose(index)
    }
  }

  /** A connection is not to be had, or no more: the others go on. */
  const refused = (error: TransferFault) => {
    connections.refused(runs.size)
    if (runs.size === 0) originFault = error
  }

  const relay = async (run: ActiveRun) => {
    runs.add(run)
    originFault = null
    for (let index = run.next; index < run.end; index++) states[index] = 'underway'
    // A part of a run goes into storage only when the one before is settled, or the one before that: so a crash costs no
    // more than what is on its way.
    let [beforeLast, last] = [Promise.resolve(), Promise.resolve()]
    try {
      await relayRun(run.response, run, {
        plan,
        open: (index) => open(index, mayOverlapParts(course, runs.size, !mayGrow) ? beforeLast : last),
        onBytes(index, offset, bytes) {
          received[index]! += bytes.byteLength
          progress.bytesReceived += bytes.byteLength
          arrivedBytes += bytes.byteLength
          digests.add(offset, bytes)
        },
        onPart(index, writing, crc32) {
          beforeLast = last
          last = confirm(index, writing, crc32)
          track(last)
        },
      })
      runs.delete(run)
    } catch (error) {
      runs.delete(run)
      if (!(error instanceof TransferFault)) throw error
      for (let index = run.next; index < run.end; index++) lose(index)
      refused(error)
    }
  }

  const openRun = async ({ run, from }: { run: Run; from: Run | null }) => {
    opening += 1
    if (from) from.end = run.next
    for (let index = run.next; index < run.end; index++) states[index] = 'underway'
    const giveBack = (error: TransferFault) => {
      // One that has broken, or has come to its end meanwhile, takes nothing back.
      const isAtWork = from !== null && from.next < from.end && [...runs].some((active) => active === from)
      if (isAtWork && from.end === run.next) from.end = run.end
      else for (let index = run.next; index < run.end; index++) states[index] = 'missing'
      refused(error)
    }
    try {
      const asked = { ...bytesOfRun(plan, run), total: opened.total, validator: opened.validator! }
      const { answer, response } = await asker.askForRange(asked)
      context.transactions.push(...response.transactions)
      if (answer.kind === 'range' && !isOver) {
        track(relay({ ...run, response }))
        return
      }
      response.discard()
      giveBack(new TransferFault('networkConnectionLost', 'the origin did not go on with the file that it had begun'))
    } catch (error) {
      if (!(error instanceof TransferFault)) throw error
      giveBack(error)
    } finally {
      opening -= 1
    }
  }

  /** Others want the host too: those runs end that have most to do, behind the part that they are at. */
  const shrink = () => {
    const surplus = Math.max(0, runs.size - connections.allowed)
    for (const run of [...runs].sort((a, b) => b.end - b.next - (a.end - a.next)).slice(0, surplus)) {
      for (let index = run.next + 1; index < run.end; index++) states[index] = 'missing'
      run.end = Math.min(run.end, run.next + 1)
    }
  }

  const rest = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, measurements === 0 ? firstMeasureMs : measureMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  try {
    track(relay({ ...firstGap(states)!, response: opened.response }))
    let measuredAt = nowMs()
    let arrivedBefore = 0
    while (states.some((part) => part !== 'stored')) {
      signal.throwIfAborted()
      if (fatal) throw (fatal as { error: unknown }).error
      if (originFault && pending === 0) throw originFault
      const mayOpen = !originFault && runs.size + opening < connections.allowed
      const next = mayOpen ? nextRun(states, [...runs]) : null
      if (next) track(openRun(next))
      else await rest()
      const now = nowMs()
      if (now - measuredAt < (measurements === 0 ? firstMeasureMs : measureMs)) continue
      const newest = ((arrivedBytes - arrivedBefore) * 1000) / (now - measuredAt)
      measurements += 1
      bytesPerSecond += (newest - bytesPerSecond) / Math.min(measurements, rateMeasurements)
      measuredAt = now
      arrivedBefore = arrivedBytes
      await connections.measured(newest, runs.size, opened.total! - progress.bytesReceived)
      shrink()
    }
    return plan.map(({ number }) => saved.get(number)!)
  } finally {
    isOver = true
    for (const { response } of runs) response.discard()
  }
}
