export interface SessionChores {
  /** Goes on canceling the tasks of sessions that are invalidated with their tasks; how many were canceled. */
  cancelTasks(): Promise<number>
  /** Ends finishing sessions that have nothing left to do or to tell and were not ended when that became so. */
  invalidateSessions(): Promise<number>
  /** Puts due discretionary tasks off whose preferred hours have closed, unless their latest start has come; how many. */
  holdClosedSessions(): Promise<number>
}
