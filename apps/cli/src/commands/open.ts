import { Command } from 'commander'
import type { Start } from '../context.ts'

/** `backhaul open`. */
export function openCommand(start: Start): Command {
  return new Command('open')
    .description('Open the dashboard in a browser; without a terminal, print its address.')
    .action(async (_given: object, command: Command) => {
      const { settings, terminal, output } = start(command)
      const url = `${(await settings()).url.value}/`
      output.one({ url }, () => [url])
      if (!output.json && terminal.stdoutSize() && !(await terminal.browse(url)))
        output.note('There is no browser here.')
    })
}
