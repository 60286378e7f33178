import type { Command } from 'commander'
import type { Start } from '../context.ts'
import { taskVerb } from '../task-verb.ts'

/** `backhaul cancel`. */
export function cancelCommand(start: Start): Command {
  const verb = { name: 'cancel', description: 'Cancel tasks.', done: ({ id }: { id: string }) => `${id} is canceled.` }
  return taskVerb<{ keep?: true }>(start, verb, async ({ tasks }, id, { keep }, signal) => {
    const { task } = await tasks.cancel(id, keep ? { producingResumeData: true } : {}, { signal })
    return task
  }).option('--keep', 'keep what was received for 72 hours: `retry` goes on from there')
}
