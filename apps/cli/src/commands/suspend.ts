import type { Command } from 'commander'
import type { Start } from '../context.ts'
import { taskVerb } from '../task-verb.ts'

/** `backhaul suspend`. */
export function suspendCommand(start: Start): Command {
  const verb = {
    name: 'suspend',
    description: 'Suspend tasks; what they have received is kept.',
    done: ({ id }: { id: string }) => `${id} is suspended: \`backhaul resume ${id}\` lets it go on.`,
  }
  return taskVerb(start, verb, ({ tasks }, id, _options, signal) => tasks.suspend(id, { signal }))
}
