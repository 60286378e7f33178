import { Command, CommanderError } from 'commander'
import { listenCommand } from './listen-command.ts'
import { CommandError, type Terminal } from './terminal.ts'

const usageExitCode = 2

/** Runs `backhaul` with these arguments; its exit code: 0 done, 1 refused or impossible, 2 called wrongly. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const { stdout, stderr } = terminal
  const program = new Command('backhaul')
    .description('Background downloads as a service, from the command line.')
    .configureOutput({ writeOut: stdout, writeErr: stderr })
    .showHelpAfterError('(--help shows how)')
    .exitOverride()
  const listen = listenCommand(terminal)
  listen.copyInheritedSettings(program)
  program.addCommand(listen)
  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    // Requested help is not an error and has been printed.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode
    if (!(error instanceof CommandError)) throw error
    stderr(`backhaul: ${error.message}\n`)
    return error.exitCode
  }
}
