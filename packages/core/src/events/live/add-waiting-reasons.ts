import type { Task } from '../../tasks/rules/task.ts'
import { taskView } from '../../tasks/rules/task-view.ts'
import type { LiveNote } from '../rules/live-update.ts'

/** The tasks that announcements are about, as they are now. */
export interface TaskLookup {
  findTask(tenantId: string, id: string): Promise<Task | null>
}

/** More tasks than that are not looked up for one announcement: who creates a batch is told why they wait in the answer. */
const lookedUpAtOnce = 4

/**
 * The notes, with the reasons why a task waits if it still does. Only for a few at a time, and without them when the database
 * is away: the state is told in any case.
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
