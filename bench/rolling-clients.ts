/** Clients of a service that is replaced under them: they repeat what failed, with the same Idempotency-Key. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type EventReader, followEvents } from '#support/receivers/event-reader.ts'

export interface Insistent {
  /**
   * A request until it has its 2xx. Throws after a minute of failures, and at once for a response that a retry does not
   * cure.
   */
  ask<T>(method: string, path: string, body?: unknown, idempotencyKey?: string): Promise<T>
  /** How often it had to be repeated, by what came instead. */
  troubles: Map<string, number>
  /** Requests so far, repeated ones once. */
  requests(): number
}

const giveUpMs = 60_000
const pauseMs = 200
/** A retry cures it: the server stops, or the first try is still running. */
const curable = (status: number, code: string) =>
  status === 503 || (status === 409 && code === 'idempotency_key_in_use')

export function createInsistent(url: string, key: string): Insistent {
  const troubles = new Map<string, number>()
  let requests = 0
  return {
    troubles,
    requests: () => requests,
    async ask<T>(method: string, path: string, body?: unknown, idempotencyKey?: string): Promise<T> {
      requests += 1
      const headers = {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      }
      const until = performance.now() + giveUpMs
      for (;;) {
        const trouble = await attempt<T>(url + path, {
          method,
          headers,
          ...(body ? { body: JSON.stringify(body) } : {}),
        })
        if ('result' in trouble) return trouble.result
        troubles.set(trouble.what, (troubles.get(trouble.what) ?? 0) + 1)
        if (!trouble.isCurable || performance.now() > until) throw new Error(`${method} ${path}: ${trouble.what}`)
        await sleep(pauseMs)
      }
    },
  }
}

async function attempt<T>(
  url: string,
  init: RequestInit,
): Promise<{ result: T } | { what: string; isCurable: boolean }> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(90_000) })
    const text = await response.text()
    if (response.ok) return { result: (text ? JSON.parse(text) : null) as T }
    const { code = '' } = text.startsWith('{') ? (JSON.parse(text) as { code?: string }) : {}
    return { what: `${response.status} ${code}`, isCurable: curable(response.status, code) }
  } catch (error) {
    const { cause, name } = error as Error & { cause?: { code?: string } }
    return { what: cause?.code ?? name, isCurable: true }
  }
}

export interface Follower {
  /** Ids of all stored events that came, in order. */
  ids(): string[]
  reconnects(): number
  close(): Promise<void>
}

/** Reads the tenant's stream and goes on behind the last event, as an EventSource does. */
export function followForEver(url: string, key: string): Follower {
  const readers: EventReader[] = []
  let closed = false
  const read = async () => {
    let lastEventId: string | null = null
    while (!closed) {
      const reader: EventReader | null = await followEvents(url, key, { lastEventId }).catch(() => null)
      if (reader === null) {
        await sleep(pauseMs)
        continue
      }
      readers.push(reader)
      if (closed) await reader.close()
      await reader.ended
      lastEventId = reader.lastId()
    }
  }
  const reading = read()
  return {
    ids: () => readers.flatMap((reader) => reader.stored().map(({ data }) => data.id as string)),
    reconnects: () => readers.length - 1,
    async close() {
      closed = true
      await readers.at(-1)?.close()
      await reading
    },
  }
}
