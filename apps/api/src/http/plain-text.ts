import { AppError, maxReportedErrors, type RequestError } from '@backhaul/core'
import { pointerTo } from './json-pointer.ts'

interface Place {
  value: unknown
  name: string
  parent: Place | null
}

/**
 * Refuses texts (names and values, at any depth) that PostgreSQL or UTF-8 cannot hold: NUL and lone surrogates.
 * Uses an explicit stack, so that nesting cannot overflow the call stack.
 */
export function requirePlainText(root: unknown, prefix: string): void {
  const errors: RequestError[] = []
  const stack: Place[] = [{ value: root, name: '', parent: null }]
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const { value, name } = place
    if (!isPlain(name) || (typeof value === 'string' && !isPlain(value))) errors.push(errorAt(place, prefix))
    if (typeof value !== 'object' || value === null) continue
    for (const key of Object.keys(value)) {
      stack.push({ value: (value as Record<string, unknown>)[key], name: key, parent: place })
    }
    if (errors.length > maxReportedErrors) break
  }
  if (errors.length > 0) throw new AppError('invalid_request', errors[0]!.detail, { errors })
}

function isPlain(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function errorAt(place: Place, prefix: string): RequestError {
  const names: string[] = []
  for (let at: Place | null = place; at?.parent; at = at.parent) names.unshift(at.name)
  return {
    pointer: pointerTo(names, prefix),
    code: 'text',
    detail: 'The text has a NUL or half of a surrogate pair in it.',
  }
}
