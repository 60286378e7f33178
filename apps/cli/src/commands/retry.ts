import { Command } from 'commander'
import type { Start } from '../context.ts'
import { idArgument } from '../id-argument.ts'

/** `backhaul retry`. */
export function retryCommand(start: Start): Command {
  return new Command('retry')
    .description('Begin a failed or canceled task again, as a new one that goes on from what is stored.')
    .addArgument(idArgument('task'))
    .argument('[url]', 'a renewed link to the same file')
    .action(async (id: string, url: string | undefined, _given: object, command: Command) => {
      const { terminal, output, client } = start(command)
      const { tasks } = await client()
      const task = await tasks.retry(id, url === undefined ? {} : { url }, { signal: terminal.stopping })
      output.one(task, () => [task.id])
      output.note(`${task.id} takes its place: \`backhaul get ${task.id}\` waits for it and saves its file.`)
    })
}
