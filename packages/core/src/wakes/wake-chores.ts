export interface WakeChores {
  /** Finds sessions that have drained without a change that was noticed, some at a time: their wakes are due. */
  bringWakesForward(): Promise<void>
  /** Opens the wakes that are owed; expires those whose deadline has passed; how many. */
  openWakes(): Promise<number>
}
