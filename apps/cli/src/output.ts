import { plainJson, plainText } from './rules/plain-text.ts'
import { type Column, tabbedLines, tableLines } from './rules/table.ts'
import type { Terminal } from './terminal.ts'

const colours = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const
export type Colour = keyof typeof colours

/** Lines at the bottom of a terminal that change. */
export interface Display {
  hide(): void
  show(): void
}

/** What a command says: data on stdout, everything else on stderr. */
export interface Output {
  readonly json: boolean
  readonly quiet: boolean
  /** Data for people. */
  line(text: string): void
  /** Data for programs: one line of JSON. */
  record(value: unknown): void
  /** Data in a form of its own, such as CSV: as it is, but on a terminal without what would steer that. */
  text(whole: string): void
  /** A list: a table for people, tabs for pipes, an array for `--json`. */
  list<Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string): void
  /** One thing: its lines for people, or the object for `--json`. */
  one(value: unknown, lines: () => readonly string[]): void
  /** Whatever is no data. Nothing with `--quiet`. */
  note(text: string): void
  /** What went wrong with one of several things; the command goes on. */
  problem(text: string): void
  /** What is drawn below everything else and has to make room for a line. */
  over(display: Display | null): void
  /** Coloured on a terminal, unless NO_COLOR forbids it (no-color.org). */
  paint(text: string, colour: Colour): string
}

export function createOutput(terminal: Terminal, { json, quiet }: { json: boolean; quiet: boolean }): Output {
  const { env } = terminal
  const coloured = terminal.stdoutSize() !== null && !env.NO_COLOR && env.TERM !== 'dumb' && !json
  let display: Display | null = null
  const write = (to: 'stdout' | 'stderr', text: string) => {
    display?.hide()
    terminal[to](`${text}\n`)
    display?.show()
  }
  const line = (text: string) => write('stdout', plainText(text))
  const record = (value: unknown) => write('stdout', plainJson(value))
  const note = (text: string) => {
    if (!quiet) write('stderr', plainText(text))
  }
  return {
    json,
    quiet,
    over(next) {
      display = next
    },
    line,
    record,
    text(whole) {
      if (terminal.stdoutSize() === null) terminal.stdout(whole)
      else for (const text of whole.trimEnd().split('\r\n')) line(text)
    },
    note,
    problem: (text) => write('stderr', `backhaul: ${plainText(text)}`),
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
