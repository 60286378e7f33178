export interface TerminalSize {
  columns: number
  rows: number
}

/** The parts of its process that a command uses. */
export interface Terminal {
  env: Record<string, string | undefined>
  /** Where relative paths begin. */
  directory: string
  /** Writes data. */
  stdout(text: string): void
  /** Writes everything else. */
  stderr(text: string): void
  /** Of the terminal that stdout goes to; null: it goes somewhere else. */
  stdoutSize(): TerminalSize | null
  stderrSize(): TerminalSize | null
  stdin: {
    isTerminal: boolean
    /** Everything that is piped in. */
    read(): Promise<string>
    /** Asks on the terminal without showing what is typed. */
    ask(question: string): Promise<string>
  }
  /** Shows an address in a browser; false: there is none. */
  browse(url: string): Promise<boolean>
  /** Aborted when the user ends the command. */
  stopping: AbortSignal
}
