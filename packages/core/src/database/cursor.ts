import type { Page } from '../kernel/page.ts'
import { AppError } from '../kernel/rules/errors.ts'

/** A cursor is the last row's sort key, encoded so that clients do not depend on its content. */
export function encodeCursor(key: string): string {
  return Buffer.from(key).toString('base64url')
}

export function decodeCursor(cursor: string | undefined, shape: RegExp, pointer = '/query/cursor'): string | undefined {
  if (cursor === undefined) return undefined
  const key = Buffer.from(cursor, 'base64url').toString()
  if (!shape.test(key)) {
    const detail = 'the cursor is not one that this list gave'
    throw new AppError('invalid_request', detail, { errors: [{ pointer, code: 'cursor', detail }] })
  }
  return key
}

/** `rows` holds one more than the page when there is another page. */
export function pageOf<R, T>(rows: R[], limit: number, key: (row: R) => string, view: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { data: shown.map(view), nextCursor: rows.length > limit && last ? encodeCursor(key(last)) : null }
}

export const typeidShape = /^[a-z]{3}_[0-9a-z]{26}$/
