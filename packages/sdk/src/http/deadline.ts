/** A signal for one attempt. */
export interface Deadline {
  signal: AbortSignal
  /** Begins the time again, as long as before or as is said. */
  extend(ms?: number): void
  /** From now on only the caller's signal ends it, until it is extended. */
  lift(): void
  /** Lets go of the caller's signal, which may outlive thousands of calls. */
  close(): void
  passed(): boolean
}

/** Aborted by the caller's signal, with its reason, or when nothing was heard for so long. */
export function startDeadline(outer: AbortSignal | undefined, firstMs: number): Deadline {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let passed = false
  const stop = () => controller.abort(outer!.reason)
  const lift = () => clearTimeout(timer)
  const extend = (ms = firstMs) => {
    lift()
    // Longer than a timer can be is for ever.
    if (ms >= 2 ** 31) return
    timer = setTimeout(() => {
      passed = true
      controller.abort(new Error(`nothing came within ${ms} ms`))
    }, ms)
  }
  extend()
  if (outer?.aborted) stop()
  else outer?.addEventListener('abort', stop, { once: true })
  return {
    signal: controller.signal,
    extend,
    lift,
    close() {
      lift()
      outer?.removeEventListener('abort', stop)
    },
    passed: () => passed,
  }
}
