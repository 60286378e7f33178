import type { Announcer } from '../kernel/announcer.ts'
import { AppError } from '../kernel/rules/errors.ts'
import { isEnded, type Task } from './rules/task.ts'
import type { TaskStore } from './task-store.ts'

export interface WaitForTaskPorts {
  store: Pick<TaskStore, 'findTask'>
  announcer: Announcer
}

/** Announcements are hints: whoever misses one finds the fact by looking again. */
const recheckMs = 1000

/** The task once it has ended, or as it is when `waitMs` are over or `signal` aborts. Throws `not_found`. */
export async function waitForTask(
  { store, announcer }: WaitForTaskPorts,
  tenantId: string,
  id: string,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<Task> {
  const find = async () => {
    const task = await store.findTask(tenantId, id)
    if (task === null) throw new AppError('not_found', 'There is no such task.')
    return task
  }
  if (waitMs <= 0) return find()
  const stop = AbortSignal.any([signal, AbortSignal.timeout(waitMs)])
  const ended = hintOf(announcer, id)
  try {
    let task = await find()
    while (!isEnded(task.state) && !stop.aborted) {
      await ended.next(recheckMs, stop)
      task = await find()
    }
    return task
  } finally {
    ended.forget()
  }
}

/** The announcement that one task has ended. One that comes while nobody waits is kept for the next who does. */
function hintOf(announcer: Announcer, id: string) {
  let heard = false
  let wake = () => {}
  const forget = announcer.on('ended', (subject) => {
    if (subject !== id) return
    heard = true
    wake()
  })
  const next = async (limitMs: number, signal: AbortSignal): Promise<void> => {
    if (!heard && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      const timer = setTimeout(resolve, limitMs)
      signal.addEventListener('abort', wake, { once: true })
      await promise
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
    }
    heard = false
  }
  return { next, forget }
}
