/** What spreadsheets take for a formula when a cell begins with it. */
const formula = /^[=+\-@\t\r]/

/**
 * Rows as CSV (RFC 4180), as the service writes them. A text that a spreadsheet would run gets an apostrophe in front,
 * which spreadsheets do not show; numbers stay numbers.
 */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('')
}

function cell(value: string | number): string {
  const text = typeof value === 'string' && formula.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
