import type { Task } from '../../tasks/rules/task.ts'
import { taskView } from '../../tasks/rules/task-view.ts'
import type { LiveNote } from '../rules/live-update.ts'

/** Looks up the present state of tasks that announcements name. */
export interface TaskLookup {
  findTask(tenantId: string, id: string): Promise<Task | null>
}

/** Tasks looked up for one announcement, at most: the client that creates a batch gets the reasons in the response. */
const lookedUpAtOnce = 4

/**
 * Adds the waiting reasons of tasks that still wait. Only for a few at a time, and not while the database is away: the
 * state is sent in any case.
 */
export async function explainWaiting(
  { stores, nowMs }: { stores: { tasks: TaskLookup }; nowMs(): number },
  tenantId: string,
  notes: LiveNote[],
): Promise<LiveNote[]> {
  if (notes.length > lookedUpAtOnce) return notes
  return Promise.all(
    notes.map(async (note) => {
      if (note.type !== 'task.state' || note.state !== 'waiting') return note
      const task = await stores.tasks.findTask(tenantId, note.taskId).catch(() => null)
      const { waitingFor = [] } = task === null ? {} : taskView(task, nowMs())
      return waitingFor.length === 0 ? note : { ...note, waitingFor }
    }),
  )
}
