/** A wake-up signal for one waiter. A notification sent while no one waits is kept for the next wait. */
interface Wakeup<Reason extends string> {
  notify(reason: Reason): void
  /** Notifies after `delayMs`. Until then, more calls with the same reason change nothing. */
  notifyAfter(reason: Reason, delayMs: number): void
  /** Why it was notified since the last wait. Empty: `limitMs` are over, or `signal` is aborted. */
  wait(limitMs: number, signal?: AbortSignal): Promise<ReadonlySet<Reason>>
}

export function createWakeup<Reason extends string>(): Wakeup<Reason> {
  const delayed = new Set<Reason>()
  let reasons = new Set<Reason>()
  let wake = () => {}
  const notify = (reason: Reason) => {
    reasons.add(reason)
    wake()
  }
  return {
    notify,
    notifyAfter(reason, delayMs) {
      if (delayed.has(reason)) return
      delayed.add(reason)
      setTimeout(() => {
        delayed.delete(reason)
        notify(reason)
      }, delayMs)
    },
    async wait(limitMs, signal) {
      if (reasons.size === 0 && !signal?.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const end = () => resolve()
        wake = end
        const timer = setTimeout(end, limitMs)
        signal?.addEventListener('abort', end)
        await promise
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
      }
      const given = reasons
      reasons = new Set()
      return given
    },
  }
}
