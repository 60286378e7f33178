/** An event of a task that has ended long ago. */
export interface TaskEvent {
  id: string
  taskId: string
  /** Nothing is left to be told of it, and no failed delivery of it can be retried. */
  settled: boolean
  /** It is as old as it must be to go with its task. */
  old: boolean
  /** Nobody else is changing it at this moment. */
  locked: boolean
}

/**
 * Which of the tasks go, and which events with them. An event that is still to be told, or is being changed, keeps its
 * task. One that is told but young (such as the expiry of a file that was kept long) keeps nothing and stays in the
 * feed for its own time.
 */
export function whatGoes(
  taskIds: readonly string[],
  events: readonly TaskEvent[],
): { taskIds: string[]; eventIds: string[] } {
  const staying = new Set(events.filter(({ settled, locked }) => !settled || !locked).map(({ taskId }) => taskId))
  const going = new Set(taskIds.filter((id) => !staying.has(id)))
  const withThem = events.filter(({ taskId, old }) => old && going.has(taskId))
  return { taskIds: [...going], eventIds: withThem.map(({ id }) => id) }
}
