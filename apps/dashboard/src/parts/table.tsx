import type { ReactNode } from 'react'

export interface Column<Row> {
  name: string
  cell(row: Row): ReactNode
  /** Of the heading and the cells: a width, `text-right`, `hidden md:table-cell`. */
  className?: string
}

interface Options<Row> {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf(row: Row): string
  /** Said instead of a table without rows. */
  empty: ReactNode
}

/** Its widths do not depend on what is in it, so that nothing jumps while rows come and go. */
export function Table<Row>({ columns, rows, keyOf, empty }: Options<Row>) {
  if (rows.length === 0) return <div className="text-(--quiet)">{empty}</div>
  return (
    <table className="w-full table-fixed border-collapse text-left">
      <thead className="text-(--quiet)">
        <tr>
          {columns.map(({ name, className = '' }) => (
            <th key={name} className={`py-1 pr-3 font-normal wrap-normal ${className}`}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} className="border-t border-(--line) align-top">
            {columns.map(({ name, cell, className = '' }) => (
              <td key={name} className={`py-2 pr-3 wrap-anywhere ${className}`}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
