import { Command } from 'commander'
import type { Start } from '../context.ts'
import { type FollowOptions, followEvents, withFollowOptions } from '../follow-events.ts'

/** `backhaul logs`: `events tail` by the name under which people look for it. */
export function logsCommand(start: Start): Command {
  return withFollowOptions(new Command('logs').description('The same as `events tail`.')).action(
    async (session: string | undefined, options: FollowOptions, command: Command) =>
      await followEvents(start(command), session, options),
  )
}
