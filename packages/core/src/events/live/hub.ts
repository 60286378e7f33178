import type { Announcer } from '../../kernel/announcer.ts'
import { coalesce } from '../../kernel/coalesce.ts'
import type { Log } from '../../kernel/log.ts'
import { AppError, found } from '../../kernel/rules/errors.ts'
import type { Principal } from '../../keys/key-store.ts'
import type { KeyWatch } from '../../keys/watch-keys.ts'
import { requireRoom } from '../../limits/rules/quota.ts'
import { isLiveNotice } from '../rules/live-update.ts'
import type { TaskLookup } from './add-waiting-reasons.ts'
import { createEventStream, type EventStream } from './reader.ts'
import type { FeedItem, StreamStore } from './stream-store.ts'
import { addStreamTenant, type StreamTenant } from './tenant-channel.ts'

interface EventStreamPorts {
  stores: { events: StreamStore; tasks: TaskLookup }
  announcer: Announcer
  keyWatch: KeyWatch
  log: Pick<Log, 'warn'>
  nowMs(): number
}

const fullRetryAfterSeconds = 10
/**
 * Announcements are hints: the database is asked this often whether there is more, once for all streams of the process.
 */
const lookEveryMs = 2_000
/** A reader that takes nothing for this long is disconnected; nothing is lost, it goes on with its `Last-Event-ID`. */
const untakenLimitMs = 60_000
const closeGraceMs = 1_000

interface OpenedStream {
  frames: EventStream['frames']
  /** Aborted when the reader takes nothing and its connection is to be dropped. */
  cut: AbortSignal
  /** The connection is closed. Harmless when said again. */
  closed(): void
}

export interface EventStreams {
  /** Throws `not_found` (the session), `invalid_request` (`after`), `quota_exceeded`, `unavailable` (it is stopping). */
  open(
    who: Principal,
    from: { sessionIdentifier?: string | undefined; after?: string | undefined; pointer: string },
    view: (event: FeedItem['event']) => unknown,
  ): Promise<OpenedStream>
  /** Open streams of the tenant. */
  countOf(tenantId: string): number
}

interface Reader {
  stream: EventStream
  cut: AbortController
  ended: boolean
}

/** All streams of a process. Without a stream nothing runs and no announcements are requested. */
export function createEventStreams(ports: EventStreamPorts, stopping: AbortSignal): EventStreams {
  const { stores, announcer, keyWatch, log, nowMs } = ports
  const tenants = new Map<string, StreamTenant>()
  const readers = new Set<Reader>()
  let stopWatching: (() => void) | null = null

  const end = (reader: Reader) => {
    reader.ended = true
    reader.stream.end()
  }
  const cutWhoTakesNothing = () => {
    for (const { stream, cut, ended } of readers)
      if (stream.untakenMs() > (ended ? closeGraceMs : untakenLimitMs)) cut.abort()
  }
  const look = async () => {
    const heads = await stores.events.holdStreams([...tenants.keys()])
    for (const [tenantId, head] of heads) tenants.get(tenantId)?.reach(head)
  }
  const lookOne = coalesce(() =>
    look().catch((error: unknown) =>
      log.warn({ event: 'event_stream.watch_failed', error }, 'checking the event streams failed; it is tried again'),
    ),
  )

  const watch = () => {
    if (stopWatching) return
    const timer = setInterval(() => {
      cutWhoTakesNothing()
      lookOne()
    }, lookEveryMs)
    const unlisten = [
      announcer.on('events', ({ tenantId, head }) => tenants.get(tenantId)?.reach(head)),
      announcer.on('note', ({ notice }) => {
        if (isLiveNotice(notice)) tenants.get(notice.tenantId)?.note(notice)
      }),
      announcer.on('missed', lookOne),
    ]
    stopWatching = () => {
      clearInterval(timer)
      for (const each of unlisten) each()
      stopWatching = null
    }
  }
  const leave = (tenant: StreamTenant) => {
    tenant.places -= 1
    if (tenant.places > 0) return
    tenant.forget()
    tenants.delete(tenant.id)
    if (tenants.size === 0) stopWatching?.()
  }
  stopping.addEventListener('abort', () => {
    for (const reader of readers) end(reader)
  })

  return {
    countOf: (tenantId) => tenants.get(tenantId)?.places ?? 0,

    async open(who, from, view) {
      const { tenantId, limits } = who
      if (stopping.aborted) throw new AppError('unavailable', 'The service is stopping. Connect again.')
      const tenant = tenants.get(tenantId) ?? addStreamTenant(tenants, tenantId, stores, nowMs)
      const { maximumStreams: maximum } = limits
      requireRoom('maximumStreams', { maximum, used: tenant.places }, fullRetryAfterSeconds)
      tenant.places += 1
      watch()
      try {
        // Before the place to start from is found: from there on, everything is announced.
        const heads = await stores.events.holdStreams([tenantId])
        const start = found('session', await stores.events.findFeedStart(tenantId, from))
        tenant.reach(heads.get(tenantId) ?? 0)
        const { sessionIdentifier } = from
        const read = tenant.reader(sessionIdentifier)
        const stream = createEventStream({ start, read, view, nowMs })
        const reader: Reader = { stream, cut: new AbortController(), ended: false }
        readers.add(reader)
        const quit = tenant.join(stream, sessionIdentifier)
        const unwatch = keyWatch.watch(who, () => end(reader))
        if (stopping.aborted) end(reader)
        return {
          frames: stream.frames,
          cut: reader.cut.signal,
          closed() {
            if (!readers.delete(reader)) return
            unwatch()
            stream.end()
            quit()
            leave(tenant)
          },
        }
      } catch (error) {
        leave(tenant)
        throw error
      }
    },
  }
}
