import { plainText } from './rules/plain-text.ts'
import { type Column, tabbedLines, tableLines } from './rules/table.ts'
import type { Terminal } from './terminal.ts'

const colours = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const
export type Colour = keyof typeof colours

/** What a command says: data on stdout, everything else on stderr. */
export interface Output {
  readonly json: boolean
  /** Data for people. */
  line(text: string): void
  /** Data for programs: one line of JSON. */
  record(value: unknown): void
  /** A list: a table for people, tabs for pipes, an array for `--json`. */
  list<Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string): void
  /** One thing: its lines for people, or the object for `--json`. */
  one(value: unknown, lines: () => readonly string[]): void
  /** Whatever is no data. Nothing with `--quiet`. */
  note(text: string): void
  /** Coloured on a terminal, unless NO_COLOR forbids it (no-color.org). */
  paint(text: string, colour: Colour): string
}

export function createOutput(terminal: Terminal, { json, quiet }: { json: boolean; quiet: boolean }): Output {
  const { env } = terminal
  const coloured = terminal.stdoutSize() !== null && !env.NO_COLOR && env.TERM !== 'dumb' && !json
  const line = (text: string) => terminal.stdout(`${plainText(text)}\n`)
  const record = (value: unknown) => terminal.stdout(`${JSON.stringify(value)}\n`)
  const note = (text: string) => {
    if (!quiet) terminal.stderr(`${plainText(text)}\n`)
  }
  return {
    json,
    line,
    record,
    note,
    list(rows, columns, empty) {
      if (json) return record(rows)
      const size = terminal.stdoutSize()
      if (rows.length === 0) note(empty)
      else for (const text of size ? tableLines(columns, rows, size.columns) : tabbedLines(columns, rows)) line(text)
    },
    one(value, lines) {
      if (json) record(value)
      else for (const text of lines()) line(text)
    },
    paint: (text, colour) => (coloured ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text),
  }
}
