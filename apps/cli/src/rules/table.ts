import { columnsOf, cut, oneLine } from './plain-text.ts'

export interface Column<Row> {
  title: string
  of(row: Row): string | number
  right?: true
  /** Left out when there is little room; the highest number goes first. */
  spare?: number
  /** Cut when there is still too little room. */
  cuttable?: true
}

const gap = 2
const leastColumns = 8

/** For people: a line of titles, and a line for each row, in so many columns of a terminal. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  let shown = columns.map((column) => ({
    column,
    cells: [column.title, ...rows.map((row) => oneLine(String(column.of(row))))],
  }))
  const widthOf = (cells: readonly string[]) => Math.max(...cells.map(columnsOf))
  const total = () => shown.reduce((sum, { cells }) => sum + widthOf(cells) + gap, -gap)
  while (total() > width) {
    const spare = shown.toSorted((a, b) => (b.column.spare ?? 0) - (a.column.spare ?? 0))[0]
    if (!spare?.column.spare) break
    shown = shown.filter((one) => one !== spare)
  }
  while (total() > width) {
    const widest = shown
      .filter(({ column }) => column.cuttable)
      .toSorted((a, b) => widthOf(b.cells) - widthOf(a.cells))[0]
    if (!widest || widthOf(widest.cells) <= leastColumns) break
    const room = Math.max(leastColumns, widthOf(widest.cells) - (total() - width))
    widest.cells = widest.cells.map((cell) => cut(cell, room))
  }
  const widths = shown.map(({ cells }) => widthOf(cells))
  return Array.from({ length: rows.length + 1 }, (_, line) =>
    shown
      .map(({ column, cells }, index) => {
        const filler = ' '.repeat(widths[index]! - columnsOf(cells[line]!))
        return column.right ? filler + cells[line]! : cells[line]! + filler
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  )
}

/** For programs: all columns, separated by tabs, without titles. */
export function tabbedLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  return rows.map((row) => columns.map((column) => oneLine(String(column.of(row)))).join('\t'))
}
