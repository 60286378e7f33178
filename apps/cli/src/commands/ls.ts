import type { ListTasksData } from '@backhaul/sdk'
import { Command, Option } from 'commander'
import type { Start } from '../context.ts'
import { type ListOptions, noteMore, readList, withListOptions } from '../list-options.ts'
import { taskColumns } from '../rules/task-table.ts'

type Query = NonNullable<ListTasksData['query']>
interface Options extends ListOptions {
  state?: NonNullable<Query['state']>
  waitingFor?: NonNullable<Query['waitingFor']>
  host?: string
}

const states = ['suspended', 'waiting', 'running', 'completed', 'failed', 'canceled']

/** `backhaul ls`. */
export function lsCommand(start: Start): Command {
  const ls = new Command('ls')
    .alias('tasks')
    .description('List tasks, newest first.')
    .argument('[session]', 'only those of this session')
    .addOption(new Option('--state <state>', 'only those in this state').choices(states))
    .option('--waiting-for <reason>', 'only those that wait for this, such as wakeLimiter')
    .option('--host <host>', 'only those of this host')
  return withListOptions(ls).action(async (session: string | undefined, options: Options, command: Command) => {
    const { terminal, output, client } = start(command)
    const { state, waitingFor, host } = options
    const { sessions, tasks } = await client()
    const signal = terminal.stopping
    const order = 'newestFirst'
    const found = await readList(
      ({ limit }) =>
        session === undefined
          ? tasks.list({ limit, order, ...defined({ state, waitingFor, host }) }, { signal })
          : sessions.listTasks(session, { limit, order, ...defined({ state }) }, { signal }),
      options,
    )
    output.list(found, taskColumns(Date.now()), 'There are no such tasks.')
    noteMore(output, found, options)
  })
}

function defined<T extends object>(query: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as never
}
