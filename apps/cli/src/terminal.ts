/** The parts of its process that a command uses. */
export interface Terminal {
  env: Record<string, string | undefined>
  /** Writes data to stdout. */
  stdout(text: string): void
  /** Writes everything else to stderr. */
  stderr(text: string): void
  /** Aborted when the user ends the command. */
  stopping: AbortSignal
}

/** The error that ends a command with a sentence on stderr. `exitCode` 1: refused or impossible; 2: called wrongly. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: 1 | 2
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}
