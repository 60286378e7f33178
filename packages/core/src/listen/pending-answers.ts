import type { Announcer } from '../kernel/announcer.ts'
import type { AnnouncementOf } from '../kernel/rules/announcement.ts'
import type { PendingAttempt } from './connection-store.ts'

/** The outcome of an attempt: it is recorded with this status, or there was no answer. */
type AttemptEnd = { kind: 'recorded'; status: number | null } | { kind: 'silence' | 'taken' }

/** Attempts of this process that wait for their receivers' answers, which may come to any other process. */
export interface PendingAnswers {
  /**
   * Resolves when the answer to that attempt is on record, `silence` after so long, `taken` when `lost` is aborted. Throws
   * the reason of `signal`.
   */
  wait(attempt: PendingAttempt, timeoutMs: number, lost: AbortSignal, signal: AbortSignal): Promise<AttemptEnd>
  /** The attempts that wait now: an announcement may have been lost. */
  open(): PendingAttempt[]
  /** The answer to it is on record. */
  recorded(attempt: PendingAttempt, status: number | null): void
}

/** Listens only while something waits. */
export function createPendingAnswers(announcer: Announcer): PendingAnswers {
  const waiting = new Map<string, { attempt: PendingAttempt; recorded(status: number | null): void }>()
  let forget: (() => void) | null = null
  const recorded: PendingAnswers['recorded'] = (attempt, status) => waiting.get(keyOf(attempt))?.recorded(status)
  const hear = ({ deliveryId, attempt, status }: AnnouncementOf<'answered'>) =>
    recorded({ deliveryId, attempts: attempt }, status)
  return {
    open: () => [...waiting.values()].map(({ attempt }) => attempt),
    recorded,
    async wait(attempt, timeoutMs, lost, signal) {
      signal.throwIfAborted()
      const key = keyOf(attempt)
      const { promise, resolve, reject } = Promise.withResolvers<AttemptEnd>()
      const onLost = () => resolve({ kind: 'taken' })
      const onAbort = () => reject(signal.reason as Error)
      const timer = setTimeout(() => resolve({ kind: 'silence' }), timeoutMs)
      waiting.set(key, { attempt, recorded: (status) => resolve({ kind: 'recorded', status }) })
      forget ??= announcer.on('answered', hear)
      lost.addEventListener('abort', onLost)
      signal.addEventListener('abort', onAbort)
      if (lost.aborted) onLost()
      try {
        return await promise
      } finally {
        clearTimeout(timer)
        waiting.delete(key)
        lost.removeEventListener('abort', onLost)
        signal.removeEventListener('abort', onAbort)
        if (waiting.size === 0) {
          forget?.()
          forget = null
        }
      }
    },
  }
}

function keyOf({ deliveryId, attempts }: PendingAttempt): string {
  return `${deliveryId}:${attempts}`
}
