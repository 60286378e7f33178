import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Announcer } from '../kernel/announcer.ts'
import type { Log } from '../kernel/log.ts'
import { type Announcement, announcementKinds, decode } from '../kernel/rules/announcement.ts'
import { channel } from './notify.ts'
import { withSession } from './session-settings.ts'

const retryMs = 1_000
/** Interval of probes: a connection whose other side has vanished silently looks like an idle one. */
const probeMs = 5_000
const timeoutMs = 5_000
const shutdownGraceMs = 1_000

/**
 * Listens on a connection of its own for as long as the process lives, and again after every loss of it. Polling finds
 * what was announced meanwhile. Rejects when it cannot listen at first.
 */
export async function openAnnouncer(
  connectionString: string,
  log: Log,
): Promise<Announcer & { close(): Promise<void> }> {
  const listeners = new Map(announcementKinds.map((kind) => [kind, new Set<(announcement: never) => void>()]))
  const tell = (announcement: Announcement) => {
    for (const listener of listeners.get(announcement.kind)!) listener(announcement as never)
  }
  const closing = new AbortController()
  const hear = ({ payload = '' }: { payload?: string | undefined }) => {
    const announcement = decode(payload)
    if (announcement) tell(announcement)
  }
  const listenOn = async () => {
    const connection = await openConnection(connectionString, hear)
    // An announcement may have been missed while the connection was lost.
    tell({ kind: 'work' })
    tell({ kind: 'missed' })
    return connection
  }
  const keepListening = async (first: Connection) => {
    for (let connection: Connection | null = first; !closing.signal.aborted; ) {
      const error = await connection?.lost(closing.signal)
      if (closing.signal.aborted) return
      if (connection)
        log.warn(
          { event: 'announcer.connection_lost', error },
          'lost the database connection that listens for announcements',
        )
      await sleep(retryMs, undefined, { signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted) return
      connection = await listenOn().catch(() => null)
    }
  }
  const listening = keepListening(await listenOn())
  return {
    on(kind, listener) {
      const ofKind = listeners.get(kind)!
      ofKind.add(listener)
      return () => void ofKind.delete(listener)
    },
    async close() {
      closing.abort()
      await listening
    },
  }
}

interface Connection {
  /** Resolves with the reason when the connection has been lost, or is closed because `closing` says so. */
  lost(closing: AbortSignal): Promise<unknown>
}

async function openConnection(
  connectionString: string,
  hear: (message: { payload?: string | undefined }) => void,
): Promise<Connection> {
  const client = new pg.Client({
    ...withSession(connectionString),
    keepAlive: true,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  const over = new AbortController()
  const ended = new Promise<void>((resolve) => client.once('end', resolve))
  client.on('notification', hear)
  client.on('error', (error) => over.abort(error))
  client.on('end', () => over.abort(new Error('the connection was closed')))
  const leave = async () => {
    client.off('notification', hear)
    void client.end().catch(() => {})
    await Promise.race([ended, sleep(shutdownGraceMs, undefined, { ref: false })])
  }
  // Listening again changes nothing, and shows that the server still answers.
  const listen = () => client.query(`listen ${channel}`)
  try {
    await client.connect()
    await listen()
  } catch (error) {
    await leave()
    throw error
  }
  return {
    async lost(closing) {
      const signal = AbortSignal.any([over.signal, closing])
      while (!signal.aborted) {
        await sleep(probeMs, undefined, { signal }).catch(() => {})
        if (!signal.aborted) await listen().catch((error) => over.abort(error))
      }
      await leave()
      return over.signal.reason
    },
  }
}
