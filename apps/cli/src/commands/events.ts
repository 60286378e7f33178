import type { ListEventsData } from '@backhaul/sdk'
import { Command } from 'commander'
import type { Start } from '../context.ts'
import { type FollowOptions, followEvents, withFollowOptions } from '../follow-events.ts'
import { type ListOptions, noteMore, readList, withListOptions } from '../list-options.ts'
import { eventLine } from '../rules/event-line.ts'

interface Options extends ListOptions {
  session?: string
  task?: string
  type?: NonNullable<ListEventsData['query']>['type']
  after?: string
}

/** `backhaul events`. */
export function eventsCommand(start: Start): Command {
  const events = new Command('events').description('The feed of events.')
  withFollowOptions(events.command('tail').description('Events as they happen, for ever.')).action(
    async (session: string | undefined, options: FollowOptions, command: Command) =>
      await followEvents(start(command), session, options),
  )
  const list = events
    .command('list')
    .description('Events of the feed, oldest first.')
    .option('--session <identifier>', 'only those of this session')
    .option('--task <id>', 'only those of this task')
    .option('--type <type>', 'only those of this type, such as task.completed')
    .option('--after <cursor>', 'only those behind this cursor or event')
  withListOptions(list).action(async ({ session, task, type, after, ...options }: Options, command: Command) => {
    const { terminal, output, client } = start(command)
    const { events } = await client()
    const given = { ...(session && { session }), ...(task && { task }), ...(type && { type }), ...(after && { after }) }
    const found = await readList((query) => events.list({ ...query, ...given }, { signal: terminal.stopping }), options)
    output.one(found, () => found.map(eventLine))
    if (found.length === 0) output.note('There are no such events.')
    noteMore(output, found, options)
  })
  return events
}
