import { onTestFinished } from 'vitest'
import { openAnnouncer } from '#core/database/listen.ts'
import { openHintQueue } from '#core/dispatch/bullmq/hint-queue.ts'
import { type DispatchPorts, dispatch } from '#core/dispatch/dispatcher.ts'
import type { HintQueue } from '#core/dispatch/hint-queue.ts'
import type { StoreBuilder } from './store-builder.ts'

type Handlers = Parameters<HintQueue['consume']>[0]

/** What a test gives instead of a worker's. */
interface Parts
  extends Partial<Pick<DispatchPorts, 'chores' | 'cameRound' | 'couldClaim' | 'log' | 'onDeliveryLaneSent'>> {
  stores?: Partial<DispatchPorts['stores']>
  task?: Handlers['task']
  deliveryLane?: Handlers['deliveryLane']
}

const log = { info() {}, warn() {}, error() {} }

/**
 * A dispatcher of one slot with a queue on the builder's database and a consumer of its hints. The test's end stops it;
 * `stop` does so earlier, and resolves when it has ended.
 */
export async function startDispatcher(builder: StoreBuilder, parts: Parts = {}): Promise<{ stop(): Promise<void> }> {
  const databaseUrl = builder.connectionString
  const announcer = await openAnnouncer(databaseUrl, log)
  const queue = await openHintQueue({ databaseUrl }, log)
  const stopping = new AbortController()
  const { task = async () => {}, deliveryLane = async () => {} } = parts
  const consumer = queue.consume({ task, deliveryLane }, { tasks: 1, deliveryLanes: 8 })
  const ports: DispatchPorts = {
    queue,
    announcer,
    log,
    chores: { before: [], after: [] },
    nowMs: Date.now,
    workerId: 'wrk_test',
    running: () => 0,
    takesTasks: () => true,
    cameRound() {},
    couldClaim() {},
    onSlotFreed() {},
    onDeliveryLaneSent() {},
    ...parts,
    stores: { ...builder.stores, ...parts.stores },
  }
  const dispatching = dispatch(ports, { regular: 1, reserve: 0 }, stopping.signal)
  const stop = () => {
    stopping.abort()
    return dispatching
  }
  onTestFinished(async () => {
    stopping.abort()
    await consumer.stop()
    await dispatching
    await queue.close()
    await announcer.close()
  })
  return { stop }
}
