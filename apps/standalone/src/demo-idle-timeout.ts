/** A timeout that restarts with every progress, so that a slow machine has the time that it needs. */
export interface IdleTimeout {
  /** Reports progress, in a few words. */
  happened(what: string): void
  end(): void
}

/** Calls `onIdle` with the last reported progress after `limitMs` without any. */
export function createIdleTimeout(limitMs: number, onIdle: (last: string) => void): IdleTimeout {
  let last = 'the start'
  const timer = setTimeout(() => onIdle(last), limitMs)
  return {
    happened(what) {
      last = what
      timer.refresh()
    },
    end: () => clearTimeout(timer),
  }
}
