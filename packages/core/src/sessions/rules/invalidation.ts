/** What decides whether a session that takes no new tasks has come to its end. */
export interface Ending {
  state: 'active' | 'finishing' | 'invalidated'
  /** Suspended tasks are among them: they have not ended. */
  hasUnendedTasks: boolean
  wakeIsOpen: boolean
  wakeIsOwed: boolean
  /** Its client is called when it is in the background. */
  canBeWoken: boolean
  inForeground: boolean
}

/**
 * A finishing session ends with its last task, unless its client has still to be told in a wake: then when that is closed.
 * A client in the foreground needs no wake, and one that cannot be woken gets none.
 */
export function hasEnded(ending: Ending): boolean {
  if (ending.state !== 'finishing' || ending.hasUnendedTasks || ending.wakeIsOpen) return false
  return !ending.wakeIsOwed || !ending.canBeWoken || ending.inForeground
}
