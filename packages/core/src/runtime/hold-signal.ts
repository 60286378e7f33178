/** A signal that ends nothing, and waits for whoever handles it. */
export interface HeldSignal {
  /** From now on; what came before is made up for. */
  handle(listener: () => void): void
}

/**
 * Until a process listens to SIGUSR2, the signal ends it, and everything that a service loads takes up to a second. So main files call this
 * before they import anything else, and this file imports nothing.
 */
export function holdSignal(host: { on(signal: 'SIGUSR2', listener: () => void): unknown }): HeldSignal {
  let missed = 0
  let handler = () => {
    missed++
  }
  host.on('SIGUSR2', () => handler())
  return {
    handle(listener) {
      handler = listener
      for (; missed > 0; missed--) listener()
    },
  }
}
