import type { DeliveryLane, DeliveryStore } from '../deliveries/delivery-store.ts'
import { type DeliveryPorts, sendDeliveryLane } from '../deliveries/send-delivery-lane.ts'
import type { Announcer } from '../kernel/announcer.ts'
import { createClockWatch } from '../kernel/clock-skew.ts'
import { coalesce } from '../kernel/coalesce.ts'
import type { Mint } from '../kernel/ids.ts'
import { AppError, notFound } from '../kernel/rules/errors.ts'
import type { Principal } from '../keys/key-store.ts'
import type { KeyWatch } from '../keys/watch-keys.ts'
import { requireRoom } from '../limits/rules/quota.ts'
import type { ConnectionEnd, ConnectionStore, KeptConnection } from './connection-store.ts'
import { createPendingAnswers } from './pending-answers.ts'
import { createReceiverConnection, type ReceiverConnection } from './receiver-connection.ts'
import { createStreamSender } from './stream-sender.ts'

interface ConnectionHubPorts extends Omit<DeliveryPorts, 'stores' | 'send' | 'clock'> {
  stores: { deliveries: DeliveryStore; listen: ConnectionStore }
  announcer: Announcer
  keyWatch: KeyWatch
  mint: Pick<Mint, 'id'>
}

const fullRetryAfterSeconds = 10
const lanesPerConnection = 4
/**
 * Finds what no announcement reported: answers whose announcement was lost, retries that have come due, another
 * connection elsewhere.
 */
const lookEveryMs = 1_000
/** A connection that takes nothing for so long is closed; nothing is lost, it is sent again over the next one. */
const untakenLimitMs = 60_000
const closeGraceMs = 1_000

export interface OpenedConnection {
  frames: ReceiverConnection['frames']
  /** Aborted when the receiver takes nothing and its connection is to be dropped. */
  cut: AbortSignal
  /** The connection is closed. Harmless when said again. */
  closed(): void
}

export interface ConnectionHub {
  /**
   * Sends the deliveries of the tenant's stream endpoint over this connection from now on. Throws `not_found`,
   * `endpoint_not_a_stream`, `endpoint_disabled`, `quota_exceeded`, `unavailable` (the process is stopping).
   */
  open(who: Principal, endpointId: string): Promise<OpenedConnection>
  /** Open connections of the tenant. */
  countOf(tenantId: string): number
  /** Resolves when nothing is in hand any more: soon after the process has begun to stop. */
  settled(): Promise<void>
}

interface Receiver extends KeptConnection {
  tenantId: string
  connection: ReceiverConnection
  cut: AbortController
  lost: AbortController
  lanes: Set<string>
}

/** All connections of this process over which deliveries go. Nothing runs while there is none. */
export function createConnectionHub(ports: ConnectionHubPorts, stopping: AbortSignal): ConnectionHub {
  const { stores, announcer, keyWatch, mint, log, nowMs } = ports
  const receivers = new Map<string, Receiver>()
  const waits = createPendingAnswers(announcer)
  const clock = createClockWatch(log)
  const running = new Set<Promise<void>>()
  let stopWatching: (() => void) | null = null

  const end = (receiver: Receiver, reason?: ConnectionEnd) => {
    receiver.connection.end(reason)
    if (reason === 'replaced') receiver.lost.abort()
  }
  const open = () => [...receivers.values()].filter(({ connection }) => connection.isOpen())

  const run = async (receiver: Receiver, lane: DeliveryLane, key: string) => {
    receiver.lanes.add(key)
    try {
      const over = createStreamSender(
        { stores, waits },
        receiver.connectionId,
        receiver.connection,
        receiver.lost.signal,
      )
      // A delivery lane that may not be sent yet stays due: not at once again.
      if (await sendDeliveryLane({ ...ports, clock, ...over }, lane, stopping)) handOutOne()
    } catch (error) {
      // The next look finds the rest.
      log.warn(
        { event: 'delivery_stream.lane_failed', error, endpointId: lane.endpointId },
        'sending a delivery lane over its connection failed',
      )
    } finally {
      receiver.lanes.delete(key)
    }
  }
  const handOut = async () => {
    const free = open().filter(({ lanes }) => lanes.size < lanesPerConnection)
    if (free.length === 0 || stopping.aborted) return
    const due = await stores.listen.listDueStreamDeliveryLanes(free.map(({ endpointId }) => endpointId))
    for (const lane of due) {
      const receiver = free.find(({ endpointId }) => endpointId === lane.endpointId)
      const key = `${lane.sessionId} ${lane.endpointId}`
      if (!receiver || receiver.lanes.has(key) || receiver.lanes.size >= lanesPerConnection) continue
      const sent: Promise<void> = run(receiver, lane, key).finally(() => running.delete(sent))
      running.add(sent)
    }
  }
  const look = async () => {
    const asked = open()
    const ended = await stores.listen.findEndedConnections(asked)
    for (const receiver of asked) {
      const reason = ended.get(receiver.connectionId)
      if (reason !== undefined) end(receiver, reason)
    }
    for (const { connection, cut } of receivers.values())
      if (connection.untakenMs() > (connection.isOpen() ? untakenLimitMs : closeGraceMs)) cut.abort()
    const waiting = waits.open()
    if (waiting.length > 0)
      for (const { status, ...attempt } of await stores.listen.findRecorded(waiting)) waits.recorded(attempt, status)
    await handOut()
  }
  const warn = (error: unknown) =>
    log.warn(
      { event: 'delivery_stream.watch_failed', error },
      'checking the connections of stream endpoints failed; it is tried again',
    )
  const lookOne = coalesce(() => look().catch(warn))
  const handOutOne = coalesce(() => handOut().catch(warn))

  const watch = () => {
    if (stopWatching) return
    const timer = setInterval(lookOne, lookEveryMs)
    const forgetWork = announcer.on('work', handOutOne)
    const forgetConnected = announcer.on('connected', ({ endpointId, connectionId }) => {
      for (const receiver of open())
        if (receiver.endpointId === endpointId && receiver.connectionId !== connectionId) lookOne()
    })
    stopWatching = () => {
      clearInterval(timer)
      forgetWork()
      forgetConnected()
      stopWatching = null
    }
  }
  stopping.addEventListener('abort', () => {
    for (const receiver of open()) end(receiver)
  })

  return {
    countOf: (tenantId) => open().filter((each) => each.tenantId === tenantId).length,

    async open(who, endpointId) {
      const { tenantId, limits } = who
      if (stopping.aborted) throw new AppError('unavailable', 'The service is stopping. Connect again.')
      const ofTenant = open().filter((each) => each.tenantId === tenantId && each.endpointId !== endpointId)
      const { maximumStreams: maximum } = limits
      requireRoom('maximumStreams', { maximum, used: ofTenant.length }, fullRetryAfterSeconds)
      const connectionId = mint.id('con')
      const receiver: Receiver = {
        tenantId,
        endpointId,
        connectionId,
        connection: createReceiverConnection(nowMs),
        cut: new AbortController(),
        lost: new AbortController(),
        lanes: new Set(),
      }
      const taken = await stores.listen.takeOver(tenantId, endpointId, connectionId)
      if (typeof taken === 'string') throw refused(taken)
      receivers.set(connectionId, receiver)
      // At once, not with the next look: until then it would be handed deliveries that were just taken from it. The
      // database decides which connection is older, not the order of announcements.
      const older = receivers.get(taken.replaced ?? '')
      if (older) end(older, 'replaced')
      watch()
      const unwatch = keyWatch.watch(who, () => end(receiver, 'unauthorized'))
      if (stopping.aborted) end(receiver)
      lookOne()
      return {
        frames: receiver.connection.frames,
        cut: receiver.cut.signal,
        closed() {
          if (!receivers.delete(connectionId)) return
          unwatch()
          end(receiver)
          if (receivers.size === 0) stopWatching?.()
        },
      }
    },
    async settled() {
      await Promise.allSettled(running)
    },
  }
}

function refused(why: 'not_found' | 'not_a_stream' | 'disabled'): AppError {
  if (why === 'not_found') return notFound('endpoint')
  if (why === 'disabled') return new AppError('endpoint_disabled', 'Enable it first.')
  return new AppError('endpoint_not_a_stream', 'Only an endpoint of kind stream is delivered over a connection.')
}
