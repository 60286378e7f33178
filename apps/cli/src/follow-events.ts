import type { Command } from 'commander'
import { calledWrongly } from './command-error.ts'
import type { Context } from './context.ts'
import { messageLine } from './rules/event-line.ts'

export interface FollowOptions {
  after?: string
  progress?: true
}

/** The feed begins behind this cursor. */
const beginning = Buffer.from('0').toString('base64url')

export function withFollowOptions(command: Command): Command {
  return command
    .argument('[session]', 'only those of this session')
    .option('--after <cursor>', 'go on behind this cursor or event; "start": with the first there is')
    .option('--progress', 'states and progress of tasks, too')
}

/** Prints the stream, for ever: Ctrl-C is how it ends. */
export async function followEvents(
  { terminal, output, client }: Context,
  session: string | undefined,
  { after, progress }: FollowOptions,
): Promise<void> {
  if (session && /^tsk_[0-9a-z]{26}$/.test(session))
    throw calledWrongly(`${session} is a task: \`backhaul events list --task ${session}\` lists what happened to it.`)
  const signal = terminal.stopping
  const { events } = await client()
  let connections = 0
  const stream = events.stream({
    session,
    after: after === 'start' ? beginning : after,
    signal,
    onConnect() {
      connections += 1
      if (connections > 1) output.note('Reconnected; nothing is lost.')
    },
    onReconnect: ({ error, delayMs }) =>
      output.note(`The connection ended (${error.message}). Reconnecting in ${(delayMs / 1000).toFixed(1)} s.`),
  })
  try {
    for await (const message of stream) {
      // Only what is stored comes again behind a cursor; the rest is of the moment.
      const isOfTheMoment = ['task.progress', 'task.state', 'task.resumed_at_offset'].includes(message.type)
      if (isOfTheMoment && !progress) continue
      if (output.json) output.record({ type: message.type, data: message.data, cursor: message.cursor })
      else output.line(messageLine(message))
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
