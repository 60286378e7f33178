import type { Announcer } from '../kernel/announcer.ts'
import { found } from '../kernel/rules/errors.ts'
import { createWakeup } from '../kernel/wakeup.ts'
import { isEnded, type Task } from './rules/task.ts'
import type { TaskStore } from './task-store.ts'

interface WaitForTaskPorts {
  stores: { tasks: Pick<TaskStore, 'findTask'> }
  announcer: Announcer
}

/** Announcements are hints: a process that misses one finds the fact by looking again. */
const recheckMs = 1000

/** The task once it has ended, or as it is when `waitMs` are over or `signal` aborts. Throws `not_found`. */
export async function waitForTask(
  { stores, announcer }: WaitForTaskPorts,
  tenantId: string,
  id: string,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<Task> {
  const find = async () => {
    const task = found('task', await stores.tasks.findTask(tenantId, id))
    return task
  }
  if (waitMs <= 0) return find()
  const stop = AbortSignal.any([signal, AbortSignal.timeout(waitMs)])
  const wakeup = createWakeup<'ended'>()
  const unlisten = announcer.on('ended', ({ taskId }) => {
    if (taskId === id) wakeup.notify('ended')
  })
  try {
    let task = await find()
    while (!isEnded(task.state) && !stop.aborted) {
      await wakeup.wait(recheckMs, stop)
      task = await find()
    }
    return task
  } finally {
    unlisten()
  }
}
