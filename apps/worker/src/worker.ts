import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createBandwidth,
  createClaimWatch,
  createClockWatch,
  createWorkerRecord,
  dispatch,
  dispatchChores,
  overHttp,
  type Runtime,
  runTransfer,
  type Started,
  sendDeliveryLane,
} from '@backhaul/core'

/** Delivery lanes sent at once; a delivery lane is one session's deliveries, in order. */
const laneConcurrency = 32
/** Slots beyond WORKER_CONCURRENCY for tenants that have nothing in flight, as a share of it. */
const reserveShare = 0.25
/** The wait for the dispatcher at shutdown (ms). Without the database its query may hang, and it holds nothing that must be released. */
const shutdownGraceMs = 2_000

/**
 * Runs dispatcher, transfers and deliveries on a runtime. Any number of workers may share one database. `cameRound` is called
 * after each round of the dispatcher, at least about once a second.
 */
export function startWorker(runtime: Runtime, cameRound = () => {}): Required<Started> & { workerId: string } {
  const { config, log, queue, stores } = runtime
  const stopping = new AbortController()
  const workerId = runtime.mint.id('wrk')
  const workerSlots = { regular: config.workerConcurrency, reserve: Math.ceil(config.workerConcurrency * reserveShare) }
  const bandwidth = createBandwidth({ ...runtime, workerId })
  const clock = createClockWatch(log)
  const send = overHttp(runtime.sender)
  const slots = workerSlots.regular + workerSlots.reserve
  const record = createWorkerRecord(runtime, { id: workerId, host: hostname(), slots }, () => consumer.leaveTasks())
  const claims = createClaimWatch()
  let slotFreed = () => {}
  let laneSent = () => {}
  const consumer = queue.consume(
    {
      async task(lease) {
        // A hint that was already on its way here.
        if (record.draining()) return void (await stores.transfers.giveBack(lease, 0))
        await record
          .running(() => runTransfer({ ...runtime, workerId, bandwidth }, lease, stopping.signal))
          .finally(() => slotFreed())
      },
      async deliveryLane(lane) {
        if (await sendDeliveryLane({ ...runtime, clock, send }, lane, stopping.signal)) laneSent()
      },
    },
    { tasks: slots, deliveryLanes: laneConcurrency },
  )
  const dispatching = dispatch(
    {
      ...runtime,
      workerId,
      chores: dispatchChores(runtime, { workerId, workerSlots, report: record.report }),
      running: record.countRunning,
      takesTasks: () => record.draining() === null,
      cameRound,
      couldClaim: claims.couldClaim,
      onSlotFreed: (listener) => {
        slotFreed = listener
      },
      onDeliveryLaneSent: (listener) => {
        laneSent = listener
      },
    },
    workerSlots,
    stopping.signal,
  )
  log.info({ event: 'worker.started', workerId, concurrency: config.workerConcurrency }, 'worker started')
  return {
    workerId,
    worker: { draining: record.draining, standsStill: claims.standsStill },
    async stop() {
      stopping.abort()
      await consumer.stop()
      await Promise.race([bandwidth.stop(), sleep(shutdownGraceMs, undefined, { ref: false })])
      // Behind the dispatcher, which reports.
      const withdrawn = dispatching.then(record.withdraw).catch(() => {})
      await Promise.race([withdrawn, sleep(shutdownGraceMs, undefined, { ref: false })])
    },
  }
}
