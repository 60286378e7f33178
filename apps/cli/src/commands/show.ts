import { Command } from 'commander'
import type { Start } from '../context.ts'
import { idArgument } from '../id-argument.ts'
import { oneLine } from '../rules/plain-text.ts'
import { factLines, taskFacts } from '../rules/task-table.ts'

/** `backhaul show`. */
export function showCommand(start: Start): Command {
  return new Command('show')
    .description('Show a task.')
    .addArgument(idArgument('task'))
    .option('--timeline', 'everything that happened to it and why')
    .action(async (id: string, options: { timeline?: true }, command: Command) => {
      const { terminal, output, client } = start(command)
      const { tasks } = await client()
      const signal = terminal.stopping
      if (!options.timeline) {
        const task = await tasks.get(id, {}, { signal })
        return output.one(task, () => factLines(taskFacts(task, Date.now())))
      }
      const entries = await tasks.timeline(id, { limit: 200 }, { signal }).toArray()
      output.one(entries, () =>
        entries.map(({ at, kind, detail }) => `${output.paint(at, 'dim')}  ${kind.padEnd(16)}  ${oneLine(detail)}`),
      )
    })
}
