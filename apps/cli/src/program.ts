import { Command, CommanderError } from 'commander'
import { CommandError } from './command-error.ts'
import { commands } from './commands/index.ts'
import { createContext, type Start } from './context.ts'
import { describeError, type Failure } from './rules/describe-error.ts'
import { exitCodeHelp, exitCodes } from './rules/exit-codes.ts'
import { plainText } from './rules/plain-text.ts'
import type { GlobalOptions } from './settings.ts'
import type { Terminal } from './terminal.ts'
import { version } from './version.ts'

/** Runs `backhaul` with these arguments and returns its exit code, one of `exitCodes`. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  let url = 'the service'
  const program = createProgram(terminal, (known) => (url = known))
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.done
  } catch (error) {
    // Requested help is not an error and has been printed.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (terminal.stopping.aborted && error === terminal.stopping.reason) return exitCodes.interrupted
    const { sentence, exitCode } = describedError(error, url)
    terminal.stderr(`backhaul: ${plainText(sentence)}\n`)
    if (terminal.env.BACKHAUL_DEBUG) terminal.stderr(`${(error as Error).stack}\n`)
    return exitCode
  }
}

/** With all commands; `known` hears at which address the service is. */
export function createProgram(terminal: Terminal, known: (url: string) => void): Command {
  const program = new Command('backhaul')
    .description('Background downloads as a service, from the command line.')
    .version(version, '-V, --version')
    .option('--json', 'data as JSON: one document, or one line for each message of a stream')
    .option('-q, --quiet', 'no notes and no progress: data and errors only')
    .option('--url <url>', 'where the service is (BACKHAUL_URL)')
    .option('--key <key>', 'an API key, or for `admin` the token of an operator (BACKHAUL_API_KEY)')
    .option('--profile <name>', 'what `login` has kept under this name (BACKHAUL_PROFILE)')
    .configureOutput({
      writeOut: terminal.stdout,
      writeErr: terminal.stderr,
      // As all other sentences begin.
      outputError: (text, write) => write(text.replace(/^error: /, 'backhaul: ')),
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help shows how)')
    .addHelpText('after', exitCodeHelp())
    .exitOverride()
  const start: Start = (command) => createContext(terminal, command.optsWithGlobals<GlobalOptions>(), known)
  for (const create of commands) program.addCommand(create(start))
  for (const command of program.commands) inherit(command, program)
  return program
}

/** What was added as a whole does not take its parent's settings by itself. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent)
  for (const below of command.commands) inherit(below, command)
}

/** No stack traces: a mistake of this program is told in a sentence as well. */
function describedError(error: unknown, url: string): { sentence: string; exitCode: number } {
  if (error instanceof CommandError) return { sentence: error.message, exitCode: error.exitCode }
  const described = describeError(error as Failure, url)
  if (described) return described
  const message = error instanceof Error ? error.message : String(error)
  return {
    sentence: `This should not have happened: ${message}. BACKHAUL_DEBUG=1 shows where; please report it.`,
    exitCode: exitCodes.local,
  }
}
