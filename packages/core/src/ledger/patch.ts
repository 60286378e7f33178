import { clockNow, type Sql } from '../database/database.ts'
import { isDocument, type TaskRow } from './task-row.ts'

/** Places a value among the parameters of a statement; its placeholder. */
type Place = (value: unknown) => string

/** SQL that computes a value, with the parameters that it needs. */
type Expression = (place: Place) => string

/** Columns that a change of state sets by itself, and columns that never change. */
type Fixed = 'id' | 'tenantId' | 'sessionId' | 'taskIdentifier' | 'state' | 'epoch' | 'steps'

/** The columns that a change sets: each to a value, or to an SQL expression over the row before the change. */
export type Patch = { readonly [Column in Exclude<keyof TaskRow, Fixed>]?: TaskRow[Column] | Expression }

/** Interpolated values become parameters, so that the text is the same for all of them: statements are prepared by it. */
export function sql(text: TemplateStringsArray, ...values: readonly unknown[]): Expression {
  return (place) =>
    String.raw({ raw: text }, ...values.map((value) => (isExpression(value) ? value(place) : place(value))))
}

/** A text of SQL without parameters. */
export const rawSql =
  (text: string): Expression =>
  () =>
    text

/** The database's clock. */
export const clock = rawSql(clockNow)

/** The list of assignments behind `set`; null values are parameters like others. */
export function assignments(patch: Patch, place: Place): string {
  return Object.entries(patch)
    .map(([column, value]) => {
      if (isExpression(value)) return `${snakeCase(column)} = ${value(place)}`
      const isText = isDocument(column) && value !== null
      return `${snakeCase(column)} = ${place(isText ? JSON.stringify(value) : value)}`
    })
    .join(', ')
}

/** Sets columns of a task whose state stays; its row is locked. */
export async function setColumns(tx: Sql, taskId: string, patch: Patch): Promise<void> {
  const parameters: unknown[] = [taskId]
  const set = assignments(patch, (value) => `$${parameters.push(value)}`)
  await tx.run(`update task set ${set} where id = $1`, parameters)
}

/** The name in the database of a column that rows have in camelCase. */
export function snakeCase(column: string): string {
  return column.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function isExpression(value: unknown): value is Expression {
  return typeof value === 'function'
}
