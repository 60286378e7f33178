import type { Backhaul, Task } from '@backhaul/sdk'
import { Command } from 'commander'
import { CommandError } from './command-error.ts'
import type { Start } from './context.ts'
import { idArgument } from './id-argument.ts'
import { inPool } from './pool.ts'
import { describeError, type Failure } from './rules/describe-error.ts'
import { type ExitCode, exitCodes } from './rules/exit-codes.ts'

/** So many tasks are worked on at once. */
const width = 4

/** A command that does one thing to each of the tasks it is given, and tells of those to which it could not be done. */
export function taskVerb<Options extends object>(
  start: Start,
  { name, description, done }: { name: string; description: string; done(task: Task): string },
  act: (client: Backhaul, id: string, options: Options, signal: AbortSignal) => Promise<Task>,
): Command {
  return new Command(name)
    .description(description)
    .addArgument(idArgument('task', '<task...>'))
    .action(async (ids: string[], options: Options, command: Command) => {
      const { terminal, output, client, settings } = start(command)
      const service = await client()
      const { url } = await settings()
      const found: Task[] = []
      const failures: ExitCode[] = []
      await inPool(ids, width, async (id) => {
        try {
          const task = await act(service, id, options, terminal.stopping)
          found.push(task)
          if (!output.json) output.line(task.id)
          output.note(done(task))
        } catch (error) {
          const described = describeError(error as Failure, url.value)
          // With one, the error is that of the command.
          if (ids.length === 1 || described === null || terminal.stopping.aborted) throw error
          failures.push(described.exitCode)
          output.problem(`${id}: ${described.sentence}`)
        }
      })
      if (output.json) output.record(found)
      const [first] = failures
      if (first === undefined) return
      const exitCode = failures.every((code) => code === first) ? first : exitCodes.refused
      throw new CommandError(`${failures.length} of ${ids.length} tasks are as they were.`, exitCode)
    })
}
