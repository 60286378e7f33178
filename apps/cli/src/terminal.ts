/** What a command has of the process that it runs in. */
export interface Terminal {
  env: Record<string, string | undefined>
  /** Data. */
  stdout(text: string): void
  /** Everything else. */
  stderr(text: string): void
  /** Aborted when the user wants it to end. */
  stopping: AbortSignal
}

/** What ends a command with a sentence on stderr. `exitCode` 1: refused or impossible; 2: it was called wrongly. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: 1 | 2
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}
