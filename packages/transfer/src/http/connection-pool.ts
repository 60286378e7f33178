import type { Connection } from './connection.ts'

/** Idle connections that are reused for the same scope and origin (RFC 9112 §9.3). */
interface ConnectionPool<Kept extends { connection: Connection }> {
  /** A connection that was used for `key` before; null when there is none. */
  take(key: string): Kept | null
  /** Keeps a connection whose last response has been read. It is closed when it is not taken within `idleMs`. */
  keep(key: string, kept: Kept): void
  close(): void
}

export interface PoolLimits {
  /** Shorter than the idle timeout of any server, so that a request hardly ever meets a connection that is just being closed. */
  idleMs: number
  maxIdle: number
}

export function createConnectionPool<Kept extends { connection: Connection }>({
  idleMs,
  maxIdle,
}: PoolLimits): ConnectionPool<Kept> {
  const idle = new Map<string, { kept: Kept; timer: NodeJS.Timeout; forget(): void }[]>()
  let count = 0
  let closed = false
  return {
    take(key) {
      // A destroyed socket stays in the list until its close event.
      const found = idle.get(key)?.findLast(({ kept }) => !kept.connection.socket.destroyed)
      found?.forget()
      return found?.kept ?? null
    },
    keep(key, kept) {
      const { socket } = kept.connection
      if (closed || count >= maxIdle || socket.destroyed || !socket.writable) return kept.connection.destroy()
      const entries = idle.get(key) ?? []
      const entry = {
        kept,
        timer: setTimeout(() => socket.destroy(), idleMs).unref(),
        forget() {
          clearTimeout(entry.timer)
          socket.off('close', entry.forget)
          entries.splice(entries.indexOf(entry), 1)
          if (entries.length === 0) idle.delete(key)
          count -= 1
        },
      }
      socket.once('close', entry.forget)
      entries.push(entry)
      idle.set(key, entries)
      count += 1
    },
    close() {
      closed = true
      for (const { kept } of [...idle.values()].flat()) kept.connection.destroy()
    },
  }
}
