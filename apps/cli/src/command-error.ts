import { type ExitCode, exitCodes } from './rules/exit-codes.ts'

/** Ends a command with a sentence on stderr. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode
  constructor(message: string, exitCode: ExitCode = exitCodes.refused) {
    super(message)
    this.exitCode = exitCode
  }
}

/** The command was called wrongly. */
export function calledWrongly(message: string): CommandError {
  return new CommandError(message, exitCodes.usage)
}
