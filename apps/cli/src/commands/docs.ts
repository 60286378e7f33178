import { Command } from 'commander'
import type { Start } from '../context.ts'

/** `backhaul docs`. */
export function docsCommand(start: Start): Command {
  return new Command('docs')
    .description('Open the documentation of the service in a browser; without a terminal, print its address.')
    .action(async (_given: object, command: Command) => {
      const { settings, terminal, output } = start(command)
      const url = `${(await settings()).url.value}/docs`
      output.one({ url }, () => [url])
      if (!output.json && terminal.stdoutSize() && !(await terminal.browse(url)))
        output.note('There is no browser here.')
    })
}
