/** Rung while nobody listens, it is heard by the next who does. */
export function createBell() {
  let rung = false
  let wake = () => {}
  return {
    ring() {
      rung = true
      wake()
    },
    /** Whether it has rung, or false after so long. */
    async rings(withinMs: number): Promise<boolean> {
      if (!rung) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        const timer = setTimeout(resolve, withinMs)
        await promise
        clearTimeout(timer)
      }
      const heard = rung
      rung = false
      return heard
    },
  }
}
