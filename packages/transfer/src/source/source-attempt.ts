import { type IdleWatch, type MinimumRate, watchIdle } from '../http/idle-timeout.ts'
import { TransferError } from '../http/rules/transfer-error.ts'
import type { SourceRequest } from './source.ts'

/** Joins the caller's signal and the idle timeout into one signal, until the body has ended. */
export interface Attempt {
  signal: AbortSignal
  idle: IdleWatch
  /** Resolves as `work` does. The attempt times out when that takes longer than `limitMs`. */
  within<T>(limitMs: number, work: Promise<T>): Promise<T>
  /** Releases everything, the connection included unless it is to be used again. */
  end(): void
}

export function startAttempt(
  { signal, idleTimeoutMs }: Pick<SourceRequest, 'signal' | 'idleTimeoutMs'>,
  minimumRate?: MinimumRate,
): Attempt {
  signal.throwIfAborted()
  const controller = new AbortController()
  const timeOut = () => controller.abort(new TransferError('timedOut', 'The origin sent nothing for too long.'))
  const onAbort = () => controller.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const idle = watchIdle(idleTimeoutMs, timeOut, minimumRate)
  return {
    signal: controller.signal,
    idle,
    within(limitMs, work) {
      const timer = setTimeout(timeOut, limitMs)
      return work.finally(() => clearTimeout(timer))
    },
    end() {
      idle.stop()
      signal.removeEventListener('abort', onAbort)
      controller.abort(new TransferError('cancelled', 'The response is no longer wanted.'))
    },
  }
}
