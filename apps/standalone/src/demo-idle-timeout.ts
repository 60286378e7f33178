/** Gives up only when nothing happens any more: a slow machine takes the time that it needs. */
export interface IdleTimeout {
  /** Something has; in a few words. */
  happened(what: string): void
  end(): void
}

/** Calls `onIdle` with what happened last, once nothing has happened for `limitMs`. */
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
