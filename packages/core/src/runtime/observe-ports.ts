import type { Source, SourceResponse } from '@backhaul/transfer'
import type { ObjectStore, Writing } from '@backhaul/transfer/storage'
import type { OutgoingDelivery } from '../deliveries/delivery-store.ts'
import type { HintQueue } from '../dispatch/hint-queue.ts'
import { type OnResult, observeCalls } from '../kernel/observe-calls.ts'
import type { Instruments } from '../operations/prometheus/instruments.ts'
import type { Stores } from './stores.ts'

/*
 * The ports of a process, counted for its metrics. What uses them knows nothing of it.
 */

const seconds = (ms: number) => ms / 1000
const outcomeOf = (error: unknown) => (error === undefined ? 'ok' : 'failed')

export function observeStores(stores: Stores, metrics: Instruments): Stores {
  const observeLag = (leased: readonly OutgoingDelivery[]) => {
    for (const { attempts, takenAtMs, pendingSinceMs } of leased)
      if (attempts === 1) metrics.deliveryLag.observe(seconds(takenAtMs - pendingSinceMs))
  }
  const counted: { [Room in keyof Stores]?: OnResult<Stores[Room]> } = {
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
      ({ durationMs, error }) =>
        metrics.queryDuration.observe({ room, outcome: outcomeOf(error) }, seconds(durationMs)),
      counted[room] as OnResult<Stores[Room]>,
    )
  const rooms = Object.keys(stores) as (keyof Stores)[]
  return Object.fromEntries(rooms.map((room) => [room, observe(room)])) as unknown as Stores
}

export function observeObjects(objects: ObjectStore, metrics: Instruments): ObjectStore {
  const ended = (operation: string, durationMs: number, error: unknown) =>
    metrics.storageDuration.observe({ operation, outcome: outcomeOf(error) }, seconds(durationMs))
  const writes = (operation: string, writing: Writing) => {
    const beganAt = performance.now()
    const end = (error: unknown) => ended(operation, performance.now() - beganAt, error)
    writing.stored.then(() => end(undefined), end)
    return writing
  }
  return {
    ...observeCalls(objects, ({ verb, durationMs, error }) => ended(verb, durationMs, error)),
    openObject: (...given) => writes('openObject', objects.openObject(...given)),
    openPart: (...given) => writes('openPart', objects.openPart(...given)),
  }
}

export function observeSource(source: Source, metrics: Instruments): Source {
  const observeBody = (response: SourceResponse): SourceResponse => ({
    ...response,
    read: (consumer) =>
      response.read((bytes, release) => {
        metrics.receivedBytes.inc(bytes.byteLength)
        consumer(bytes, release)
      }),
  })
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
