import type { Command } from 'commander'
import type { Start } from '../context.ts'
import { taskVerb } from '../task-verb.ts'

/** `backhaul resume`. */
export function resumeCommand(start: Start): Command {
  const verb = {
    name: 'resume',
    description: 'Let suspended tasks go on.',
    done: ({ id }: { id: string }) => `${id} goes on.`,
  }
  return taskVerb<{ newUrl?: string }>(start, verb, async ({ tasks }, id, { newUrl }, signal) => {
    if (newUrl !== undefined) await tasks.update(id, { url: newUrl }, { signal })
    return await tasks.resume(id, { signal })
  }).option('--new-url <url>', 'from now on fetch from here: a renewed link to the same file')
}
