import type { Pace } from './pace.ts'

/**
 * What one connection may still read under its pace.
 *
 * - *No pace*, or one without a limit: any number of bytes.
 * - *Counting*: reads are small and counted, and none waits. So a response's head is read: it has a time limit of its own.
 * - *Keeping the pace*: when the allowance is used up, the connection is held until more is granted.
 */
export interface ReadAllowance {
  /** Begins to count; null: ends, and what was not read, or was read too early, is settled with the pace. */
  set(pace: Pace | null): void
  /** From now on it is held. */
  keep(): void
  /** The most that the next read may bring. */
  most(): number
  /** A read has brought these bytes. */
  spend(bytes: number): void
  isHeld(): boolean
}

/** `onGranted` is called when the connection is held no longer, but not from within `spend` or `keep`. */
export function createReadAllowance(onGranted: () => void): ReadAllowance {
  let pace: Pace | null = null
  let isKept = false
  let allowed = 0
  /** What it waits for: how much, and how that is withdrawn. */
  let asked: { bytes: number; withdraw: () => void } | null = null

  const ask = () => {
    while (pace !== null && isKept && asked === null && allowed <= 0 && pace.isLimited()) {
      const bytes = pace.bytesOfRead()
      let isGranted = false
      const withdraw = pace.take(bytes, () => {
        isGranted = true
        allowed += bytes
        if (asked === null) return
        asked = null
        ask()
        if (asked === null) onGranted()
      })
      if (!isGranted) asked = { bytes, withdraw }
    }
  }
  return {
    set(next) {
      const before = pace
      pace = null
      isKept = false
      asked?.withdraw()
      asked = null
      // What was read too early is paid by those who read next, so that many small files get no more than one large one.
      if (allowed !== 0) before?.give(allowed)
      allowed = 0
      pace = next
    },
    keep() {
      isKept = true
      ask()
    },
    most() {
      if (!pace?.isLimited()) return Number.POSITIVE_INFINITY
      return allowed > 0 ? allowed : (asked?.bytes ?? pace.bytesOfRead())
    },
    spend(bytes) {
      if (!pace?.isLimited()) return
      allowed -= bytes
      ask()
    },
    isHeld: () => asked !== null,
  }
}
