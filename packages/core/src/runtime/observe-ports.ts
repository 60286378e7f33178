import type { Source, SourceResponse } from '@backhaul/transfer'
import type { ObjectStore, Writing } from '@backhaul/transfer/storage'
import type { OutgoingDelivery } from '../deliveries/delivery-store.ts'
import type { HintQueue } from '../dispatch/hint-queue.ts'
import type { Replay } from '../idempotency/idempotent-request.ts'
import { type EndedCall, type OnResult, observeCalls } from '../kernel/observe-calls.ts'
import type { Tracing } from '../kernel/tracing.ts'
import type { Instruments } from '../operations/prometheus/instruments.ts'
import type { CreatedTasks } from '../tasks/task-store.ts'
import type { Stores } from './stores.ts'
import { traceCall, traceHops } from './trace-calls.ts'

/*
 * The ports of a process, counted for its metrics and shown in its traces. What uses them knows nothing of it.
 */

/** What a transfer calls again and again as long as it runs: its trace would grow with the file. */
const unendingVerbs: ReadonlySet<string> = new Set(['renewLease', 'recordPart', 'noteResumed'])

const seconds = (ms: number) => ms / 1000
const outcomeOf = (error: unknown) => (error === undefined ? 'ok' : 'failed')

export function observeStores(stores: Stores, metrics: Instruments, tracing: Tracing): Stores {
  const observeLag = (leased: readonly OutgoingDelivery[]) => {
    for (const { attempts, takenAtMs, pendingSinceMs } of leased)
      if (attempts === 1) metrics.deliveryLag.observe(seconds(takenAtMs - pendingSinceMs))
  }
  const counted: { [Room in keyof Stores]?: OnResult<Stores[Room]> } = {
    tasks: { createTasks: (created) => observeGates(created, metrics) },
    dispatch: { claimTasks: ({ leases }) => metrics.claimedTasks.inc(leases.length) },
    transfers: {
      reap: (count) => metrics.reapedTasks.inc(count),
      noteResumed: (_, __, { offset }) => metrics.resumedBytes.inc(offset),
      recordPart: (isOurs) => isOurs && metrics.parts.inc(),
      completeTask(isOurs, _, { file }) {
        metrics.transfers.inc({ outcome: isOurs ? 'completed' : 'lost', error: 'none' })
        if (isOurs) metrics.completedBytes.inc(file.bytes)
      },
      failAttempt(isOurs, _, { retryInMs, errorName }) {
        const outcome = retryInMs === null ? 'failed' : 'retried'
        metrics.transfers.inc({ outcome: isOurs ? outcome : 'lost', error: errorName })
      },
      giveBack: (isOurs) => metrics.transfers.inc({ outcome: isOurs ? 'given_back' : 'lost', error: 'none' }),
    },
    wakes: { openWakes: (count) => metrics.wakes.inc(count) },
    deliveries: {
      leaseNextBatch: observeLag,
      recordBatch(next, { sent }) {
        observeLag(next)
        for (const { answer, durationMs } of sent) {
          const outcome = answer.status === null ? 'none' : `${Math.floor(answer.status / 100)}xx`
          metrics.deliveryAttempts.inc({ outcome })
          metrics.deliveryDuration.observe(seconds(durationMs))
        }
      },
    },
  }
  const observe = <Room extends keyof Stores>(room: Room) =>
    observeCalls<Stores[Room]>(
      stores[room],
      (call) => {
        metrics.queryDuration.observe({ room, outcome: outcomeOf(call.error) }, seconds(call.durationMs))
        if (!unendingVerbs.has(call.verb)) traceCall(tracing, `database ${room}.${call.verb}`, call)
      },
      counted[room] as OnResult<Stores[Room]>,
    )
  const rooms = Object.keys(stores) as (keyof Stores)[]
  return Object.fromEntries(rooms.map((room) => [room, observe(room)])) as unknown as Stores
}

/** Tasks that were created now, not those of a repeated request. */
function observeGates(created: CreatedTasks | Replay, { limiterDelay }: Instruments): void {
  if (!Array.isArray(created)) return
  for (const { gatedUntil, createdAt } of created)
    if (gatedUntil !== null) limiterDelay.observe(seconds(gatedUntil.getTime() - createdAt.getTime()))
}

export function observeObjects(objects: ObjectStore, metrics: Instruments, tracing: Tracing): ObjectStore {
  const ended = (call: EndedCall) => {
    metrics.storageDuration.observe({ operation: call.verb, outcome: outcomeOf(call.error) }, seconds(call.durationMs))
    traceCall(tracing, `storage ${call.verb}`, call)
  }
  const writes = (verb: string, writing: Writing) => {
    const beganAt = performance.now()
    const end = (error: unknown) => ended({ verb, durationMs: performance.now() - beganAt, error })
    writing.stored.then(() => end(undefined), end)
    return writing
  }
  return {
    ...observeCalls(objects, ended),
    openObject: (...given) => writes('openObject', objects.openObject(...given)),
    openPart: (...given) => writes('openPart', objects.openPart(...given)),
  }
}

export function observeSource(source: Source, metrics: Instruments, tracing: Tracing): Source {
  const observeBody = (response: SourceResponse): SourceResponse => {
    let isTraced = false
    const trace = () => {
      if (!isTraced) traceHops(tracing, response.transactions)
      isTraced = true
    }
    return {
      ...response,
      async read(consumer) {
        try {
          await response.read((bytes, release) => {
            metrics.receivedBytes.inc(bytes.byteLength)
            consumer(bytes, release)
          })
        } finally {
          trace()
        }
      },
      discard() {
        response.discard()
        trace()
      },
    }
  }
  return {
    ...source,
    async open(request) {
      try {
        const response = await source.open(request)
        metrics.sourceRequests.inc({ outcome: `${Math.floor(response.status / 100)}xx` })
        return observeBody(response)
      } catch (error) {
        metrics.sourceRequests.inc({ outcome: nameOf(error) })
        throw error
      }
    },
  }
}

export function observeQueue(queue: HintQueue, metrics: Instruments): HintQueue {
  return {
    ...queue,
    consume: ({ task, deliveryLane }, concurrency) =>
      queue.consume(
        {
          deliveryLane,
          async task(lease) {
            metrics.transfersRunning.inc()
            const end = metrics.transferDuration.startTimer()
            try {
              await task(lease)
            } finally {
              end()
              metrics.transfersRunning.dec()
            }
          },
        },
        concurrency,
      ),
  }
}

/** The name that the task would fail with. Anything else that ends a request is an end of its attempt. */
function nameOf(error: unknown): string {
  const { failure } = error as { failure?: string }
  return failure ?? 'aborted'
}
