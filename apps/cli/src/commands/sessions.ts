import type { Session } from '@backhaul/sdk'
import { Command } from 'commander'
import type { Start } from '../context.ts'
import { type ListOptions, noteMore, readList, withListOptions } from '../list-options.ts'
import { momentText } from '../rules/quantities.ts'
import type { Column } from '../rules/table.ts'

/** `backhaul sessions`. */
export function sessionsCommand(start: Start): Command {
  const sessions = new Command('sessions').description('List sessions, show one, end one.')
  withListOptions(sessions.command('list', { isDefault: true }).description('List them, oldest first.')).action(
    async (options: ListOptions, command: Command) => {
      const { terminal, output, client } = start(command)
      const { sessions } = await client()
      const found = await readList((query) => sessions.list(query, { signal: terminal.stopping }), options)
      output.list(found, columns(Date.now()), 'There are no sessions: `backhaul get` makes one.')
      noteMore(output, found, options)
    },
  )
  sessions
    .command('show <identifier>')
    .description('Show one.')
    .action(async (identifier: string, _given: object, command: Command) => {
      const { terminal, output, client } = start(command)
      const session = await (await client()).sessions.get(identifier, { signal: terminal.stopping })
      output.one(session, () => JSON.stringify(session, null, 2).split('\n'))
    })
  sessions
    .command('end <identifier>')
    .description('Take no new tasks, and end when the tasks have ended.')
    .option('--cancel', 'cancel all its tasks')
    .action(async (identifier: string, { cancel }: { cancel?: true }, command: Command) => {
      const { terminal, output, client } = start(command)
      const { sessions } = await client()
      const signal = terminal.stopping
      const session = cancel
        ? await sessions.invalidateAndCancel(identifier, { signal })
        : await sessions.finishAndInvalidate(identifier, { signal })
      output.one(session, () => [session.state])
    })
  return sessions
}

function columns(nowMs: number): Column<Session>[] {
  const open = ({ taskCounts }: Session) => taskCounts.suspended + taskCounts.waiting + taskCounts.running
  return [
    { title: 'SESSION', of: ({ identifier }) => identifier, cuttable: true },
    { title: 'STATE', of: ({ state }) => state },
    { title: 'OPEN', of: open, right: true },
    { title: 'DONE', of: ({ taskCounts }) => taskCounts.completed, right: true, spare: 1 },
    { title: 'FAILED', of: ({ taskCounts }) => taskCounts.failed, right: true, spare: 2 },
    { title: 'UNDELIVERED', of: ({ undeliveredEvents }) => undeliveredEvents, right: true, spare: 4 },
    { title: 'CREATED', of: ({ createdAt }) => momentText(createdAt, nowMs), spare: 3 },
  ]
}
