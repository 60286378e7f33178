/** Work that goes on beside a loop; the loop waits until some of it ends. */
export interface BackgroundWork {
  pending(): number
  /** Aborted with the first error of any work. */
  readonly failed: AbortSignal
  track(work: Promise<void>): void
  /** Resolves when some work ends, after `atMostMs` at the latest. For one caller at a time. */
  someEnd(atMostMs: number): Promise<void>
}

export function createBackgroundWork(): BackgroundWork {
  const failure = new AbortController()
  let pending = 0
  let wake = () => {}
  return {
    pending: () => pending,
    failed: failure.signal,
    track(work) {
      pending += 1
      work
        .catch((error: unknown) => failure.abort(error))
        .finally(() => {
          pending -= 1
          wake()
        })
    },
    someEnd: (atMostMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, atMostMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}
