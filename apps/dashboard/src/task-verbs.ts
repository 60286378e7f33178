import type { Task } from '@backhaul/sdk'
import type { Verb } from './rules/task-verbs.ts'
import { backhaul } from './service.ts'

/** Does it, and returns the task that is there then: of a retry the new one. */
export async function act(verb: Verb, id: string): Promise<Task> {
  return verb === 'cancel' ? (await backhaul.tasks.cancel(id)).task : await backhaul.tasks[verb](id)
}
