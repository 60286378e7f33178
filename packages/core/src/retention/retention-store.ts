export interface RetentionStore {
  /** Whether the tenant had such a task, which has gone. As long after that as ended tasks are kept. */
  isGone(tenantId: string, taskId: string): Promise<boolean>
}

/** Each call is bounded and takes what no other process is at, a transaction for each batch. */
export interface RetentionChores {
  /**
   * Removes tasks that ended long ago and have no file, object or resume data, with what is only about them; how many.
   * Never one with an event that is still to be told.
   */
  forgetTasks(): Promise<number>
  /** Removes sessions that were invalidated long ago and have no task and no event, with their wakes and delivery lanes; how many. */
  forgetSessions(): Promise<number>
  /** Removes what else has become old: which tasks have gone, closed wakes, deleted endpoints, who was in the foreground. */
  forgetTraces(): Promise<void>
  /** Removes the usage of more than 400 days ago. */
  forgetUsage(): Promise<void>
}
