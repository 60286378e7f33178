interface Progress {
  bytesReceived: number
  /** Of these, what it found in storage; undefined: it has not come to its first byte. */
  bytesKept?: number
}

/**
 * The bytes of an attempt that an earlier one had received already: those in front of where that one was, without those it
 * found in storage. `hadBytes`: what the task had received when the attempt began, true to a second.
 */
export function refetchedBytes(hadBytes: number, { bytesKept, bytesReceived }: Progress): number {
  // It ended before any byte was to come.
  if (bytesKept === undefined) return 0
  return Math.max(0, Math.min(hadBytes, bytesReceived) - bytesKept)
}
