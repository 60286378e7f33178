import { grow, startGrowth } from '../domain/connection-growth.ts'
import { firstGap, nextRun, type PartState, type PlannedPart, type Run } from '../domain/range-plan.ts'
import type { SavedPart } from '../domain/resume.ts'
import { TransferFault } from '../domain/task-error.ts'
import { openWhen } from './deferred-writing.ts'
import { openHeldWriting } from './held-writing.ts'
import { Interruption } from './interruption.ts'
import { type SourceResponse, StorageUnavailable, type Writing } from './ports.ts'
import { relayRun } from './relay-run.ts'
import type { TransferWork } from './transfer-work.ts'
import type { Transfer } from './worker-stores.ts'

/** How often it is measured whether another connection would help. */
const measureMs = 250
/** How often it is asked whether the connections may be kept. */
const askEveryMs = 1_000
/** Parts that fail in storage one after the other before the task is given back. */
const maxStorageFailures = 4
/** A part that takes the origin longer is kept in memory until it is there: storage gives up on requests that rest. */
const patientSeconds = 10

interface ActiveRun extends Run {
  response: SourceResponse
}

/**
 * Fetches the parts of `plan` that are not kept, over as many connections as help and are allowed, and resolves with all of
 * them. Throws what made it impossible: a fault of the origin once no connection is left, StorageUnavailable, Interruption.
 */
export function createRangeRelay(work: TransferWork, transfer: Transfer, plan: readonly PlannedPart[]) {
  const { ports, opened, lease, signal, progress, asker, digests } = work
  const { store, objects, memory, nowMs } = ports
  const states = plan.map((): PartState => 'missing')
  const received = plan.map(() => 0)
  const saved = new Map<number, SavedPart>()
  for (const part of work.kept) {
    states[part.number - 1] = 'stored'
    saved.set(part.number, part)
  }
  const runs = new Set<ActiveRun>()
  let opening = 0
  /** Runs, connections being opened, and parts that storage has not confirmed. */
  let pending = 0
  let connections = 1
  let growth = startGrowth
  /** Bytes that have come in this epoch, for measuring. */
  let arrived = 0
  let bytesPerSecond = 0
  /** Why the last connection was lost, while there is no other one. */
  let originFault: unknown = null
  let storageFailures = 0
  let isPatient = false
  let fatal: { error: unknown } | null = null
  /** Whoever is still opening a connection comes too late. */
  let isOver = false
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

  /** A part of a run goes into storage only when the one before is settled: a crash costs no more than what is on its way. */
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
      if (!(await store.recordPart(lease, transfer.generation, row))) throw new Interruption('lost')
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

  const relay = async (run: ActiveRun) => {
    runs.add(run)
    originFault = null
    for (let index = run.next; index < run.end; index++) states[index] = 'underway'
    let before = Promise.resolve()
    try {
      await relayRun(run.response, run, {
        plan,
        digests: ports.digests,
        open: (index) => open(index, before),
        onBytes(index, offset, bytes) {
          received[index]! += bytes.byteLength
          progress.bytesReceived += bytes.byteLength
          arrived += bytes.byteLength
          digests.add(offset, bytes)
        },
        onPart(index, writing, crc32) {
          before = confirm(index, writing, crc32)
          track(before)
        },
      })
    } catch (error) {
      if (!(error instanceof TransferFault)) throw error
      for (let index = run.next; index < run.end; index++) lose(index)
      runs.delete(run)
      refuse(error)
    } finally {
      runs.delete(run)
      wake()
    }
  }

  /**
   * The origin does not want another connection, or has dropped one: the others go on and take over, and no more are asked
   * for. When it was the last one, that is the end.
   */
  const refuse = (error: unknown) => {
    if (runs.size === 0) originFault = error
    growth = { ...growth, settled: true }
    connections = Math.max(1, runs.size)
  }

  const openRun = async ({ run, from }: { run: Run; from: Run | null }) => {
    if (from) from.end = run.next
    for (let index = run.next; index < run.end; index++) states[index] = 'underway'
    opening += 1
    const giveUp = (error: unknown) => {
      // One that has come to its end meanwhile takes nothing back.
      if (from && from.next < from.end && from.end === run.next) from.end = run.end
      else for (let index = run.next; index < run.end; index++) states[index] = 'missing'
      refuse(error)
    }
    const last = plan[run.end - 1]!
    const asked = {
      from: plan[run.next]!.offset,
      last: last.offset + last.bytes - 1,
      total: opened.total,
      validator: opened.validator!,
    }
    try {
      const { answer, response } = await asker.askForRange(asked)
      work.transactions.push(...response.transactions)
      if (isOver) return response.discard()
      if (answer.kind === 'range') return track(relay({ ...run, response }))
      response.discard()
      giveUp(new TransferFault('networkConnectionLost', 'the origin did not go on with the file that it had begun'))
    } catch (error) {
      if (!(error instanceof TransferFault)) throw error
      giveUp(error)
    } finally {
      opening -= 1
    }
  }

  /** Others want the host too: those connections end that have most to do, behind the part that they are at. */
  const shrink = () => {
    const surplus = Math.max(0, runs.size - connections)
    const longest = [...runs].sort((a, b) => b.end - b.next - (a.end - a.next)).slice(0, surplus)
    for (const run of longest) {
      for (let index = run.next + 1; index < run.end; index++) states[index] = 'missing'
      run.end = Math.min(run.end, run.next + 1)
    }
  }

  const mayGrow = opened.mayAskForMore && (!digests.isWanted || work.kept.length > 0)

  const measure = async (rate: number) => {
    bytesPerSecond = rate
    const remaining = opened.total! - progress.bytesReceived
    if (!mayGrow || runs.size < connections) return
    const { add, growth: grown } = grow(growth, {
      bytesPerSecond: rate,
      remainingSeconds: remaining / rate,
      parts: plan.length,
    })
    if (!add) {
      growth = grown
      return
    }
    const granted = await allowed(connections + 1)
    if (granted <= connections) return
    growth = grown
    connections = granted
  }

  const allowed = async (wanted: number) => {
    const granted = await store.useConnections(lease, wanted)
    if (granted === null) throw new Interruption('lost')
    return granted
  }

  return {
    async run(): Promise<SavedPart[]> {
      const first = firstGap(states)!
      track(relay({ ...first, response: opened.response }))
      let measuredAt = nowMs()
      let askedAt = measuredAt
      let arrivedBefore = 0
      try {
        while (states.some((state) => state !== 'stored')) {
          signal.throwIfAborted()
          if (fatal) throw (fatal as { error: unknown }).error
          if (pending === 0 && originFault) throw originFault
          const hasLost = originFault !== null && runs.size === 0
          const next = !hasLost && runs.size + opening < connections ? nextRun(states, [...runs]) : null
          if (next) {
            track(openRun(next))
            continue
          }
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, measureMs)
            wake = () => {
              clearTimeout(timer)
              resolve()
            }
          })
          const now = nowMs()
          if (now - measuredAt < measureMs) continue
          await measure(((arrived - arrivedBefore) * 1000) / (now - measuredAt))
          measuredAt = now
          arrivedBefore = arrived
          if (connections > 1 && now - askedAt >= askEveryMs) {
            askedAt = now
            connections = Math.min(connections, await allowed(connections))
            shrink()
          }
        }
        return plan.map(({ number }) => saved.get(number)!)
      } finally {
        isOver = true
        for (const { response } of runs) response.discard()
      }
    },
  }
}
